import type { ControlPlaneState } from './control-plane.js';
import type {
  AuthorizationPolicySpec,
  EgressNetworkSpec,
  HttpLocalRateLimitPolicySpec,
  MeshTLSAuthenticationSpec,
  NetworkAuthenticationSpec,
  PolicyObjectState,
  ServerAuthorizationSpec,
  ServerSpec,
} from './policy-objects.js';
import type { ResourceKind } from './resource-kind.js';
import type { GrpcRouteSpec, HttpRouteSpec } from './routes.js';
import type {
  ControllerState,
  ExternalWorkloadState,
  NamespaceState,
  PodState,
  ServiceAccountState,
  ServiceState,
} from './workload-objects.js';

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
