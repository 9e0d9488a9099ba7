import type { AuthorizationPolicySpec, ObjectReference } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { gatewayGroup, policyGroup } from '../names.js';
import type { RouteKind } from '../verdict.js';

/** What an AuthorizationPolicy applies to, always of its own namespace. */
export type AuthorizationTarget =
  | { readonly kind: 'Server'; readonly name: string }
  | { readonly kind: 'Namespace' }
  /** `name` is in lower case: names of routes are compared so, those of Servers are not. */
  | { readonly kind: RouteKind; readonly name: string };

/**
 * Undefined for a kind that no policy can target.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/authorization_policy.rs (read at b24cd40).
 */
export function targetOf({ targetRef }: AuthorizationPolicySpec): AuthorizationTarget | undefined {
  if (refersTo(targetRef, policyGroup, 'Server')) return { kind: 'Server', name: targetRef.name };
  // the index does not compare the name; admission has made sure that it is the policy's own namespace
  if (refersTo(targetRef, '', 'Namespace')) return { kind: 'Namespace' };
  const kind = routeKindOf(targetRef);
  return kind && { kind, name: targetRef.name.toLowerCase() };
}

function routeKindOf(reference: ObjectReference): RouteKind | undefined {
  if (refersTo(reference, policyGroup, 'HTTPRoute')) return 'HTTPRoute';
  if (refersTo(reference, gatewayGroup, 'HTTPRoute')) return 'GatewayHTTPRoute';
  if (refersTo(reference, gatewayGroup, 'GRPCRoute')) return 'GRPCRoute';
  return undefined;
}
