import type { ParentReference, ProxyProtocol, ReportedCondition } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { policyControllerName, policyGroup, unknownStatus } from '../names.js';
import type { UnknownInput } from '../verdict.js';
import { routeKindsOf } from './protocol.js';
import { readRules } from './read-rules.js';
import type { Dropped } from './route-faults.js';
import type { Route } from './route.js';

/** Why a route is not in use on a Server that it names as its parent. */
export type Unused =
  | {
      readonly code: 'NOT_ACCEPTED' | 'ACCEPTANCE_UNKNOWN' | 'OTHER_PROTOCOL';
      readonly field: string;
      readonly message: string;
    }
  | Dropped;

/** Names of the Servers that the route asks to be attached to. */
export function serverParents({ state }: Route): readonly string[] {
  return state.spec.parentRefs.filter(isServerParent).map(({ name }) => name);
}

export function isServerParent(parent: ParentReference): boolean {
  return refersTo(parent, policyGroup, 'Server');
}

/**
 * Whether the policy controller has said that it accepts the route for the Server. Group and namespace of what it says are not
 * looked at. A route of which it has said nothing is inactive.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/routes.rs (read at b24cd40).
 */
export function isAccepted(conditions: readonly ReportedCondition[], server: string): boolean {
  return acceptanceBy(conditions, server).includes('True');
}

/** Whether a computed status could not tell if the controller accepts the route for the Server. */
export function isLeftOpen(conditions: readonly ReportedCondition[], server: string): boolean {
  return acceptanceBy(conditions, server).includes(unknownStatus);
}

/** Each status that the policy controller has given the route for the Server. */
function acceptanceBy(conditions: readonly ReportedCondition[], server: string): readonly string[] {
  return conditions
    .filter(
      ({ controllerName, parent, type }) =>
        controllerName === policyControllerName &&
        parent.kind === 'Server' &&
        parent.name === server &&
        type === 'Accepted',
    )
    .map(({ status }) => status);
}

/**
 * Why the controller cannot use the route at all, though its status says that it is accepted; `undefined` where it can.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/index/http.rs and grpc.rs (read at b24cd40).
 */
export function droppedBecause(route: Route): Dropped | undefined {
  return parentFault(route) ?? readRules(route).fault;
}

/** Why a route that names a Server as its parent is not in use there; undefined where it is. */
export function unusedBecause(route: Route, server: string, protocol: ProxyProtocol): Unused | undefined {
  if (!routeKindsOf(protocol).includes(route.kind))
    return {
      code: 'OTHER_PROTOCOL',
      field: 'spec.parentRefs',
      message: `Server ${server} has proxyProtocol ${protocol}, for which a ${route.kind} has no effect`,
    };
  const dropped = droppedBecause(route);
  if (dropped !== undefined) return dropped;
  const { conditions } = route.state;
  if (isAccepted(conditions, server)) return undefined;
  if (isLeftOpen(conditions, server))
    return {
      code: 'ACCEPTANCE_UNKNOWN',
      field: 'status',
      message: `whether it is accepted for Server ${server} hangs on GRPCRoutes that are not known`,
    };
  return {
    code: 'NOT_ACCEPTED',
    field: 'status',
    message: `the policy controller has not accepted it for Server ${server}`,
  };
}

/** A pattern of which it cannot be told whether Linkerd takes it, or what it matches. */
export function undecidedPattern(route: Route): UnknownInput | undefined {
  return readRules(route).undecided;
}

/** The field of a gRPC match that lacks its method. One makes the proxy refuse all that it was given for the port. */
export function matchWithoutMethod(route: Route): string | undefined {
  return readRules(route).withoutMethod;
}

function parentFault({ state }: Route): Dropped | undefined {
  for (const [index, parent] of state.spec.parentRefs.entries()) {
    if (!isServerParent(parent)) continue;
    const field = `spec.parentRefs[${index}]`;
    if (parent.namespace !== undefined && parent.namespace !== state.namespace)
      return {
        code: 'PARENT_NAMESPACE',
        field: `${field}.namespace`,
        message: 'a Server of another namespace cannot be a parent',
      };
    if (parent.port !== undefined)
      return { code: 'PARENT_PORT', field: `${field}.port`, message: 'a Server parent may not name a port' };
    if (parent.sectionName !== undefined)
      return {
        code: 'PARENT_SECTION',
        field: `${field}.sectionName`,
        message: 'a Server parent may not name a section',
      };
  }
  return undefined;
}
