/**
 * The kinds of object that the mesh is made of, in our vocabulary.
 *
 * `HTTPRoute` exists in two API groups that Linkerd treats as different routes, so it is two kinds here:
 * `HTTPRoute` is the one of policy.linkerd.io, `GatewayHTTPRoute` the one of gateway.networking.k8s.io.
 * `Controller` stands for Deployment, StatefulSet, DaemonSet, ReplicaSet, Job and CronJob.
 * `ControlPlane` is the settings Linkerd's own control plane runs with.
 */
export const resourceKinds = [
  'Namespace',
  'ServiceAccount',
  'Controller',
  'Pod',
  'Service',
  'Server',
  'ServerAuthorization',
  'AuthorizationPolicy',
  'MeshTLSAuthentication',
  'NetworkAuthentication',
  'HTTPRoute',
  'GatewayHTTPRoute',
  'GRPCRoute',
  'HTTPLocalRateLimitPolicy',
  'EgressNetwork',
  'ExternalWorkload',
  'ControlPlane',
] as const;

export type ResourceKind = (typeof resourceKinds)[number];

/** The kinds that say who may reach whom, and are the source of every policy answer. */
export const policyKinds = [
  'Server',
  'ServerAuthorization',
  'AuthorizationPolicy',
  'MeshTLSAuthentication',
  'NetworkAuthentication',
  'HTTPRoute',
  'GatewayHTTPRoute',
  'GRPCRoute',
  'HTTPLocalRateLimitPolicy',
  'EgressNetwork',
] as const satisfies readonly ResourceKind[];

export type PolicyKind = (typeof policyKinds)[number];

/** Names one object, over all of its lives; `keyOfObject` makes it. `namespace` is empty for a Namespace itself. */
export interface ResourceKey {
  readonly kind: ResourceKind;
  readonly namespace: string;
  readonly name: string;
}

/** `kind/namespace/name`, or `kind/name` where there is no namespace. Unique. */
export function formatResourceKey(key: ResourceKey): string {
  return key.namespace === '' ? `${key.kind}/${key.name}` : `${key.kind}/${key.namespace}/${key.name}`;
}
