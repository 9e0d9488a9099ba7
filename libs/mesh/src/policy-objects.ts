import type { LabelSelector, Labels } from './label-selector.js';
import type { ObjectIdentity } from './object-identity.js';
import type { ObjectReference } from './object-reference.js';

/**
 * An object that says something about policy. Kept with who wrote which field, so that drift and its author can be
 * told from the log alone.
 */
export interface PolicyObjectState<Spec> extends ObjectIdentity {
  readonly labels: Labels;
  readonly spec: Spec;
  /**
   * Fields of the object that `spec` does not say, dotted, the first ten: our vocabulary lacks them, or reads them otherwise than they are
   * written. Absent where `spec` says all of it, and on kinds that are not changed through us.
   */
  readonly unmodelled?: readonly string[];
  readonly fieldOwners: readonly FieldOwner[];
  /** The change of ours that wrote the object last, from its annotations. */
  readonly change?: { readonly id: string; readonly revision: number };
  /** The GitOps tool that owns the object, by its labels, annotations or managers. */
  readonly gitOps?: string;
  /** What the policy controller reports about each parent or target; empty where the kind has no status. */
  readonly conditions: readonly ReportedCondition[];
}

/** One entry of the object's managedFields. `paths` are dotted, for example `spec.targetRef.name`. */
export interface FieldOwner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly at?: number;
  readonly paths: readonly string[];
}

export interface ReportedCondition {
  readonly controllerName: string;
  readonly parent: {
    readonly group: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  };
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

export const proxyProtocols = ['unknown', 'HTTP/1', 'HTTP/2', 'gRPC', 'opaque', 'TLS'] as const;
export type ProxyProtocol = (typeof proxyProtocols)[number];

export const defaultPolicies = [
  'all-unauthenticated',
  'all-authenticated',
  'cluster-unauthenticated',
  'cluster-authenticated',
  'audit',
  'deny',
] as const;
export type DefaultPolicy = (typeof defaultPolicies)[number];

export interface ServerSpec {
  readonly selects: 'pods' | 'externalWorkloads';
  readonly selector: LabelSelector;
  /** A string is always a port name, even when it looks like a number. */
  readonly port: number | string;
  readonly proxyProtocol: ProxyProtocol;
  readonly accessPolicy: DefaultPolicy;
}

export interface ServerAuthorizationSpec {
  /** `name` wins where both are set. */
  readonly server: { readonly name?: string; readonly selector?: LabelSelector };
  readonly client: {
    readonly networks: readonly Network[];
    readonly unauthenticated: boolean;
    readonly meshTLS?: {
      readonly unauthenticatedTLS: boolean;
      readonly identities: readonly string[];
      readonly serviceAccounts: readonly { readonly name: string; readonly namespace?: string }[];
    };
  };
}

export interface AuthorizationPolicySpec {
  readonly targetRef: ObjectReference;
  /** All must hold; an empty list means everyone. */
  readonly requiredAuthenticationRefs: readonly ObjectReference[];
}

export interface MeshTLSAuthenticationSpec {
  readonly identities: readonly string[];
  readonly identityRefs: readonly ObjectReference[];
}

export interface NetworkAuthenticationSpec {
  readonly networks: readonly Network[];
}

/** `cidr` may be a single address. An address in any of `except` is outside this entry. */
export interface Network {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** All limits in requests per second; 0 means no limit. */
export interface HttpLocalRateLimitPolicySpec {
  readonly targetRef: ObjectReference;
  readonly totalRequestsPerSecond: number;
  readonly identityRequestsPerSecond: number;
  readonly overrides: readonly {
    readonly requestsPerSecond: number;
    readonly clientRefs: readonly ObjectReference[];
  }[];
}

export interface EgressNetworkSpec {
  readonly trafficPolicy: 'Allow' | 'Deny';
  /** Undefined means everything outside the cluster networks. */
  readonly networks?: readonly Network[];
}
