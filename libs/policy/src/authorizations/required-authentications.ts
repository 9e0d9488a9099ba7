import type { AuthorizationPolicySpec, ObjectReference } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { policyGroup } from '../names.js';

/** What a policy requires of a client. `namespace` is where the reference leads. */
export interface RequiredAuthentications {
  readonly identity?: RequiredIdentity;
  readonly network?: { readonly namespace: string; readonly name: string };
}

export interface RequiredIdentity {
  readonly kind: 'MeshTLSAuthentication' | 'ServiceAccount';
  readonly namespace: string;
  readonly name: string;
}

/** Why an object is ignored as a whole. `code` is stable. */
export interface Ignored {
  readonly code: IgnoredCode;
  readonly message: string;
}

export type IgnoredCode =
  | 'TARGET_KIND_UNKNOWN'
  | 'AUTHENTICATION_KIND_UNKNOWN'
  | 'AUTHENTICATION_TWICE'
  | 'AUTHENTICATION_MISSING'
  | 'AUTHENTICATION_INVALID'
  | 'NETWORK_UNREADABLE'
  | 'NO_CLIENT';

/**
 * What the references of a policy require, all of it. At most one of them may say who the client is, and one where it is: with more, or
 * one of another kind, the whole policy is ignored.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/authorization_policy.rs (read at b24cd40).
 */
export function requiredAuthentications(
  { requiredAuthenticationRefs }: AuthorizationPolicySpec,
  namespace: string,
): RequiredAuthentications | { readonly ignored: Ignored } {
  let identity: RequiredIdentity | undefined;
  let network: { readonly namespace: string; readonly name: string } | undefined;
  for (const ref of requiredAuthenticationRefs) {
    const at = { namespace: ref.namespace ?? namespace, name: ref.name };
    const kind = authenticationKind(ref);
    if (kind === undefined) {
      const message = `${ref.kind} of group "${ref.group}" is not an authentication`;
      return { ignored: { code: 'AUTHENTICATION_KIND_UNKNOWN', message } };
    }
    if (kind === 'NetworkAuthentication') {
      if (network !== undefined) return twice('networks');
      network = at;
    } else {
      if (identity !== undefined) return twice('identities');
      identity = { kind, ...at };
    }
  }
  return { ...(identity && { identity }), ...(network && { network }) };
}

/** Undefined for what is not an authentication. */
export function authenticationKind(
  ref: ObjectReference,
): RequiredIdentity['kind'] | 'NetworkAuthentication' | undefined {
  if (refersTo(ref, policyGroup, 'MeshTLSAuthentication')) return 'MeshTLSAuthentication';
  if (refersTo(ref, policyGroup, 'NetworkAuthentication')) return 'NetworkAuthentication';
  return refersTo(ref, '', 'ServiceAccount') ? 'ServiceAccount' : undefined;
}

function twice(what: 'identities' | 'networks'): { readonly ignored: Ignored } {
  return {
    ignored: {
      code: 'AUTHENTICATION_TWICE',
      message: `more than one reference says which ${what} are admitted`,
    },
  };
}
