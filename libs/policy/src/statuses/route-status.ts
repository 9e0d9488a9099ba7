import type { ParentReference, ServiceState } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { policyGroup } from '../names.js';
import type { Named, ResolvedReason, StatusCondition } from './status-condition.js';
import { accepted, nameKey, resolvedRefs } from './status-condition.js';
import type { RouteKind } from '../verdict.js';

/** What of a route its status depends on. */
export interface RouteReferences {
  readonly namespace: string;
  readonly spec: {
    readonly parentRefs: readonly ParentReference[];
    readonly rules: readonly { readonly backendRefs: readonly BackendName[] }[];
  };
}

type BackendName = Pick<ParentReference, 'group' | 'kind' | 'name' | 'namespace'>;

/** What the status of routes depends on beside the route itself. */
export interface RouteSurroundings {
  readonly servers: readonly Named[];
  readonly services: readonly (Named & Pick<ServiceState, 'type' | 'headless'>)[];
  /** With whether the network itself is accepted. */
  readonly egressNetworks: readonly (Named & { readonly accepted: boolean })[];
  readonly grpcRoutes: readonly RouteReferences[];
}

/** What the controller reports about one parent. */
export interface ParentStatus {
  readonly parent: StatusParent;
  readonly conditions: readonly StatusCondition[];
}

/** A parent that is the controller's to judge, as it names it in a status: with its namespace, and no group as `core`. */
export interface StatusParent extends Named {
  readonly group: 'core' | typeof policyGroup;
  readonly kind: 'Server' | 'Service' | 'EgressNetwork';
  /** Of a Service or an EgressNetwork. A Server is the parent whichever port is named. */
  readonly port?: number;
}

/**
 * The status that the policy controller writes for routes. It looks at references only: a route that the controller then cannot
 * use for other reasons is accepted all the same.
 * Source: linkerd2 policy-controller/k8s/status/src/index.rs (read at b24cd40).
 */
export class RouteStatuses {
  readonly #servers: ReadonlySet<string>;
  /** With whether they can be parents. */
  readonly #services: ReadonlyMap<string, boolean>;
  readonly #egressNetworks: ReadonlyMap<string, boolean>;
  readonly #grpcParents: ReadonlySet<string>;

  constructor({ servers, services, egressNetworks, grpcRoutes }: RouteSurroundings) {
    this.#servers = new Set(servers.map(nameKey));
    this.#services = new Map(services.map((service) => [nameKey(service), hasClusterIp(service)]));
    this.#egressNetworks = new Map(egressNetworks.map((network) => [nameKey(network), network.accepted]));
    this.#grpcParents = new Set(grpcRoutes.flatMap((route) => parentsOf(route).map(parentKey)));
  }

  /** In the order of the references. Parents that are others' to judge, such as a Gateway, are left out. */
  of(kind: RouteKind, route: RouteReferences): readonly ParentStatus[] {
    return parentsOf(route).map((parent) => ({
      parent,
      conditions: [
        this.#accepted(kind, parent),
        ...(parent.kind === 'Server' ? [] : [resolvedRefs(this.#backends(route, parent))]),
      ],
    }));
  }

  #accepted(kind: RouteKind, parent: StatusParent): StatusCondition {
    if (!this.#takesRoutes(parent)) return accepted('NoMatchingParent');
    // a GRPCRoute says more about the parent than an HTTPRoute, so that only the latter yields
    const conflicted = kind !== 'GRPCRoute' && this.#grpcParents.has(parentKey(parent));
    return accepted(conflicted ? 'RouteReasonConflicted' : 'Accepted');
  }

  #takesRoutes(parent: StatusParent): boolean {
    const key = nameKey(parent);
    switch (parent.kind) {
      case 'Server':
        return this.#servers.has(key);
      case 'Service':
        return this.#services.get(key) === true;
      case 'EgressNetwork':
        return this.#egressNetworks.get(key) === true;
    }
  }

  /** What is wrong with the first backend that is. */
  #backends({ namespace: own, spec }: RouteReferences, parent: StatusParent): ResolvedReason {
    for (const reference of spec.rules.flatMap(({ backendRefs }) => backendRefs)) {
      const backend = { namespace: reference.namespace ?? own, name: reference.name };
      if (refersTo(reference, '', 'Service')) {
        if (!this.#services.has(nameKey(backend))) return 'BackendNotFound';
      } else if (refersTo(reference, policyGroup, 'EgressNetwork')) {
        if (!this.#egressNetworks.has(nameKey(backend))) return 'BackendNotFound';
        if (parent.kind !== 'EgressNetwork' || nameKey(parent) !== nameKey(backend)) return 'InvalidKind';
      } else return 'InvalidKind';
    }
    return 'ResolvedRefs';
  }
}

/** The parents that are the controller's to judge, in the order of the references. */
export function parentsOf({ namespace: own, spec }: RouteReferences): readonly StatusParent[] {
  return spec.parentRefs.flatMap((reference): readonly StatusParent[] => {
    const at = { namespace: reference.namespace ?? own, name: reference.name };
    const port = reference.port === undefined ? {} : { port: reference.port };
    if (refersTo(reference, policyGroup, 'Server')) return [{ group: policyGroup, kind: 'Server', ...at }];
    if (refersTo(reference, '', 'Service')) return [{ group: 'core', kind: 'Service', ...at, ...port }];
    if (refersTo(reference, policyGroup, 'EgressNetwork'))
      return [{ group: policyGroup, kind: 'EgressNetwork', ...at, ...port }];
    return [];
  });
}

function parentKey(parent: StatusParent): string {
  return `${parent.kind}/${nameKey(parent)}/${parent.port ?? ''}`;
}

/** Also of one that a manifest describes: it gets its address when it is created. */
function hasClusterIp({ type, headless }: Pick<ServiceState, 'type' | 'headless'>): boolean {
  return type !== 'ExternalName' && !headless;
}
