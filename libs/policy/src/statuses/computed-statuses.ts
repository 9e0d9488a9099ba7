import type {
  EgressNetworkSpec,
  HttpLocalRateLimitPolicySpec,
  ObjectStates,
  PolicyObjectState,
  ReportedCondition,
  ServiceState,
} from '@mcp/mesh';
import { deepEqual, inConditionOrder } from '@mcp/mesh';
import { egressNetworkStatus } from './egress-network-status.js';
import { policyControllerName, policyGroup } from '../names.js';
import type { RateLimitReferences } from './rate-limit-status.js';
import { RateLimitStatuses } from './rate-limit-status.js';
import type { RouteReferences } from './route-status.js';
import { RouteStatuses } from './route-status.js';
import type { StatusCondition } from './status-condition.js';
import type { RouteKind } from '../verdict.js';

/** The objects of all namespaces that the statuses depend on. */
export interface StatusObjects {
  readonly servers: readonly ObjectStates['Server'][];
  readonly services: readonly ServiceState[];
  readonly grpcRoutes: readonly ObjectStates['GRPCRoute'][];
  readonly rateLimits: readonly ObjectStates['HTTPLocalRateLimitPolicy'][];
  readonly egressNetworks: readonly ObjectStates['EgressNetwork'][];
  /** Undefined where they are not known: what is reported about egress networks then stays. */
  readonly clusterNetworks: readonly string[] | undefined;
}

/**
 * Objects with the conditions that the policy controller would report about them among these objects, in place of those that it did
 * report. What other controllers report stays. An object of which nothing changes stays the same object.
 */
export class ComputedStatuses {
  readonly #routes: RouteStatuses;
  readonly #rateLimits: RateLimitStatuses;

  constructor(private readonly objects: StatusObjects) {
    this.#routes = new RouteStatuses({
      ...objects,
      egressNetworks: objects.egressNetworks.map((network) => {
        const { namespace, name, conditions } = this.egressNetwork(network);
        return { namespace, name, accepted: conditions.some(isAccepted) };
      }),
    });
    this.#rateLimits = new RateLimitStatuses(objects.servers, objects.rateLimits.map(referencesOf));
  }

  route<Spec extends RouteReferences['spec']>(
    kind: RouteKind,
    state: PolicyObjectState<Spec>,
  ): PolicyObjectState<Spec> {
    const ours = this.#routes
      .of(kind, state)
      .flatMap(({ parent: { group, kind, namespace, name }, conditions }) =>
        conditions.map((condition) => reported({ group, kind, namespace, name }, condition)),
      );
    return withConditions(state, [...state.conditions.filter(isOfAnother), ...ours]);
  }

  rateLimit(
    state: PolicyObjectState<HttpLocalRateLimitPolicySpec>,
  ): PolicyObjectState<HttpLocalRateLimitPolicySpec> {
    const condition = this.#rateLimits.of(referencesOf(state));
    if (condition === undefined) return state;
    const parent = { group: policyGroup, kind: 'Server', name: state.spec.targetRef.name };
    return withConditions(state, [...state.conditions.filter(isOfAnother), reported(parent, condition)]);
  }

  egressNetwork(state: PolicyObjectState<EgressNetworkSpec>): PolicyObjectState<EgressNetworkSpec> {
    const condition = egressNetworkStatus(state.spec, this.objects.clusterNetworks);
    if (condition === undefined) return state;
    const { namespace, name } = state;
    const parent = { group: policyGroup, kind: 'EgressNetwork', namespace, name };
    return withConditions(state, [
      ...state.conditions.filter(({ type }) => type !== condition.type),
      reported(parent, condition),
    ]);
  }
}

/** A time of 0 is that of a manifest that gives none. */
function referencesOf(limit: ObjectStates['HTTPLocalRateLimitPolicy']): RateLimitReferences {
  return { ...limit, createdAt: limit.createdAt === 0 ? undefined : limit.createdAt };
}

function isAccepted({ type, status }: ReportedCondition): boolean {
  return type === 'Accepted' && status === 'True';
}

function isOfAnother({ controllerName }: ReportedCondition): boolean {
  return controllerName !== policyControllerName;
}

function reported(parent: ReportedCondition['parent'], condition: StatusCondition): ReportedCondition {
  return { controllerName: policyControllerName, parent, ...condition };
}

function withConditions<State extends { readonly conditions: readonly ReportedCondition[] }>(
  state: State,
  conditions: readonly ReportedCondition[],
): State {
  const ordered = inConditionOrder(conditions);
  return deepEqual(ordered, state.conditions) ? state : { ...state, conditions: ordered };
}
