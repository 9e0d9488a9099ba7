import type { ResourceKind } from '@mcp/mesh';
import { formatResourceKey } from '@mcp/mesh';
import type { Route } from '../routes/route.js';
import { isLeftOpen } from '../routes/route-attachment.js';
import type { UnknownInput } from '../verdict.js';
import type { MeshView } from '../view.js';

/**
 * Why the objects of a kind, as the view has them in a namespace, may not be what Linkerd sees. With a name: why the one of
 * that name may not.
 */
export function doubtsAbout(
  view: MeshView,
  kind: ResourceKind,
  namespace: string,
  name?: string,
): readonly UnknownInput[] {
  if (view.scope !== 'all' && !view.scope.includes(namespace))
    return [{ code: 'NAMESPACE_OUT_OF_SCOPE', message: `namespace ${namespace} is not looked at` }];
  const notLive = notLiveDoubt(view, kind);
  const unreadable = view.namespaces.get(namespace)?.unreadable ?? [];
  return [
    ...(notLive === undefined ? [] : [notLive]),
    ...unreadable
      .filter(({ key }) => key.kind === kind && (name === undefined || key.name === name))
      .map(({ key, problem }) => ({
        code: 'OBJECT_UNREADABLE' as const,
        message: `${formatResourceKey(key)} exists and cannot be read: ${problem.message}`,
      })),
  ];
}

/** Why it is not known whether the route is attached to the Server: a computed status left it open. */
export function acceptanceDoubts(
  view: MeshView,
  { kind, state: { namespace, name, conditions } }: Route,
  server: string,
): readonly UnknownInput[] {
  if (!isLeftOpen(conditions, server)) return [];
  const code = view.notLive.has('GRPCRoute') ? 'KIND_NOT_LIVE' : 'OBJECT_UNREADABLE';
  const route = formatResourceKey({ kind, namespace, name });
  return [
    {
      code,
      message: `whether ${route} is accepted for Server ${server} hangs on GRPCRoutes that are not known`,
    },
  ];
}

/** Why what is known of a kind may be old. */
export function notLiveDoubt(view: MeshView, kind: ResourceKind): UnknownInput | undefined {
  const reason = view.notLive.get(kind);
  return reason === undefined ? undefined : { code: 'KIND_NOT_LIVE', message: `${kind}: ${reason}` };
}
