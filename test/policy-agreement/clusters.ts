/**
 * Seeded small clusters in which names, labels, ports, identities and addresses collide on purpose, so that each
 * rule of the policy is met often. Names that differ in case only, faults and stale statuses are part of it.
 */
import type { Case, Change, Client, Cluster, HttpRequest, Query, WhatIfCase } from './case.js';
import type {
  AuthorizationPolicy,
  Container,
  ExternalWorkload,
  Filter,
  GrpcMatch,
  GrpcRoute,
  HttpMatch,
  HttpRoute,
  LabelSelector,
  MeshTLSAuthentication,
  Metadata,
  Namespace,
  Network,
  NetworkAuthentication,
  ParentReference,
  Pod,
  Probe,
  RateLimit,
  Reference,
  Resource,
  RouteStatus,
  Server,
  ServerAuthorization,
  ValueMatch,
} from './kubernetes-objects.js';
import { modes } from './naive-default-policy.js';
import { naiveStatuses } from './naive-what-if.js';
import { Random } from './random.js';

/** One cluster and what is asked of it. `resources` is one array for all its queries. */
export interface GeneratedCluster {
  readonly id: string;
  readonly cluster: Cluster;
  readonly resources: readonly Resource[];
  readonly queries: readonly Query[];
  /** In one of four clusters: a change to ask what-if about. */
  readonly change?: Change;
}

type Flavour = 'http' | 'grpc' | 'mixed';

const namespaces = ['shop', 'back'];
const serverNames = ['web', 'api', 'raw'];
const routeNames = ['r1', 'r2', 'r3'];
const timestamps = [
  '2024-05-01T10:00:00Z',
  '2024-05-01T10:00:00Z',
  '2024-05-01T10:00:01Z',
  '2025-01-01T00:00:00Z',
];
const declared = [8080, 8080, 8080, 8080, 8080, 9090, 3000];
const badPortLists = ['8080,http', '0-8080', '8080,70000', '9090-8080,8080', '8080-'];
const portLists = [
  '8080',
  '8080',
  '9090',
  ' 8080 , 9090',
  '8000-8100',
  '3000,8000-9100',
  '1-65535',
  '443',
  ...badPortLists,
];
const addresses = [
  '10.1.2.3',
  '10.1.2.3',
  '10.1.2.3',
  '10.1.2.3',
  '10.1.9.9',
  '10.1.9.9',
  '8.8.8.8',
  '8.8.8.8',
  '192.168.7.8',
  '8.8.8.8',
  '127.0.0.1',
  '127.0.0.2',
  '::1',
  'fd00::7',
  '2001:db8::5',
  '2001:DB8:0::0:5',
  '::ffff:10.1.2.3',
  '::ffff:7f00:1',
];
const networks: readonly Network[] = [
  { cidr: '10.0.0.0/8' },
  { cidr: '10.1.2.99/24' },
  { cidr: '10.1.2.3' },
  { cidr: '8.8.8.8/32' },
  { cidr: '0.0.0.0/0' },
  { cidr: '0.0.0.0/0', except: ['10.1.0.0/16'] },
  { cidr: '10.0.0.0/8', except: ['10.1.2.3', '10.1.9.0/24'] },
  { cidr: '192.168.0.0/16', except: ['192.168.7.8'] },
  { cidr: '192.168.7.0/29', except: ['192.168.7.0/29'] },
  { cidr: '127.0.0.0/8' },
  { cidr: '::/0' },
  { cidr: 'fd00::/8' },
  { cidr: '2001:db8::5' },
  { cidr: '2001:0db8:0:0::9/64', except: ['2001:db8::4/127'] },
  { cidr: '::ffff:10.0.0.0/104' },
];
const badNetworks: readonly Network[] = [
  { cidr: 'everywhere' },
  { cidr: '10.0.0.0/33' },
  { cidr: '10.0.0.300' },
  { cidr: '10.1/16' },
  { cidr: '::/129' },
  { cidr: '0.0.0.0/0', except: ['10.1.2'] },
];

/** Makes the objects of one cluster. */
class ClusterMaker {
  private readonly taken = new Set<string>();
  private readonly servers: string[] = [];
  readonly cluster: Cluster;
  readonly flavour: Flavour;
  /** Whether most objects and queries are about the port 8080 of the pods in shop and about the Server web. */
  private readonly focused: boolean;

  constructor(readonly random: Random) {
    this.cluster = this.makeCluster();
    this.flavour = random.pick<Flavour>(['http', 'http', 'http', 'grpc', 'grpc', 'mixed']);
    this.focused = random.chance(0.7);
  }

  private makeCluster(): Cluster {
    const { random } = this;
    return {
      trustDomain: random.pick(['cluster.local', 'cluster.local', 'mesh.example']),
      controlPlaneNamespace: random.pick(['linkerd', 'linkerd', 'mesh-system']),
      defaultPolicy: random.pick(modes),
      clusterNetworks: random.pick([
        ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'],
        ['10.1.0.0/16'],
        ['10.0.0.0/8', '192.168.0.0/16'],
      ]),
      probeNetworks: random.pick([['0.0.0.0/0', '::/0'], [], ['10.0.0.0/8']]),
    };
  }

