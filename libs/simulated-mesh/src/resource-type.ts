/** One collection that the API serves. The first of `versions` is the stored one; the others are the same under another name. */
export interface ResourceType {
  readonly group: string;
  readonly versions: readonly [string, ...string[]];
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** `status` can only be written at its own address. */
  readonly statusSubresource: boolean;
  /** Built into Kubernetes: a list leaves `apiVersion` and `kind` out of its items, as a real API server does. */
  readonly builtIn: boolean;
}

interface Traits {
  readonly shortNames?: readonly string[];
  readonly cluster?: boolean;
  readonly status?: boolean;
}

function resource(
  group: string,
  versions: readonly [string, ...string[]],
  kind: string,
  plural: string,
  { shortNames = [], cluster = false, status = false }: Traits = {},
): ResourceType {
  return {
    group,
    versions,
    kind,
    plural,
    shortNames,
    namespaced: !cluster,
    statusSubresource: status,
    builtIn: group === '' || group === 'apps' || group === 'batch' || group === 'coordination.k8s.io',
  };
}

const policy = 'policy.linkerd.io';
const gateway = 'gateway.networking.k8s.io';

/**
 * Everything that is served, by kind; `GatewayHTTPRoute` is the HTTPRoute of the Gateway API.
 * Source: the CRDs of the chart linkerd-crds (read at b24cd40).
 */
export const resources = {
  Namespace: resource('', ['v1'], 'Namespace', 'namespaces', {
    shortNames: ['ns'],
    cluster: true,
    status: true,
  }),
  Pod: resource('', ['v1'], 'Pod', 'pods', { shortNames: ['po'], status: true }),
  Service: resource('', ['v1'], 'Service', 'services', { shortNames: ['svc'], status: true }),
  ServiceAccount: resource('', ['v1'], 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }),
  Deployment: resource('apps', ['v1'], 'Deployment', 'deployments', { shortNames: ['deploy'], status: true }),
  StatefulSet: resource('apps', ['v1'], 'StatefulSet', 'statefulsets', {
    shortNames: ['sts'],
    status: true,
  }),
  DaemonSet: resource('apps', ['v1'], 'DaemonSet', 'daemonsets', { shortNames: ['ds'], status: true }),
  ReplicaSet: resource('apps', ['v1'], 'ReplicaSet', 'replicasets', { shortNames: ['rs'], status: true }),
  Job: resource('batch', ['v1'], 'Job', 'jobs', { status: true }),
  CronJob: resource('batch', ['v1'], 'CronJob', 'cronjobs', { shortNames: ['cj'], status: true }),
  Lease: resource('coordination.k8s.io', ['v1'], 'Lease', 'leases'),
  Server: resource(policy, ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1'], 'Server', 'servers', {
    shortNames: ['srv'],
  }),
  ServerAuthorization: resource(
    policy,
    ['v1beta1', 'v1alpha1'],
    'ServerAuthorization',
    'serverauthorizations',
    { shortNames: ['saz', 'serverauthz', 'srvauthz'] },
  ),
  AuthorizationPolicy: resource(policy, ['v1alpha1'], 'AuthorizationPolicy', 'authorizationpolicies', {
    shortNames: ['authzpolicy'],
  }),
  MeshTLSAuthentication: resource(policy, ['v1alpha1'], 'MeshTLSAuthentication', 'meshtlsauthentications', {
    shortNames: ['meshtlsauthn'],
  }),
  NetworkAuthentication: resource(policy, ['v1alpha1'], 'NetworkAuthentication', 'networkauthentications', {
    shortNames: ['netauthn', 'networkauthn'],
  }),
  HTTPRoute: resource(policy, ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1'], 'HTTPRoute', 'httproutes', {
    status: true,
  }),
  HTTPLocalRateLimitPolicy: resource(
    policy,
    ['v1alpha1'],
    'HTTPLocalRateLimitPolicy',
    'httplocalratelimitpolicies',
    { status: true },
  ),
  EgressNetwork: resource(policy, ['v1alpha1'], 'EgressNetwork', 'egressnetworks', { status: true }),
  ExternalWorkload: resource(
    'workload.linkerd.io',
    ['v1beta1', 'v1alpha1'],
    'ExternalWorkload',
    'externalworkloads',
    { status: true },
  ),
  GatewayHTTPRoute: resource(gateway, ['v1', 'v1beta1'], 'HTTPRoute', 'httproutes', { status: true }),
  GRPCRoute: resource(gateway, ['v1', 'v1alpha2'], 'GRPCRoute', 'grpcroutes', { status: true }),
} as const satisfies Readonly<Record<string, ResourceType>>;

export const allResources: readonly ResourceType[] = Object.values(resources);

/** `v1`, or `<group>/<version>`. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The API version under which objects of this type are stored. */
export function storedApiVersion(type: ResourceType): string {
  return apiVersionOf(type.group, type.versions[0]);
}

/** `pods`, or `servers.policy.linkerd.io`: how messages of an API server name a collection. */
export function qualifiedPlural(type: ResourceType): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}

/** Undefined when nothing is served under this name. */
export function findResource(group: string, version: string, plural: string): ResourceType | undefined {
  return allResources.find(
    (type) => type.group === group && type.plural === plural && type.versions.includes(version),
  );
}

/** Undefined when the API does not serve the kind. */
export function resourceOf(manifest: {
  readonly apiVersion: string;
  readonly kind: string;
}): ResourceType | undefined {
  return allResources.find(
    (type) =>
      type.kind === manifest.kind &&
      type.versions.some((version) => apiVersionOf(type.group, version) === manifest.apiVersion),
  );
}
