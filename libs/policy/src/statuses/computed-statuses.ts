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
import { policyControllerName, policyGroup, unknownStatus } from '../names.js';
import type { RateLimitReferences } from './rate-limit-status.js';
import { RateLimitStatuses } from './rate-limit-status.js';
import type { RouteReferences } from './route-status.js';
import { RouteStatuses } from './route-status.js';
import type { StatusCondition } from './status-condition.js';
import { saysAccepted } from './status-condition.js';
import type { RouteKind } from '../verdict.js';

/** The objects of all namespaces that the statuses depend on. */
export interface StatusObjects {
  readonly servers: readonly ObjectStates['Server'][];
  readonly services: readonly ServiceState[];
  readonly grpcRoutes: readonly ObjectStates['GRPCRoute'][];
  readonly grpcRouteDoubt: GrpcRouteDoubt | undefined;
  readonly rateLimits: readonly ObjectStates['HTTPLocalRateLimitPolicy'][];
  readonly egressNetworks: readonly ObjectStates['EgressNetwork'][];
  /** Undefined where they are not known: what is reported about egress networks then stays. */
  readonly clusterNetworks: readonly string[] | undefined;
}

/**
 * Why these may not be the GRPCRoutes that there are, on which it hangs whether an HTTPRoute is accepted. Of `unreadable` ones it is
 * not known what they have for a parent; of a kind that is `not-live` some may be missing, and some be gone.
 */
export interface GrpcRouteDoubt {
  readonly because: 'unreadable' | 'not-live';
  /** The reported conditions are of the GRPCRoutes as they still are. */
  readonly asReported: boolean;
}

/**
 * Objects with the conditions that the policy controller would report about them among these objects, in place of those that it did
 * report. What other controllers report stays. An object of which nothing changes stays the same object.
 *
 * Where it hangs on GRPCRoutes in doubt whether a route is accepted, what was reported of that parent stays. Where nothing was that
 * still holds, the condition has the status `Unknown`, which the controller never writes.
 */
export class ComputedStatuses {
  readonly #routes: RouteStatuses;
  readonly #rateLimits: RateLimitStatuses;

  constructor(private readonly objects: StatusObjects) {
    this.#routes = new RouteStatuses({
      ...objects,
      egressNetworks: objects.egressNetworks.map((network) => {
        const { namespace, name, conditions } = this.egressNetwork(network);
        return { namespace, name, accepted: conditions.some(saysAccepted) };
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
      .flatMap(({ parent: { group, kind: parentKind, namespace, name }, conditions }) =>
        conditions.map((condition) => {
          const computed = reported({ group, kind: parentKind, namespace, name }, condition);
          return this.#isOpen(kind, condition) ? this.#standing(state, computed) : computed;
        }),
      );
    return withConditions(state, [...state.conditions.filter(isOfAnother), ...ours]);
  }

  /** Whether other GRPCRoutes than those that are known could change the condition. */
  #isOpen(kind: RouteKind, { type, reason }: StatusCondition): boolean {
    const doubt = this.objects.grpcRouteDoubt;
    if (doubt === undefined || kind === 'GRPCRoute' || type !== 'Accepted') return false;
    return reason === 'Accepted' || (reason === 'RouteReasonConflicted' && doubt.because === 'not-live');
  }

  /** What was reported in place of `computed` while the parent was there. */
  #standing(
    { namespace, conditions }: PolicyObjectState<unknown>,
    { parent, type, ...computed }: ReportedCondition,
  ): ReportedCondition {
    const before = conditions.find(
      (condition) =>
        !isOfAnother(condition) &&
        condition.type === type &&
        condition.reason !== 'NoMatchingParent' &&
        condition.parent.kind === parent.kind &&
        condition.parent.name === parent.name &&
        (condition.parent.namespace ?? namespace) === parent.namespace,
    );
    if (before !== undefined && this.objects.grpcRouteDoubt?.asReported === true) return before;
    return { ...computed, parent, type, status: unknownStatus, reason: 'GRPCRouteNotKnown' };
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
