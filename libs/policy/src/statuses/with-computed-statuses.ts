import type { ObjectStates } from '@mcp/mesh';
import { ComputedStatuses } from './computed-statuses.js';
import type { MeshView, NamespaceView, PolicyObjects } from '../view.js';

/**
 * The view with the conditions that the policy controller would report of it, in all namespaces or in these only. They follow from
 * what is in the view: an object that it does not show, as one out of scope, counts as missing. What does not change stays the same
 * object: objects, lists, namespaces and the view itself.
 *
 * GRPCRoutes that cannot be read, or are not live, leave open whether an HTTPRoute is accepted. What is reported of it then stays,
 * unless `grpcRoutesChanged` since.
 */
export function withComputedStatuses(
  view: MeshView,
  only?: ReadonlySet<string>,
  { grpcRoutesChanged = false } = {},
): MeshView {
  const statuses = statusesOf(view, !grpcRoutesChanged);
  let changed = false;
  const namespaces = new Map<string, NamespaceView>();
  for (const [name, namespace] of view.namespaces) {
    const next = only === undefined || only.has(name) ? updated(namespace, statuses) : namespace;
    changed ||= next !== namespace;
    namespaces.set(name, next);
  }
  return changed ? { ...view, namespaces } : view;
}

function statusesOf({ namespaces, settings, notLive }: MeshView, asReported: boolean): ComputedStatuses {
  const all = [...namespaces.values()];
  const unreadable = all.some((space) => space.unreadable.some(({ key }) => key.kind === 'GRPCRoute'));
  const because = notLive.has('GRPCRoute') ? 'not-live' : unreadable ? 'unreadable' : undefined;
  return new ComputedStatuses({
    servers: all.flatMap(({ policy }) => policy.Server),
    services: all.flatMap(({ services }) => services),
    grpcRoutes: all.flatMap(({ policy }) => policy.GRPCRoute),
    grpcRouteDoubt: because && { because, asReported },
    rateLimits: all.flatMap(({ policy }) => policy.HTTPLocalRateLimitPolicy),
    egressNetworks: all.flatMap(({ policy }) => policy.EgressNetwork),
    clusterNetworks: settings.clusterNetworks,
  });
}

function updated(namespace: NamespaceView, statuses: ComputedStatuses): NamespaceView {
  const before = namespace.policy;
  const policy: PolicyObjects = {
    ...before,
    HTTPRoute: each(before.HTTPRoute, (route) => statuses.route('HTTPRoute', route)),
    GatewayHTTPRoute: each(before.GatewayHTTPRoute, (route) => statuses.route('GatewayHTTPRoute', route)),
    GRPCRoute: each(before.GRPCRoute, (route) => statuses.route('GRPCRoute', route)),
    HTTPLocalRateLimitPolicy: each(before.HTTPLocalRateLimitPolicy, (limit) => statuses.rateLimit(limit)),
    EgressNetwork: each(before.EgressNetwork, (network) => statuses.egressNetwork(network)),
  };
  const kinds = Object.keys(policy) as (keyof ObjectStates & keyof PolicyObjects)[];
  return kinds.every((kind) => policy[kind] === before[kind]) ? namespace : { ...namespace, policy };
}

/** The same list where nothing changes. */
function each<T>(list: readonly T[], update: (item: T) => T): readonly T[] {
  const next = list.map(update);
  return next.every((item, index) => item === list[index]) ? list : next;
}
