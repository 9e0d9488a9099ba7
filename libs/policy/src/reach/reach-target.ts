import type { WorkloadRef } from '@mcp/mesh';
import type { Authorization } from '../authorizations/authorization.js';
import { levelsOf, outsidePolicy } from '../answers/decide.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import { isInvalid } from '../ports/port-policy.js';
import type { AccessRequest } from '../question.js';
import type { PodGroup } from './reach-answer.js';
import { requestClasses } from '../answers/request-classes.js';
import type { ServedRoute } from '../routes/route-table.js';
import { findRoutes } from '../routes/route-table.js';
import { hangsOnHost } from '../routes/any-host.js';
import { targetPorts } from './target-ports.js';
import type { Decision } from '../verdict.js';
import type { Endpoint, WorkloadView } from '../view.js';

/** One port of one pod group, and what its answers come from. */
export interface ReachTarget {
  readonly workload: WorkloadRef;
  readonly group: PodGroup;
  readonly port: number | undefined;
  /** What clients connect to, where that is another port: one of a Service. */
  readonly dialledPort?: number;
  readonly governedBy:
    | { readonly kind: 'policy'; readonly endpoint: Endpoint; readonly policy: PortPolicy }
    /** The same for every client. */
    | { readonly kind: 'nothing'; readonly decision: Decision };
}

/** Those of one port stand together. */
export function reachTargets(
  index: PolicyIndex,
  { ref: workload, groups, shapelessPods }: WorkloadView,
  port: number | undefined,
  request: AccessRequest,
): readonly ReachTarget[] {
  const targets = groups.flatMap(({ endpoint }, group) =>
    (port === undefined ? targetPorts(index, workload.namespace, endpoint) : [port]).map((each) => ({
      workload,
      group,
      port: each,
      governedBy: governedBy(index, workload.namespace, endpoint, each, request),
    })),
  );
  targets.sort((a, b) => a.port - b.port || a.group - b.group);
  return shapelessPods === 0
    ? targets
    : [
        ...targets,
        { workload, group: 'shapeless', port, governedBy: { kind: 'nothing', decision: ofShapeless } },
      ];
}

function governedBy(
  index: PolicyIndex,
  namespace: string,
  endpoint: Endpoint,
  port: number,
  request: AccessRequest,
): ReachTarget['governedBy'] {
  const decision = outsidePolicy(endpoint, port, request);
  return decision === undefined
    ? { kind: 'policy', endpoint, policy: index.portPolicy(namespace, endpoint, port) }
    : { kind: 'nothing', decision };
}

const ofShapeless: Decision = {
  verdict: 'unknown',
  creditedAnyOf: [],
  satisfied: [],
  unknown: [{ code: 'POD_SHAPE_UNKNOWN', message: 'what the pods are is not known' }],
};

/** Every authorization that could admit somebody to the port. */
export function authorizationsOf(policy: PortPolicy): readonly Authorization[] {
  return [...levelsOf(policy, undefined), ...policy.routes, ...policy.routesIfDropped].flatMap(
    ({ authorizations }) => authorizations,
  );
}

/** Tells port policies apart by what they decide about a request, apart from the name of the Server. */
export class PolicyContents {
  readonly #places = new Map<string, number>();
  readonly #known = new WeakMap<Authorization, number>();

  constructor(private readonly request: AccessRequest) {}

  /** The same for two policies of one index only where they decide alike about every client. */
  keyOf(policy: PortPolicy): string {
    const { protocol, authorizations, doubts } = policy;
    return JSON.stringify([
      protocol,
      isInvalid(policy),
      this.#refs(authorizations),
      doubts,
      this.#requested(policy),
    ]);
  }

  #requested(policy: PortPolicy): unknown {
    const { request } = this;
    switch (request.kind) {
      case 'bytes':
        return null;
      case 'http': {
        if (request.anyHost === true && hangsOnHost(policy.routes, request)) return 'host';
        const { possible, open } = findRoutes(policy, request);
        return [possible.map((found) => found && this.#route(found.route)), open];
      }
      case 'any':
        return requestClasses(policy).map((each) => [
          each.kind,
          each.kind === 'route' && this.#route(each.route),
          'example' in each && each.example === undefined,
        ]);
    }
  }

  #route({ ref, authorizations }: ServedRoute): unknown {
    return [ref, this.#refs(authorizations)];
  }

  #refs(authorizations: readonly Authorization[]): readonly number[] {
    return authorizations.map((authorization) => {
      let place = this.#known.get(authorization);
      if (place === undefined) {
        const ref = JSON.stringify(authorization.ref);
        place = this.#places.get(ref) ?? this.#places.size;
        this.#places.set(ref, place);
        this.#known.set(authorization, place);
      }
      return place;
    });
  }
}
