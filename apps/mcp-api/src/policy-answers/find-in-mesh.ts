import type { ServiceState, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef, hiddenName, type VisibleNamespaces } from '@mcp/mesh';
import { invalidRequest } from '@mcp/grpc';
import type { MeshView, NamespaceView, WorkloadView } from '@mcp/policy';
import { notFound } from './not-found.js';

/** Nothing is known of a namespace that is not looked at. */
export interface OutOfScope {
  readonly outOfScope: string;
}

/** What may be found in a mesh: of what may not be seen as little as of what is not there. Policy is not to be decided in it. */
export function seenMesh(view: MeshView, visible: VisibleNamespaces): MeshView {
  if (visible.areAll) return view;
  const { namespaces, scope, notLive } = view;
  return {
    ...view,
    namespaces: new Map([...namespaces].filter(([namespace]) => visible.has(namespace))),
    scope: scope === 'all' ? scope : scope.filter((namespace) => visible.has(namespace)),
    notLive: new Map([...notLive.keys()].map((kind) => [kind, hiddenName])),
  };
}

/**
 * Fails with NAMESPACE_NOT_FOUND or SOURCE_NOT_LIVE for a namespace that may not be seen, whether or not it is there, and for one that was not
 * there then: no other that is hidden is named instead.
 */
export function mustSee(
  view: MeshView,
  visible: VisibleNamespaces | undefined,
  namespace: string | undefined,
  field: string,
): void {
  if (visible === undefined || visible.areAll || namespace === undefined) return;
  if (visible.has(namespace) && !isInScope(view, namespace)) return;
  findNamespace(seenMesh(view, visible), namespace, field);
}

/** Those that a question about all of them is about; undefined: all. */
export function seenNamespaces(
  { namespaces }: MeshView,
  visible: VisibleNamespaces | undefined,
): readonly string[] | undefined {
  if (visible === undefined || visible.areAll) return undefined;
  return [...namespaces.keys()].filter((namespace) => visible.has(namespace));
}

export function isInScope({ scope }: MeshView, namespace: string): boolean {
  return scope === 'all' || scope.includes(namespace);
}

/** Fails with NAMESPACE_NOT_FOUND or SOURCE_NOT_LIVE. `field`: where the request has the namespace. */
export function findNamespace(view: MeshView, namespace: string, field: string): NamespaceView {
  const found = view.namespaces.get(namespace);
  if (found !== undefined) return found;
  throw notFound(view, {
    code: 'NAMESPACE_NOT_FOUND',
    field,
    what: `namespace ${namespace}`,
    kinds: ['Namespace'],
    others: view.namespaces.keys(),
  });
}

/**
 * The workload of a name; of an empty kind, the only one of that name. Fails with NAMESPACE_NOT_FOUND, WORKLOAD_NOT_FOUND, SOURCE_NOT_LIVE,
 * and with INVALID_REQUEST where several kinds have the name, and for a Service.
 */
export function findWorkload(view: MeshView, ref: WorkloadRef, field: string): WorkloadView | OutOfScope {
  const { namespace, kind, name } = ref;
  if (kind === 'Service')
    throw invalidRequest([
      {
        field: `${field}.kind`,
        description: 'a Service is no workload: one that is called is a target by target.service',
      },
    ]);
  if (!isInScope(view, namespace)) return { outOfScope: namespace };
  const { workloads } = findNamespace(view, namespace, `${field}.namespace`);
  const named = workloads.filter((workload) => workload.ref.name === name);
  const [found, other] = named.filter((workload) => kind === '' || workload.ref.kind === kind);
  if (found === undefined)
    throw notFound(view, {
      code: 'WORKLOAD_NOT_FOUND',
      field,
      what: `${kind === '' ? 'workload' : kind} ${namespace}/${name}`,
      kinds: ['Pod', 'Controller', 'ExternalWorkload'],
      others: (named.length > 0 ? named : workloads).map((workload) => formatWorkloadRef(workload.ref)),
    });
  if (other === undefined) return found;
  const kinds = named.map((workload) => workload.ref.kind).sort();
  throw invalidRequest([
    {
      field: `${field}.kind`,
      description: `${namespace}/${name} is the name of ${kinds.join(' and ')}: say which`,
    },
  ]);
}

/** Fails with NAMESPACE_NOT_FOUND, SERVICE_NOT_FOUND or SOURCE_NOT_LIVE. */
export function findService(
  view: MeshView,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  field: string,
): { readonly home: NamespaceView; readonly service: ServiceState } | OutOfScope {
  if (!isInScope(view, namespace)) return { outOfScope: namespace };
  const home = findNamespace(view, namespace, `${field}.namespace`);
  const service = home.services.find((other) => other.name === name);
  if (service !== undefined) return { home, service };
  throw notFound(view, {
    code: 'SERVICE_NOT_FOUND',
    field,
    what: `Service ${namespace}/${name}`,
    kinds: ['Service'],
    others: home.services.map((other) => `${namespace}/${other.name}`),
  });
}