  /** Metadata with a name of the pool that no other object of the kind has; undefined when it is taken. */
  private metadata(
    kind: string,
    pool: readonly string[],
    ageless = 0,
    shopShare = this.focused ? 0.93 : 0.75,
  ): Metadata | undefined {
    const namespace = this.random.chance(shopShare) ? 'shop' : 'back';
    const name = this.random.pick(pool);
    const key = `${kind}/${namespace}/${name}`;
    if (this.taken.has(key)) return undefined;
    this.taken.add(key);
    const creationTimestamp = this.random.pick(timestamps);
    return this.random.chance(ageless) ? { name, namespace } : { name, namespace, creationTimestamp };
  }

  private labels(): Record<string, string> {
    const { random } = this;
    return {
      ...random.field('app', 0.9, () => random.pick(['web', 'web', 'db'])),
      ...random.field('tier', 0.4, () => random.pick(['front', 'back'])),
    };
  }

  private selector(): LabelSelector {
    const { random } = this;
    return random.pick<() => LabelSelector>([
      () => ({}),
      () => ({}),
      () => ({ matchLabels: { app: 'web' } }),
      () => ({ matchLabels: { app: 'web' } }),
      () => ({ matchLabels: { app: random.pick(['web', 'db']), tier: 'front' } }),
      () => ({ matchExpressions: [this.expression()] }),
      () => ({ matchLabels: { app: 'web' }, matchExpressions: [this.expression()] }),
    ])();
  }

  private expression(): NonNullable<LabelSelector['matchExpressions']>[number] {
    const { random } = this;
    return random.pick([
      { key: 'app', operator: 'In', values: ['web', 'api'] },
      { key: 'tier', operator: 'In', values: [] },
      { key: 'app', operator: 'NotIn', values: ['db'] },
      { key: 'tier', operator: 'NotIn', values: ['back'] },
      { key: 'tier', operator: 'Exists' },
      { key: 'tier', operator: 'DoesNotExist' },
      { key: 'app', operator: 'Exists', values: [] },
      { key: 'none', operator: 'DoesNotExist', values: ['x'] },
      { key: 'app', operator: 'In' },
      { key: 'app', operator: 'NotIn' },
    ]);
  }

  private annotations(kind: 'Pod' | 'ExternalWorkload'): Record<string, string> {
    const { random } = this;
    const mode = () => random.pick([...modes, ...modes, 'allow-all', 'Deny', 'all_authenticated']);
    return {
      ...random.field('config.linkerd.io/default-inbound-policy', 0.35, mode),
      ...random.field('config.linkerd.io/opaque-ports', 0.2, () => random.pick(portLists)),
      ...random.field('config.linkerd.io/proxy-require-identity-inbound-ports', 0.25, () =>
        random.pick(portLists),
      ),
      ...(kind === 'Pod' &&
        random.field('config.linkerd.io/skip-inbound-ports', 0.05, () => random.pick(portLists))),
    };
  }

