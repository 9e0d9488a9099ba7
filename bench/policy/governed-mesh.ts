import type { Cluster } from '../../test/policy-agreement/case.js';
import type {
  Pod,
  Reference,
  Resource,
  RouteStatus,
  Server,
} from '../../test/policy-agreement/kubernetes-objects.js';
import { naiveStatuses } from '../../test/policy-agreement/naive-what-if.js';

export const cluster: Cluster = {
  trustDomain: 'cluster.local',
  controlPlaneNamespace: 'linkerd',
  defaultPolicy: 'all-unauthenticated',
  clusterNetworks: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'],
  probeNetworks: ['0.0.0.0/0', '::/0'],
};

export const workloadsInNamespace = 50;
export const policyObjectsInNamespace = 100;

const group = 'policy.linkerd.io';
const gatewayGroup = 'gateway.networking.k8s.io';
const createdAt = '2026-01-05T08:00:00Z';
const protocols = [
  'HTTP/1',
  'HTTP/1',
  'HTTP/1',
  'HTTP/1',
  'HTTP/2',
  'HTTP/2',
  'gRPC',
  'gRPC',
  'opaque',
  'unknown',
] as const;

/**
 * Namespaces of 50 workloads and 100 policy objects each, of every kind that decides, with the statuses that Linkerd would write.
 * Each workload is one pod, and runs as a service account of its own.
 */
export function governedMesh(namespaces: number): readonly Resource[] {
  return Array.from({ length: namespaces }, (_, index) => index).flatMap((index) => {
    const home = `team-${index}`;
    const pods = upTo(workloadsInNamespace).map((at) => podOf(home, `app-${at}`, index * 256 + at));
    // a status hangs on objects of its own namespace alone
    return [...pods, ...naiveStatuses(policyOf(home, `team-${(index + 1) % namespaces}`))];
  });
}

/**
 * Workloads of which each has a Server, a policy and an authentication of its own, and every tenth a route with a policy for it. An
 * authentication names three other workloads.
 */
export function meshOfOwnPolicies(workloads: number): readonly Resource[] {
  return upTo(workloads).flatMap((index): readonly Resource[] => {
    const { namespace, name } = workloadAt(index);
    const callers = [1, 7, 61].map((step) => workloadAt((index * 3 + step) % workloads));
    return [
      podOf(namespace, name, index),
      serverOf(namespace, name, 'HTTP/1', 'http'),
      policy(namespace, name, server(name), tls(name)),
      authentication(
        namespace,
        name,
        callers.map((caller) => identityOf(caller.namespace, caller.name)),
      ),
      ...(index % 10 === 0 ? routeOf(namespace, name) : []),
    ];
  });
}

function routeOf(namespace: string, parent: string): readonly Resource[] {
  const name = `${parent}-docs`;
  const route = httpRoute(namespace, name, parent, [
    { path: { type: 'Exact', value: '/docs' } },
    { path: { type: 'PathPrefix', value: '/' }, method: 'GET' },
  ]);
  return [
    { ...route, status: acceptedBy(parent) },
    policy(namespace, name, { group, kind: 'HTTPRoute', name }, tls(name)),
    authentication(namespace, name, [`*.${namespace}.${identitySuffix}`]),
  ];
}

export function workloadAt(index: number): { readonly namespace: string; readonly name: string } {
  return {
    namespace: `team-${Math.floor(index / workloadsInNamespace)}`,
    name: `app-${index % workloadsInNamespace}`,
  };
}

const identitySuffix = `serviceaccount.identity.${cluster.controlPlaneNamespace}.${cluster.trustDomain}`;

export function identityOf(namespace: string, name: string): string {
  return `${name}.${namespace}.${identitySuffix}`;
}

