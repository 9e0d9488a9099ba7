import type { LabelSelector, Labels } from './label-selector.js';
import type { ResourceKind } from './resource-kind.js';

/**
 * What the log keeps of each object: its whole state, in our vocabulary, and only what matters to the mesh.
 * Two states that are deeply equal mean that nothing happened. Everything is plain JSON.
 * Times are milliseconds since the epoch.
 */
export interface ObjectStates {
  Namespace: NamespaceState;
  ServiceAccount: ServiceAccountState;
  Controller: ControllerState;
  Pod: PodState;
  Service: ServiceState;
  Server: PolicyObjectState<ServerSpec>;
  ServerAuthorization: PolicyObjectState<ServerAuthorizationSpec>;
  AuthorizationPolicy: PolicyObjectState<AuthorizationPolicySpec>;
  MeshTLSAuthentication: PolicyObjectState<MeshTLSAuthenticationSpec>;
  NetworkAuthentication: PolicyObjectState<NetworkAuthenticationSpec>;
  HTTPRoute: PolicyObjectState<HttpRouteSpec>;
  GatewayHTTPRoute: PolicyObjectState<HttpRouteSpec>;
  GRPCRoute: PolicyObjectState<GrpcRouteSpec>;
  HTTPLocalRateLimitPolicy: PolicyObjectState<HttpLocalRateLimitPolicySpec>;
  EgressNetwork: PolicyObjectState<EgressNetworkSpec>;
  ExternalWorkload: ExternalWorkloadState;
  ControlPlane: ControlPlaneState;
}

export type ObjectState<K extends ResourceKind = ResourceKind> = ObjectStates[K];

/** Common to all: `uid` tells two lives of one name apart. `namespace` is empty for a Namespace itself. */
export interface ObjectIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
}

/** `annotations` holds only the ones that Linkerd reads (`config.linkerd.io/…`, `linkerd.io/…`). */
export interface NamespaceState extends ObjectIdentity {
  readonly labels: Labels;
  readonly annotations: Labels;
}

export type ServiceAccountState = ObjectIdentity;

/** A controller, as metadata only. `owner` is the controller above it: a ReplicaSet's Deployment, a Job's CronJob. */
export interface ControllerState extends ObjectIdentity {
  readonly kind: string;
  readonly owner?: OwnerRef;
}

export interface OwnerRef {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** `shape` is the content address of the pod's `PodShape`, which most pods of a workload share. */
export interface PodState extends ObjectIdentity {
  readonly shape: string;
  readonly owner?: OwnerRef;
  readonly ips: readonly string[];
  readonly node?: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
}

/** What a pod is, apart from which pod it is. */
export interface PodShape {
  readonly labels: Labels;
  /** Only the ones that Linkerd reads. */
  readonly annotations: Labels;
  readonly serviceAccount: string;
  readonly ports: readonly ContainerPort[];
  readonly probes: readonly HttpProbe[];
  /** The pod has the proxy, as a container or as a native sidecar (an init container that keeps running). */
  readonly meshed: boolean;
  /** Linkerd's policy controller knows the pod: it carries the label `linkerd.io/control-plane-ns`. */
  readonly governed: boolean;
  readonly proxyVersion?: string;
}

export interface ContainerPort {
  readonly container: string;
  readonly init: boolean;
  readonly name?: string;
  readonly number: number;
  readonly protocol: string;
}

/**
 * `port` is a number, or a name to resolve within the same container. `path` is without its query; it may lack its leading
 * slash, and Linkerd's own probe route then does not cover it.
 */
export interface HttpProbe {
  readonly container: string;
  readonly init: boolean;
  readonly port: number | string;
  readonly path: string;
}

/** `selector` is undefined for a Service that selects nothing by itself (its endpoints come from elsewhere). */
export interface ServiceState extends ObjectIdentity {
  readonly selector?: Labels;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly headless: boolean;
  readonly clusterIps: readonly string[];
  readonly externalName?: string;
  readonly ports: readonly ServicePort[];
}

export interface ServicePort {
  readonly name?: string;
  readonly number: number;
  readonly protocol: string;
  readonly targetPort: number | string;
  readonly appProtocol?: string;
}

/**
 * An object that says something about policy. Kept with who wrote which field, so that drift and its author can be
 * told from the log alone.
 */
export interface PolicyObjectState<Spec> extends ObjectIdentity {
  readonly labels: Labels;
  readonly spec: Spec;
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

/** A reference as written; compare groups and kinds with `refersTo`, since Linkerd ignores case and reads no group as core. */
export interface ObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
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

export interface ParentReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly sectionName?: string;
}

export interface ValueMatch {
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

export interface HttpRouteSpec {
  readonly parentRefs: readonly ParentReference[];
  readonly hostnames: readonly string[];
  readonly rules: readonly HttpRouteRule[];
}

export interface HttpRouteRule {
  readonly matches: readonly HttpRouteMatch[];
  readonly filters: readonly RouteFilter[];
  readonly backendRefs: readonly BackendReference[];
  readonly timeouts?: { readonly request?: string; readonly backendRequest?: string };
}

export interface HttpRouteMatch {
  readonly path?: { readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value: string };
  readonly headers: readonly ValueMatch[];
  readonly queryParams: readonly ValueMatch[];
  readonly method?: string;
}

/** `detail` is the filter's own part of the spec, as written; only what Linkerd rejects in it matters to policy. */
export interface RouteFilter {
  readonly type: string;
  readonly detail?: unknown;
}

export interface BackendReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight: number;
}

export interface GrpcRouteSpec {
  readonly parentRefs: readonly ParentReference[];
  readonly hostnames: readonly string[];
  readonly rules: readonly GrpcRouteRule[];
}

export interface GrpcRouteRule {
  readonly matches: readonly GrpcRouteMatch[];
  readonly filters: readonly RouteFilter[];
  readonly backendRefs: readonly BackendReference[];
}

export interface GrpcRouteMatch {
  readonly method?: {
    readonly type: 'Exact' | 'RegularExpression';
    readonly service?: string;
    readonly method?: string;
  };
  readonly headers: readonly ValueMatch[];
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

export interface ExternalWorkloadState extends ObjectIdentity {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly identity: string;
  readonly serverName: string;
  readonly ports: readonly { readonly name?: string; readonly number: number; readonly protocol: string }[];
  readonly ips: readonly string[];
  readonly ready: boolean;
  readonly owner?: OwnerRef;
}

/**
 * What the control plane runs with. A setting that could not be read is undefined: the answer that needs it is unknown,
 * never a guess.
 */
export interface ControlPlaneState extends ObjectIdentity {
  readonly trustDomain?: string;
  readonly controlPlaneNamespace?: string;
  readonly defaultPolicy?: DefaultPolicy;
  readonly clusterNetworks?: readonly string[];
  readonly probeNetworks?: readonly string[];
  readonly version?: string;
  /** The settings that come from our configuration and not from the cluster. */
  readonly configured: readonly string[];
}