  namespace(name: string): Namespace {
    const annotations = { 'config.linkerd.io/default-inbound-policy': this.random.pick(modes) };
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations } };
  }

  pod(): Pod | undefined {
    const { random } = this;
    const metadata = this.metadata('Pod', ['web-0', 'db-0']);
    if (metadata === undefined) return undefined;
    const meshed = random.chance(0.96)
      ? { 'linkerd.io/control-plane-ns': random.pick(['linkerd', 'other']) }
      : {};
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata,
        labels: { ...this.labels(), ...meshed },
        annotations: this.annotations('Pod'),
      },
      spec: {
        containers: [this.container('main'), ...random.list(0, 1, () => this.container('side'))],
        ...random.field('initContainers', 0.25, () => [this.container('first')]),
      },
    };
  }

  private container(name: string): Container {
    const { random } = this;
    const ports = random.pick<NonNullable<Container['ports']>>([
      [{ name: 'http', containerPort: 8080 }],
      [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      [
        { name: 'http', containerPort: 9090 },
        { name: 'admin', containerPort: 8080 },
      ],
      [
        { name: 'admin', containerPort: 9090 },
        { name: 'dns', containerPort: 5353, protocol: 'UDP' },
      ],
      [{ name: 'http', containerPort: 3000, protocol: 'UDP' }, { containerPort: 8080 }],
      [{ name: '8080', containerPort: 9090 }],
      [],
    ]);
    return {
      name,
      ...random.field('ports', 0.95, () => ports),
      ...random.field('livenessProbe', 0.6, () => this.probe()),
      ...random.field('readinessProbe', 0.2, () => this.probe()),
      ...random.field('startupProbe', 0.1, () => this.probe()),
    };
  }

  private probe(): Probe {
    const { random } = this;
    const port = random.pick([8080, 8080, 8080, 9090, 'http', 'HTTP', 'admin']);
    if (random.chance(0.1)) return { tcpSocket: { port } };
    const path = () => random.pick(['/healthz', '/healthz', '/', '/a', '/ready?full=1', 'healthz', '?x']);
    return { httpGet: { ...random.field('path', 0.9, path), port } };
  }

  externalWorkload(): ExternalWorkload | undefined {
    const { random } = this;
    const metadata = this.metadata('ExternalWorkload', ['vm', 'web-0']);
    if (metadata === undefined) return undefined;
    return {
      apiVersion: 'workload.linkerd.io/v1beta1',
      kind: 'ExternalWorkload',
      metadata: { ...metadata, labels: this.labels(), annotations: this.annotations('ExternalWorkload') },
      spec: {
        meshTLS: { identity: 'spiffe://root.example/vm', serverName: 'vm.example' },
        workloadIPs: [{ ip: '192.0.2.7' }],
        ports: random.some(
          [
            { name: 'http', port: 8080 },
            { name: 'admin', port: 9090, protocol: 'TCP' },
          ],
          0.8,
        ),
      },
    };
  }

  server(): Server | undefined {
    const { random } = this;
    const focus = this.focused && this.servers.length === 0;
    const metadata = this.metadata('Server', focus ? ['web'] : serverNames);
    if (metadata === undefined) return undefined;
    this.servers.push(metadata.name);
    const protocols = {
      http: ['unknown', 'unknown', 'HTTP/1', 'HTTP/1', 'HTTP/2', 'opaque'],
      grpc: ['gRPC', 'gRPC', 'gRPC', 'gRPC', 'HTTP/2'],
      mixed: ['unknown', 'HTTP/1', 'HTTP/2', 'gRPC', 'opaque', 'TLS'],
    };
    const selector = focus && random.chance(0.8) ? {} : this.selector();
    return {
      apiVersion: 'policy.linkerd.io/v1beta3',
      kind: 'Server',
      metadata: { ...metadata, labels: this.labels() },
      spec: {
        ...(focus || random.chance(0.75)
          ? { podSelector: selector }
          : { externalWorkloadSelector: selector }),
        port:
          focus && random.chance(0.8)
            ? 8080
            : random.pick([...declared, 8080, 8080, 4191, 'http', 'http', 'http', 'admin', 'dns', '8080']),
        ...random.field('proxyProtocol', 0.85, () => random.pick(protocols[this.flavour])),
        ...random.field('accessPolicy', 0.45, () =>
          random.pick([...modes, 'audit', 'deny', 'deny', 'deny', 'deny', 'nobody']),
        ),
      },
    };
  }

  /** Mostly of a Server that is there. */
  private serverName(): string {
    const { random, servers } = this;
    if (this.focused && random.chance(0.75)) return 'web';
    return random.pick(servers.length > 0 && random.chance(0.9) ? servers : serverNames);
  }

  private account(): string {
    return this.random.pick(['web', 'web', 'api']);
  }

  identity(): string {
    const { random } = this;
    const { controlPlaneNamespace, trustDomain } = this.cluster;
    const suffix = `serviceaccount.identity.${controlPlaneNamespace}.${trustDomain}`;
    return `${this.account()}.${random.pick(namespaces)}.${suffix}`;
  }

  private pattern(): string {
    const { random } = this;
    const identity = this.identity();
    const [, ...rest] = identity.split('.');
    return random.pick<() => string>([
      () => '*',
      () => identity,
      () => identity,
      () => `*.${rest.join('.')}`,
      () => `*.${rest.slice(1).join('.')}`,
      () => `*.${identity}`,
      () => `*.${this.cluster.trustDomain}`,
      () => `**.${rest.join('.')}`,
      () => `web.*.${rest.slice(1).join('.')}`,
      () => identity.replace(/^./, (first) => first.toUpperCase()),
      () => 'spiffe://root.example/vm',
      () => 'other.example.com',
    ])();
  }

  private networks(): Network[] {
    const { random } = this;
    return random.list(1, 3, () => random.pick(random.chance(0.04) ? badNetworks : networks));
  }

  serverAuthorization(): ServerAuthorization | undefined {
    const { random } = this;
    const metadata = this.metadata('ServerAuthorization', ['s1', 's2', 's3']);
    if (metadata === undefined) return undefined;
    const serviceAccounts = () =>
      random.list(1, 2, () => ({
        name: this.account(),
        ...random.field('namespace', 0.5, () => random.pick(namespaces)),
      }));
    return {
      apiVersion: 'policy.linkerd.io/v1beta1',
      kind: 'ServerAuthorization',
      metadata,
      spec: {
        server: random.pick<() => ServerAuthorization['spec']['server']>([
          () => ({ name: this.serverName() }),
          () => ({ name: this.serverName() }),
          () => ({ selector: this.selector() }),
          () => ({ selector: this.selector() }),
          () => ({ name: this.serverName(), selector: this.selector() }),
        ])(),
        client: {
          ...random.field('networks', 0.4, () => (random.chance(0.1) ? [] : this.networks())),
          ...random.pick<() => Partial<ServerAuthorization['spec']['client']>>([
            () => ({ unauthenticated: true }),
            () => ({ unauthenticated: false, meshTLS: { identities: [this.pattern()] } }),
            () => ({ meshTLS: { unauthenticatedTLS: true } }),
            () => ({ meshTLS: { identities: random.list(1, 2, () => this.pattern()) } }),
            () => ({ meshTLS: { serviceAccounts: serviceAccounts() } }),
            () => ({
              meshTLS: {
                unauthenticatedTLS: false,
                identities: [this.pattern()],
                serviceAccounts: serviceAccounts(),
              },
            }),
            () => ({ meshTLS: {} }),
            () => ({}),
          ])(),
        },
      },
    };
  }

  authorizationPolicy(): AuthorizationPolicy | undefined {
    const metadata = this.metadata('AuthorizationPolicy', ['p1', 'p2', 'p3', 'p4']);
    if (metadata === undefined) return undefined;
    return {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata,
      spec: { targetRef: this.target(metadata.namespace ?? ''), requiredAuthenticationRefs: this.required() },
    };
  }

  private target(namespace: string): Reference {
    const { random } = this;
    const server = this.serverName();
    const route = random.pick(routeNames);
    return random.pick<Reference>([
      { group: 'policy.linkerd.io', kind: 'Server', name: server },
      { group: 'policy.linkerd.io', kind: 'Server', name: server },
      { group: 'policy.linkerd.io', kind: 'Server', name: server },
      { group: 'Policy.Linkerd.io', kind: 'server', name: server },
      { group: 'policy.linkerd.io', kind: 'Server', name: server.toUpperCase() },
      { group: 'core', kind: 'Server', name: server },
      { kind: 'Namespace', name: namespace },
      { group: '', kind: 'Namespace', name: namespace },
      { group: 'core', kind: 'namespace', name: 'elsewhere' },
      { group: 'policy.linkerd.io', kind: 'Namespace', name: namespace },
      { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: route },
      { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: route },
      { group: 'policy.linkerd.io', kind: 'httproute', name: route.toUpperCase() },
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route },
      { group: 'gateway.networking.k8s.io', kind: 'GRPCRoute', name: route },
      { group: 'policy.linkerd.io', kind: 'GRPCRoute', name: route },
      { group: 'apps', kind: 'Deployment', name: 'web' },
    ]);
  }

  private required(): Reference[] {
    const { random } = this;
    const where = random.field('namespace', 0.45, () => random.pick(['back', 'back', 'shop']));
    const group = 'policy.linkerd.io';
    const meshTls: Reference = {
      group,
      kind: 'MeshTLSAuthentication',
      name: random.pick(['m1', 'm1', 'm2']),
      ...where,
    };
    const network: Reference = {
      group,
      kind: 'NetworkAuthentication',
      name: random.pick(['n1', 'n1', 'n2']),
      ...where,
    };
    const account: Reference = { kind: 'ServiceAccount', name: this.account(), ...where };
    const any = () => random.pick([meshTls, network, account]);
    return random.pick<() => Reference[]>([
      () => [],
      () => [meshTls],
      () => [network],
      () => [account],
      () => [{ ...account, group: random.pick(['', 'core']) }],
      () => [meshTls, network],
      () => [network, account],
      () => [{ ...meshTls, kind: 'meshtlsauthentication' }],
      () => (random.chance(0.5) ? [any(), any()] : [any()]),
      () => (random.chance(0.5) ? [{ ...any(), group: 'example.com' }, network] : [meshTls]),
    ])();
  }

  meshTlsAuthentication(): MeshTLSAuthentication | undefined {
    const { random } = this;
    const metadata = this.metadata('MeshTLSAuthentication', ['m1', 'm2'], 0, 0.6);
    if (metadata === undefined) return undefined;
    const reference = () =>
      random.pick<Reference>([
        { kind: 'ServiceAccount', name: this.account() },
        { kind: 'ServiceAccount', name: this.account(), namespace: random.pick(namespaces) },
        { group: 'core', kind: 'Namespace', name: random.pick(namespaces) },
        { group: '', kind: 'namespace', name: random.pick(namespaces) },
        { group: 'apps', kind: random.pick(['Deployment', 'ServiceAccount']), name: 'web' },
      ]);
    return {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'MeshTLSAuthentication',
      metadata,
      spec: random.chance(0.6)
        ? { identities: random.list(1, 2, () => this.pattern()) }
        : { identityRefs: random.list(1, 2, reference) },
    };
  }

  networkAuthentication(): NetworkAuthentication | undefined {
    const metadata = this.metadata('NetworkAuthentication', ['n1', 'n2'], 0, 0.6);
    if (metadata === undefined) return undefined;
    return {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'NetworkAuthentication',
      metadata,
      spec: { networks: this.networks() },
    };
  }

  route(): HttpRoute | GrpcRoute | undefined {
    const { random } = this;
    const grpcShare = { http: 0, grpc: 0.85, mixed: 0.4 }[this.flavour];
    if (random.chance(grpcShare)) return this.grpcRoute();
    return this.httpRoute(
      random.pick(['policy.linkerd.io/v1beta3', 'policy.linkerd.io/v1beta3', 'gateway.networking.k8s.io/v1']),
    );
  }

  private httpRoute(apiVersion: string): HttpRoute | undefined {
    const { random } = this;
    const metadata = this.metadata(`HTTPRoute.${apiVersion}`, routeNames, 0.15);
    if (metadata === undefined) return undefined;
    const parentRefs = this.parents(metadata.namespace ?? '');
    const rule = () => ({
      ...random.field('matches', 0.88, () =>
        random.list(random.chance(0.08) ? 0 : 1, 2, () => this.httpMatch()),
      ),
      ...random.field('filters', 0.1, () => [this.filter(apiVersion)]),
    });
    return {
      apiVersion,
      kind: 'HTTPRoute',
      metadata,
      spec: {
        parentRefs,
        ...random.field('hostnames', 0.35, () => this.hostnames()),
        ...random.field('rules', 0.93, () => random.list(random.chance(0.05) ? 0 : 1, 2, rule)),
      },
      ...this.status(parentRefs),
    };
  }

  private grpcRoute(): GrpcRoute | undefined {
    const { random } = this;
    const apiVersion = 'gateway.networking.k8s.io/v1';
    const metadata = this.metadata('GRPCRoute', routeNames, 0.15);
    if (metadata === undefined) return undefined;
    const parentRefs = this.parents(metadata.namespace ?? '');
    const rule = () => ({
      matches: random.list(random.chance(0.1) ? 0 : 1, 2, () => this.grpcMatch()),
      ...random.field('filters', 0.08, () => [this.filter('grpc')]),
    });
    return {
      apiVersion,
      kind: 'GRPCRoute',
      metadata,
      spec: {
        parentRefs,
        ...random.field('hostnames', 0.25, () => this.hostnames()),
        rules: random.list(random.chance(0.05) ? 0 : 1, 2, rule),
      },
      ...this.status(parentRefs),
    };
  }

  private hostnames(): string[] {
    const { random } = this;
    return random.list(1, 2, () =>
      random.pick([
        'shop.example',
        '*.example',
        '*.example',
        '*.shop.example',
        '*.shop.example',
        'a.shop.example',
      ]),
    );
  }

  private parents(namespace: string): ParentReference[] {
    const { random } = this;
    const parent = (): ParentReference => {
      const name = this.serverName();
      const server = { group: 'policy.linkerd.io', kind: 'Server', name };
      if (random.chance(0.72)) return server;
      return random.pick<() => ParentReference>([
        () => ({ kind: 'Server', name }),
        () => ({ kind: 'Server', name }),
        () => ({ group: 'policy.linkerd.io', name }),
        () => ({ ...server, namespace }),
        () => ({ ...server, namespace: random.pick(namespaces) }),
        () => ({ ...server, port: 8080 }),
        () => ({ ...server, sectionName: 'main' }),
        () => ({ ...server, kind: 'server' }),
        () => ({ group: '', kind: 'Service', name: 'web', port: 80 }),
      ])();
    };
    return random.list(1, 2, parent);
  }

  /** Mostly that each Server accepted the route; else absent, refused, of someone else, or inexact. */
  private status(parentRefs: readonly ParentReference[]): { readonly status?: RouteStatus } {
    const { random } = this;
    if (random.chance(0.04)) return {};
    const parents = parentRefs
      .filter(({ kind }) => kind?.toLowerCase() === 'server')
      .map(({ name }) => {
        const parentRef = { group: 'policy.linkerd.io', kind: 'Server', name };
        return {
          controllerName: random.chance(0.96) ? 'linkerd.io/policy-controller' : 'example.com/gateway',
          parentRef: random.pick([
            ...Array.from({ length: 14 }, () => parentRef),
            { ...parentRef, namespace: random.pick(namespaces) },
            { ...parentRef, group: '' },
            { ...parentRef, kind: 'server' },
            { ...parentRef, name: random.pick(serverNames) },
          ]),
          conditions: [
            { type: 'Accepted', status: random.chance(0.93) ? 'True' : 'False' },
            ...random.some([{ type: 'ResolvedRefs', status: 'True' }], 0.1),
          ],
        };
      });
    return { status: { parents } };
  }

  private httpMatch(): HttpMatch {
    const { random } = this;
    const path = (): NonNullable<HttpMatch['path']> =>
      random.pick([
        { type: 'PathPrefix', value: '/' },
        { type: 'PathPrefix', value: '/' },
        { type: 'PathPrefix', value: '/a' },
        { type: 'PathPrefix', value: '/a' },
        { type: 'PathPrefix', value: '/a/' },
        { value: '/a/b' },
        { type: 'Exact', value: '/a' },
        { type: 'Exact', value: '/a' },
        { type: 'Exact', value: '/a/b' },
        { type: 'Exact', value: '/' },
        { type: 'Exact', value: '/healthz' },
        { type: 'RegularExpression', value: '/a.*' },
        { type: 'RegularExpression', value: '/a|/ab' },
        { type: 'RegularExpression', value: '/[ab]' },
        { type: 'RegularExpression', value: '.*' },
        ...random.some([{ type: random.pick(['Exact', 'PathPrefix']), value: 'a' }], 0.4),
        ...random.some([{ type: 'RegularExpression', value: random.pick(['/[a', '(']) }], 0.4),
      ]);
    return {
      ...random.field('path', 0.85, path),
      ...random.field('headers', 0.22, () => random.list(1, 2, () => this.headerMatch())),
      ...random.field('queryParams', 0.15, () =>
        random.list(1, random.chance(0.2) ? 2 : 1, () => this.queryMatch()),
      ),
      ...random.field('method', 0.3, () => random.pick(['GET', 'GET', 'POST'])),
    };
  }

  private headerMatch(): ValueMatch {
    const { random } = this;
    return random.pick<ValueMatch>([
      { name: 'x-v', value: 'v1' },
      { name: 'x-v', value: 'v1' },
      { type: 'Exact', name: 'X-V', value: 'v1' },
      { type: 'Exact', name: 'x-v', value: 'v2' },
      { type: 'RegularExpression', name: 'x-v', value: 'v[12]' },
      { type: 'RegularExpression', name: 'x-v', value: 'v|v1' },
      { type: 'Exact', name: 'x-w', value: 'w' },
      ...random.some(
        [
          random.pick<ValueMatch>([
            { type: 'Exact', name: 'bad name', value: 'v1' },
            { type: 'Exact', name: 'x-v', value: 'v1\nv2' },
            { type: 'RegularExpression', name: 'x-v', value: 'v[' },
          ]),
        ],
        0.3,
      ),
    ]);
  }

  private queryMatch(): ValueMatch {
    return this.random.pick<ValueMatch>([
      { name: 'q', value: '1' },
      { name: 'q', value: '1' },
      { type: 'Exact', name: 'q', value: '1' },
      { type: 'Exact', name: 'q', value: 'a/b' },
      { type: 'Exact', name: 'q', value: 'a b' },
      { type: 'Exact', name: 'k y', value: '' },
      { type: 'RegularExpression', name: 'q', value: '[12]' },
      { type: 'RegularExpression', name: 'q', value: '[12]' },
      { type: 'RegularExpression', name: 'q', value: 'a|a/b' },
    ]);
  }

  private grpcMatch(): GrpcMatch {
    const { random } = this;
    const service = random.pick(['svc.A', 'svc.A', 'svc.Long']);
    const methodName = random.pick(['Get', 'Get', 'Watch']);
    const method = random.pick<NonNullable<GrpcMatch['method']>>([
      { service },
      { type: 'Exact', service, method: methodName },
      { service, method: methodName },
      { type: 'Exact', method: methodName },
      ...random.some([{ type: 'RegularExpression', service: 'svc.*' }], 0.2),
    ]);
    return {
      ...(random.chance(0.94) && { method }),
      ...random.field('headers', 0.25, () => random.list(1, 2, () => this.headerMatch())),
    };
  }

  private filter(of: string): Filter {
    const { random } = this;
    const redirect = (path: string): Filter => ({
      type: 'RequestRedirect',
      requestRedirect: {
        path: random.pick([
          { type: 'ReplaceFullPath', replaceFullPath: path },
          { type: 'ReplacePrefixMatch', replacePrefixMatch: path },
        ]),
      },
    });
    const modifier = {
      type: 'RequestHeaderModifier',
      requestHeaderModifier: { set: [{ name: 'x-v', value: 'v1' }] },
    };
    const badModifier = {
      type: 'RequestHeaderModifier',
      requestHeaderModifier: { add: [{ name: 'bad name', value: 'v' }] },
    };
    const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'web', port: 80 } } };
    const extension = {
      type: 'ExtensionRef',
      extensionRef: { group: 'example.com', kind: 'Filter', name: 'f' },
    };
    if (of === 'grpc') return random.pick([modifier, badModifier, mirror, extension]);
    const filters = [modifier, badModifier, redirect('/x'), redirect('x')];
    if (of.startsWith('policy')) return random.pick(filters);
    return random.pick([
      ...filters,
      mirror,
      extension,
      { type: 'URLRewrite', urlRewrite: { hostname: 'x.example' } },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['x-v'] } },
    ]);
  }

  rateLimit(): RateLimit | undefined {
    const { random } = this;
    const metadata = this.metadata('RateLimit', ['l1', 'l2'], 0.15);
    if (metadata === undefined) return undefined;
    const name = this.serverName();
    // at most one accepted of a Server: which of several Linkerd takes is not defined
    const key = `accepted/${metadata.namespace ?? ''}/${name}`;
    const accepted = random.chance(0.75) && !this.taken.has(key);
    if (accepted) this.taken.add(key);
    const targetRef = {
      group: 'policy.linkerd.io',
      kind: random.chance(0.9) ? 'Server' : 'server',
      name,
    };
    const clientRefs = [{ kind: 'ServiceAccount', name: this.account() }];
    return {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'HTTPLocalRateLimitPolicy',
      metadata,
      spec: {
        targetRef,
        total: { requestsPerSecond: 100 },
        ...random.field('identity', 0.5, () => ({ requestsPerSecond: 10 })),
        ...random.field('overrides', 0.3, () => [{ requestsPerSecond: 50, clientRefs }]),
      },
      ...(random.chance(0.9) && {
        status: { conditions: [{ type: 'Accepted', status: accepted ? 'True' : 'False' }], targetRef },
      }),
    };
  }

  private client(): Client {
    const { random } = this;
    const ip = random.pick(addresses);
    if (random.chance(0.35)) return { kind: 'unmeshed', ip };
    const identity = random.pick<() => string | null>([
      () => this.identity(),
      () => this.identity(),
      () => this.identity(),
      () => 'spiffe://root.example/vm',
      () => null,
    ])();
    return { kind: 'meshed', identity, ip };
  }

  private request(): HttpRequest {
    const { random } = this;
    const headers: HttpRequest['headers'] = {
      ...random.field('host', 0.7, () =>
        random.pick([
          'shop.example',
          'shop.example:8080',
          'a.shop.example.',
          'b.a.shop.example',
          'a.shop.example.:80',
          'none',
        ]),
      ),
      ...random.field('x-v', 0.6, () =>
        random.pick<string | string[]>(['v1', 'v1', 'v2', 'v12', ['v0', 'v1'], ['v2', 'v1']]),
      ),
      ...random.field('X-W', 0.2, () => 'w'),
    };
    const grpcShare = { http: 0.02, grpc: 0.9, mixed: 0.3 }[this.flavour];
    if (random.chance(grpcShare)) {
      const path = random.pick([
        '/svc.A/Get',
        '/svc.A/Get',
        '/svc.A/Watch',
        '/svc.Long/Get',
        '/svc.C/Get',
        '/svc.A',
      ]);
      return { method: random.chance(0.95) ? 'POST' : 'GET', path, headers };
    }
    const path = random.pick([
      '/',
      '/a',
      '/a',
      '/ab',
      '/a/',
      '/a/b',
      '/a/b/c',
      '/b',
      '/healthz',
      '/healthz',
      '/healthz',
      '/ready',
      '/x',
    ]);
    const query = random.pick([
      '',
      '',
      '',
      '',
      '?q=1',
      '?q=1',
      '?q=2&q=1',
      '?q=2&q=1',
      '?q=a%2Fb',
      '?q=a+b',
      '?q=a',
      '?k%20y',
      '?q=12&k+y=',
    ]);
    return { method: random.pick(['GET', 'GET', 'POST', 'DELETE']), path: path + query, headers };
  }

  query(resources: readonly Resource[]): Query {
    const { random } = this;
    const workloads = resources.filter(
      (resource): resource is Pod | ExternalWorkload =>
        resource.kind === 'Pod' || resource.kind === 'ExternalWorkload',
    );
    const asked = { client: this.client(), http: random.chance(0.88) ? this.request() : null };
    if (random.chance(0.01) || workloads.length === 0) return { pod: 'shop/nobody', port: 8080, ...asked };
    const focus = workloads.find(({ kind, metadata }) => kind === 'Pod' && metadata.namespace === 'shop');
    const workload =
      this.focused && focus !== undefined && random.chance(0.8) ? focus : random.pick(workloads);
    const name = `${workload.metadata.namespace ?? ''}/${workload.metadata.name}`;
    const usual =
      this.focused && random.chance(0.75)
        ? [8080]
        : random.chance(0.9)
          ? declared
          : [4191, 4190, 5353, 3000, 3001, 8081];
    if (workload.kind === 'ExternalWorkload')
      return { externalWorkload: name, port: random.pick(usual), ...asked };
    // what a faulty list does to the ports that it would replace is nobody's rule
    const skipped = workload.metadata.annotations?.['config.linkerd.io/skip-inbound-ports'] ?? '';
    const ports = random.chance(0.03) && !badPortLists.includes(skipped) ? [4567, 4568] : usual;
    return { pod: name, port: random.pick(ports), ...asked };
  }

  objects(): Resource[] {
    const { random } = this;
    const made: (Resource | undefined)[] = [
      ...random.some(namespaces, 0.1).map((name) => this.namespace(name)),
      ...random.list(1, 2, () => this.pod()),
      ...random.list(0, 1, () => this.externalWorkload()),
      ...random.list(1, 4, () => this.server()),
      ...(random.chance(0.3) ? random.list(3, 7, () => this.route()) : random.list(0, 3, () => this.route())),
      ...random.list(0, 5, () => this.authorizationPolicy()),
      ...random.list(0, 2, () => this.serverAuthorization()),
      ...random.list(1, 4, () => this.meshTlsAuthentication()),
      ...random.list(1, 3, () => this.networkAuthentication()),
      ...random.list(0, 2, () => this.rateLimit()),
    ];
    return made.filter((resource) => resource !== undefined);
  }

  /** One object deleted, replaced by another of its kind and name, or created. */
  change(resources: readonly Resource[]): Change {
    const { random } = this;
    const policies = resources.filter(({ kind }) => kind !== 'Pod' && kind !== 'ExternalWorkload');
    const elsewhere = resources.filter((resource) => isReferredToFromElsewhere(resource, resources));
    const pool = [elsewhere, policies, resources].filter((some) => some.length > 0 && random.chance(0.8))[0];
    const victim = random.pick(pool ?? resources);
    const { apiVersion, kind, metadata } = victim;
    const name = { namespace: metadata.namespace ?? '', name: metadata.name };
    if (random.chance(0.3)) return { apply: [], delete: [{ apiVersion, kind, ...name }] };
    if (random.chance(0.08)) return { apply: [this.namespace(random.pick(namespaces))], delete: [] };
    const hasRoute = resources.some(
      (resource) => resource.kind === 'HTTPRoute' || resource.kind === 'GRPCRoute',
    );
    if (!hasRoute && random.chance(0.5)) return { apply: [this.plainRoute()], delete: [] };
    const created = this.created(random.chance(0.4) ? kind : undefined);
    if (created === undefined) return { apply: [], delete: [] };
    const { creationTimestamp: _, ...withoutAge } = created.metadata;
    const replaces = created.kind === kind && created.apiVersion === apiVersion;
    return {
      apply: [{ ...created, metadata: replaces ? { ...withoutAge, ...name } : withoutAge }],
      delete: [],
    };
  }

  /** A route of the Server web without any fault. */
  private plainRoute(): HttpRoute {
    return {
      apiVersion: 'policy.linkerd.io/v1beta3',
      kind: 'HTTPRoute',
      metadata: { name: 'plain', namespace: 'shop' },
      spec: {
        parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'web' }],
        rules: [{ matches: [{ path: { type: 'PathPrefix', value: this.random.pick(['/', '/a']) } }] }],
      },
    };
  }

  private created(kind: Resource['kind'] | undefined): Resource | undefined {
    const makers: Record<Resource['kind'], () => Resource | undefined> = {
      Namespace: () => this.namespace('shop'),
      Pod: () => this.pod(),
      ExternalWorkload: () => this.externalWorkload(),
      Server: () => this.server(),
      ServerAuthorization: () => this.serverAuthorization(),
      AuthorizationPolicy: () => this.authorizationPolicy(),
      MeshTLSAuthentication: () => this.meshTlsAuthentication(),
      NetworkAuthentication: () => this.networkAuthentication(),
      HTTPRoute: () =>
        this.httpRoute(this.random.pick(['policy.linkerd.io/v1beta3', 'gateway.networking.k8s.io/v1'])),
      GRPCRoute: () => this.grpcRoute(),
      HTTPLocalRateLimitPolicy: () => this.rateLimit(),
    };
    const policyKinds = [
      'Server',
      'AuthorizationPolicy',
      'MeshTLSAuthentication',
      'HTTPRoute',
      'HTTPRoute',
      'GRPCRoute',
    ] as const;
    // names already taken give nothing
    this.taken.clear();
    return makers[kind ?? this.random.pick(policyKinds)]();
  }
}

