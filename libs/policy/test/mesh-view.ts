import type {
  AuthorizationPolicySpec,
  ContainerPort,
  GrpcRouteMatch,
  HttpProbe,
  HttpRouteMatch,
  Labels,
  LabelSelector,
  MeshTLSAuthenticationSpec,
  ObjectReference,
  ObjectStates,
  PolicyObjectState,
  ServerAuthorizationSpec,
  ServerSpec,
} from '@mcp/mesh';
import { policyKinds } from '@mcp/mesh';
import type {
  Endpoint,
  MeshSettings,
  MeshView,
  NamespaceView,
  PolicyObjects,
  WorkloadView,
} from '../src/view.js';
import { meshOf, namespace, policyObject, reported, toServer } from './mesh-samples.js';

/** Builders of everything a view is made of. What a test does not talk about has a plain value. */

export const settings: Required<Omit<MeshSettings, 'configured'>> = {
  trustDomain: 'cluster.local',
  controlPlaneNamespace: 'linkerd',
  defaultPolicy: 'all-unauthenticated',
  clusterNetworks: ['10.0.0.0/8'],
  probeNetworks: ['0.0.0.0/0', '::/0'],
};

export type SpaceParts = Partial<Omit<NamespaceView, 'policy' | 'namespace'> & PolicyObjects>;

/** Namespaces by name, each with its objects by kind: `viewOf({ shop: { Server: [...], workloads: [...] } })`. */
export function viewOf(
  spaces: Readonly<Record<string, SpaceParts>>,
  more: Partial<Omit<MeshView, 'namespaces'>> = {},
): MeshView {
  const views = Object.entries(spaces).map(([name, parts]) => {
    const policy = Object.fromEntries(policyKinds.map((kind) => [kind, parts[kind] ?? []]));
    const rest = Object.fromEntries(Object.entries(parts).filter(([key]) => !(key in policy)));
    return namespace(name, policy, rest);
  });
  return { ...meshOf(views, settings), ...more };
}

/** The identity of a service account under `settings`. */
export function identity(space: string, account: string): string {
  return `${account}.${space}.serviceaccount.identity.linkerd.cluster.local`;
}

export function selector(matchLabels: Labels = {}, more: Partial<LabelSelector> = {}): LabelSelector {
  return { matchLabels, matchExpressions: [], ...more };
}

type Meta = Partial<Pick<PolicyObjectState<unknown>, 'createdAt' | 'labels' | 'conditions'>>;

/** Selects every pod on port 80, unless said otherwise. */
export function serverOf(
  space: string,
  name: string,
  spec: Partial<ServerSpec> = {},
  meta: Meta = {},
): ObjectStates['Server'] {
  const plain: ServerSpec = {
    selects: 'pods',
    selector: selector(),
    port: 80,
    proxyProtocol: 'HTTP/1',
    accessPolicy: 'deny',
  };
  return policyObject(space, name, { ...plain, ...spec }, meta);
}

export function ref(kind: string, name: string, more: Partial<ObjectReference> = {}): ObjectReference {
  const core = kind === 'Namespace' || kind === 'ServiceAccount';
  return { group: core ? '' : 'policy.linkerd.io', kind, name, ...more };
}

export const toGatewayRoute = (kind: 'HTTPRoute' | 'GRPCRoute', name: string): ObjectReference =>
  ref(kind, name, { group: 'gateway.networking.k8s.io' });

export function authorizationPolicy(
  space: string,
  name: string,
  targetRef: ObjectReference,
  requiredAuthenticationRefs: AuthorizationPolicySpec['requiredAuthenticationRefs'] = [],
): ObjectStates['AuthorizationPolicy'] {
  return policyObject(space, name, { targetRef, requiredAuthenticationRefs });
}

export function meshTLSAuthentication(
  space: string,
  name: string,
  spec: Partial<MeshTLSAuthenticationSpec>,
): ObjectStates['MeshTLSAuthentication'] {
  return policyObject(space, name, { identities: [], identityRefs: [], ...spec });
}