export function addressAt(index: number): string {
  return `10.${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

function podOf(namespace: string, name: string, index: number): Pod {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod' as const,
    metadata: {
      namespace,
      name,
      creationTimestamp: createdAt,
      labels: { app: name, tier: `tier-${index % 5}`, 'linkerd.io/control-plane-ns': 'linkerd' },
      annotations: index % 10 === 3 ? { 'config.linkerd.io/default-inbound-policy': 'deny' } : {},
    },
    spec: {
      serviceAccountName: name,
      containers: [
        {
          name: 'app',
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'grpc', containerPort: 9090 },
          ],
          livenessProbe: { httpGet: { path: '/live', port: 'http' } },
          readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
        },
      ],
    },
    status: { podIP: addressAt(index) },
  };
  return pod;
}

/** Three in five workloads have a Server; what else there is says something about these. */
function policyOf(home: string, neighbour: string): readonly Resource[] {
  const own = (at: number) => identityOf(home, `app-${at % workloadsInNamespace}`);
  const httpServers = upTo(30).filter((at) => at % 10 < 4);
  const grpcServers = upTo(30).filter((at) => at % 10 === 6 || at % 10 === 7);
  const [httpRouted, gatewayRouted, grpcRouted] = [
    httpServers.slice(0, 6),
    httpServers.slice(4, 8),
    grpcServers.slice(0, 4),
  ];
  return [
    ...upTo(30).map((at) => {
      const protocol = protocols[at % protocols.length] ?? 'unknown';
      const made = serverOf(home, `app-${at}`, protocol, protocol === 'gRPC' ? 'grpc' : 'http');
      return at % 15 === 14 ? { ...made, spec: { ...made.spec, accessPolicy: 'audit' } } : made;
    }),
    ...upTo(12).map((at) =>
      authentication(
        home,
        `callers-${at}`,
        at % 4 === 0
          ? [`*.${neighbour}.${identitySuffix}`]
          : [own(at), own(at * 3), identityOf(neighbour, `app-${at}`)],
      ),
    ),
    ...upTo(4).map((at): Resource => ({
      ...object('NetworkAuthentication', home, `networks-${at}`),
      spec: { networks: [{ cidr: `10.${20 + at}.0.0/16`, except: [`10.${20 + at}.7.0/24`] }] },
    })),
    ...upTo(22).map((at) =>
      policy(
        home,
        `to-app-${at}`,
        server(`app-${at}`),
        tls(`callers-${at % 12}`),
        ...(at % 3 === 0 ? [networks(`networks-${at % 4}`)] : []),
      ),
    ),
    policy(home, 'to-all', { kind: 'Namespace', name: home }, tls('callers-1')),
    ...httpRouted.map((at) =>
      httpRoute(home, `http-${at}`, `app-${at}`, [
        { path: { type: 'PathPrefix', value: '/orders' }, method: 'GET' },
        { path: { type: 'RegularExpression', value: '/items/[0-9]+' } },
        { headers: [{ type: 'Exact', name: 'x-canary', value: 'yes' }] },
      ]),
    ),
    ...gatewayRouted.map((at): Resource => ({
      apiVersion: `${gatewayGroup}/v1`,
      kind: 'HTTPRoute',
      metadata: { namespace: home, name: `gateway-${at}`, creationTimestamp: createdAt },
      spec: {
        parentRefs: [server(`app-${at}`)],
        hostnames: ['shop.example.com', '*.example.org'],
        rules: [
          {
            matches: [
              { path: { type: 'Exact', value: '/orders/open' } },
              { queryParams: [{ name: 'page', value: '1' }] },
            ],
          },
        ],
      },
    })),
    ...grpcRouted.map((at): Resource => ({
      apiVersion: `${gatewayGroup}/v1`,
      kind: 'GRPCRoute',
      metadata: { namespace: home, name: `grpc-${at}`, creationTimestamp: createdAt },
      spec: {
        parentRefs: [server(`app-${at}`)],
        rules: [
          {
            matches: [
              { method: { service: 'shop.Cart', method: 'Get' } },
              { method: { service: 'shop.Cart' } },
            ],
          },
        ],
      },
    })),
    ...httpRouted
      .slice(0, 3)
      .map((at) =>
        policy(
          home,
          `http-${at}`,
          { group, kind: 'HTTPRoute', name: `http-${at}` },
          tls(`callers-${at % 12}`),
        ),
      ),
    ...gatewayRouted
      .slice(0, 2)
      .map((at) =>
        policy(
          home,
          `gateway-${at}`,
          { group: gatewayGroup, kind: 'HTTPRoute', name: `gateway-${at}` },
          networks('networks-1'),
        ),
      ),
    ...grpcRouted
      .slice(0, 2)
      .map((at) =>
        policy(
          home,
          `grpc-${at}`,
          { group: gatewayGroup, kind: 'GRPCRoute', name: `grpc-${at}` },
          tls('callers-4'),
        ),
      ),
    ...upTo(5).map((at): Resource => ({
      ...object('ServerAuthorization', home, `authorization-${at}`, 'v1beta1'),
      spec: {
        server: at < 3 ? { name: `app-${22 + at}` } : { selector: { matchLabels: { tier: `server-${at}` } } },
        client: at % 2 === 0 ? { unauthenticated: true } : { meshTLS: { identities: ['*'] } },
      },
    })),
    ...httpServers.slice(0, 5).map((at): Resource => ({
      ...object('HTTPLocalRateLimitPolicy', home, `limit-${at}`),
      spec: { targetRef: server(`app-${at}`), total: { requestsPerSecond: 100 } },
    })),
  ];
}

function serverOf(
  namespace: string,
  name: string,
  proxyProtocol: (typeof protocols)[number],
  port: string,
): Server {
  return {
    apiVersion: `${group}/v1beta3`,
    kind: 'Server',
    metadata: {
      namespace,
      name,
      creationTimestamp: createdAt,
      labels: { tier: `server-${name.length % 2 === 0 ? 3 : 4}` },
    },
    spec: { podSelector: { matchLabels: { app: name } }, port, proxyProtocol },
  };
}

function policy(
  namespace: string,
  name: string,
  targetRef: Reference,
  ...requiredAuthenticationRefs: readonly Reference[]
): Resource {
  return {
    ...object('AuthorizationPolicy', namespace, name),
    spec: { targetRef, requiredAuthenticationRefs },
  };
}

function authentication(namespace: string, name: string, identities: readonly string[]): Resource {
  return { ...object('MeshTLSAuthentication', namespace, name), spec: { identities } };
}

function httpRoute(
  namespace: string,
  name: string,
  parent: string,
  matches: readonly object[],
): Extract<Resource, { readonly kind: 'HTTPRoute' }> {
  return {
    ...object('HTTPRoute', namespace, name, 'v1beta3'),
    spec: { parentRefs: [server(parent)], rules: [{ matches }] },
  };
}

function acceptedBy(parent: string): RouteStatus {
  return {
    parents: [
      {
        controllerName: 'linkerd.io/policy-controller',
        parentRef: server(parent),
        conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted' }],
      },
    ],
  };
}

function object<Kind extends string>(kind: Kind, namespace: string, name: string, version = 'v1alpha1') {
  const metadata = { namespace, name, creationTimestamp: createdAt };
  return { apiVersion: `${group}/${version}`, kind, metadata };
}

function server(name: string): Reference {
  return { group, kind: 'Server', name };
}

function tls(name: string): Reference {
  return { group, kind: 'MeshTLSAuthentication', name };
}

function networks(name: string): Reference {
  return { group, kind: 'NetworkAuthentication', name };
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