/** Whether the resource is an authentication that a policy of another namespace requires. */
function isReferredToFromElsewhere(resource: Resource, resources: readonly Resource[]): boolean {
  const { kind, metadata } = resource;
  if (kind !== 'MeshTLSAuthentication' && kind !== 'NetworkAuthentication') return false;
  return resources.some(
    (other) =>
      other.kind === 'AuthorizationPolicy' &&
      other.metadata.namespace !== metadata.namespace &&
      other.spec.requiredAuthenticationRefs.some(
        ({ name, namespace }) => name === metadata.name && namespace === metadata.namespace,
      ),
  );
}

/** The cluster of a seed. In half of the clusters the statuses are those that Linkerd would write. */
export function generateCluster(seed: number, at: number): GeneratedCluster {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b));
  const maker = new ClusterMaker(random);
  const made = maker.objects();
  const resources = random.chance(0.5) ? naiveStatuses(made) : made;
  const queries = random.list(4, 4, () => maker.query(resources));
  const id = `seed ${String(seed)}, cluster ${String(at)}`;
  return {
    id,
    cluster: maker.cluster,
    resources,
    queries,
    ...random.field('change', 0.25, () => maker.change(resources)),
  };
}

/** `count` clusters, each with its queries. */
export function* generateClusters(seed: number, count: number): Iterable<GeneratedCluster> {
  for (let at = 0; at < count; at += 1) yield generateCluster(seed, at);
}

/** The cases of `count` clusters, one per query; those of one cluster follow each other and share its resources. */
export function* generateCases(seed: number, count: number): Iterable<Case> {
  for (const { id, cluster, resources, queries } of generateClusters(seed, count)) {
    for (const [at, query] of queries.entries()) {
      yield { id: `${id}, query ${String(at)}`, cluster, resources, query };
    }
  }
}

/** The what-if cases among `count` clusters: about one of four. */
export function* generateWhatIfCases(seed: number, count: number): Iterable<WhatIfCase> {
  for (const { id, cluster, resources, queries, change } of generateClusters(seed, count)) {
    if (change !== undefined) yield { id, cluster, resources, change, queries };
  }
}