export function networkAuthentication(
  space: string,
  name: string,
  ...cidrs: readonly string[]
): ObjectStates['NetworkAuthentication'] {
  return policyObject(space, name, { networks: cidrs.map((cidr) => ({ cidr, except: [] })) });
}

/** Admits everyone in the cluster networks, unless said otherwise. */
export function serverAuthorization(
  space: string,
  name: string,
  server: ServerAuthorizationSpec['server'],
  client: Partial<ServerAuthorizationSpec['client']> = { unauthenticated: true },
): ObjectStates['ServerAuthorization'] {
  return policyObject(space, name, { server, client: { networks: [], unauthenticated: false, ...client } });
}

/** A route of one rule on Servers that have accepted it. */
export function httpRoute(
  space: string,
  name: string,
  servers: readonly string[],
  matches: readonly Partial<HttpRouteMatch>[] = [],
  spec: Partial<ObjectStates['HTTPRoute']['spec']> = {},
): ObjectStates['HTTPRoute'] {
  const full = matches.map((match) => ({ headers: [], queryParams: [], ...match }));
  return routeOf(space, name, servers, full, spec);
}

export function grpcRoute(
  space: string,
  name: string,
  servers: readonly string[],
  matches: readonly Partial<GrpcRouteMatch>[] = [],
  spec: Partial<ObjectStates['GRPCRoute']['spec']> = {},
): ObjectStates['GRPCRoute'] {
  return routeOf(
    space,
    name,
    servers,
    matches.map((match) => ({ headers: [], ...match })),
    spec,
  );
}

function routeOf<Match, Spec>(
  space: string,
  name: string,
  servers: readonly string[],
  matches: readonly Match[],
  spec: Partial<Spec>,
) {
  const plain = {
    parentRefs: servers.map((server) => toServer(server)),
    hostnames: [],
    rules: [{ matches, filters: [], backendRefs: [] }],
  };
  const conditions = servers.map((server) => reported('Accepted', { namespace: space, name: server }));
  return policyObject(space, name, { ...plain, ...spec }, { conditions });
}

/** The same object, of which the policy controller has said nothing. */
export function withoutStatus<State extends PolicyObjectState<unknown>>(state: State): State {
  return { ...state, conditions: [] };
}

/** A pod with the proxy that serves HTTP on port 80, named `http`. */
export function endpoint(more: Partial<Endpoint> = {}): Endpoint {
  return {
    kind: 'Pod',
    labels: {},
    annotations: {},
    ports: [port(80, 'http')],
    probes: [],
    meshed: true,
    governed: true,
    runsAs: { serviceAccount: 'default' },
    ...more,
  };
}

export function port(number: number, name?: string, protocol = 'TCP'): ContainerPort {
  return { container: 'app', init: false, number, protocol, ...(name !== undefined && { name }) };
}

export function probe(path: string, at: number | string = 80): HttpProbe {
  return { container: 'app', init: false, port: at, path };
}

/** A Deployment with one pod of each kind of endpoint. */
export function workload(
  space: string,
  name: string,
  ...endpoints: readonly Partial<Endpoint>[]
): WorkloadView {
  return {
    ref: { namespace: space, kind: 'Deployment', name },
    groups: (endpoints.length === 0 ? [{}] : endpoints).map((parts, index) => ({
      endpoint: endpoint(parts),
      pods: [{ name: `${name}-${index}`, createdAt: 1_000, ips: ['10.0.0.1'] }],
    })),
    shapelessPods: 0,
  };
}

/** Known to Linkerd by a SPIFFE identity. */
export function externalWorkload(space: string, name: string, more: Partial<Endpoint> = {}): WorkloadView {
  const plain: Partial<Endpoint> = {
    kind: 'ExternalWorkload',
    ports: [{ ...port(80, 'http'), container: '' }],
    runsAs: { identity: `spiffe://cluster.local/${name}` },
  };
  return {
    ref: { namespace: space, kind: 'ExternalWorkload', name },
    groups: [
      {
        endpoint: endpoint({ ...plain, ...more }),
        pods: [{ name, createdAt: 1_000, ips: ['192.0.2.1'] }],
      },
    ],
    shapelessPods: 0,
  };
}
