import { describe, expect, it } from '@jest/globals';
import type { Cluster, Query } from './case.js';
import { generateCases, generateClusters, generateWhatIfCases } from './clusters.js';
import type { HttpRoute, Pod, Resource, Server } from './kubernetes-objects.js';
import { naiveAnswer } from './naive-linkerd.js';
import { naiveStatuses, naiveWhatIf } from './naive-what-if.js';
import type { Rule } from './rules.js';
import { rules } from './rules.js';

const cluster: Cluster = {
  trustDomain: 'cluster.local',
  controlPlaneNamespace: 'linkerd',
  defaultPolicy: 'deny',
  clusterNetworks: ['10.0.0.0/8'],
  probeNetworks: ['10.9.0.0/16'],
};

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-0',
    namespace: 'shop',
    labels: { app: 'web', 'linkerd.io/control-plane-ns': 'linkerd' },
  },
  spec: {
    containers: [
      {
        name: 'main',
        ports: [{ name: 'http', containerPort: 8080 }],
        livenessProbe: { httpGet: { path: '/healthz?full=1', port: 'http' } },
      },
    ],
  },
};

function server(
  name: string,
  spec: Partial<Server['spec']> = {},
  creationTimestamp = '2024-01-01T00:00:00Z',
): Server {
  return {
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name, namespace: 'shop', creationTimestamp },
    spec: { podSelector: { matchLabels: { app: 'web' } }, port: 'http', ...spec },
  };
}

function policy(name: string, target: string, refs: readonly string[], kind = 'Server'): Resource {
  return {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace: 'shop' },
    spec: {
      targetRef: { group: 'policy.linkerd.io', kind, name: target },
      requiredAuthenticationRefs: refs.map((account) => ({ kind: 'ServiceAccount', name: account })),
    },
  };
}

function route(name: string, matches: NonNullable<HttpRoute['spec']['rules']>[number]['matches']): HttpRoute {
  const parentRef = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
  const conditions = [{ type: 'Accepted', status: 'True' }];
  return {
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'HTTPRoute',
    metadata: { name, namespace: 'shop', creationTimestamp: '2024-01-01T00:00:00Z' },
    spec: { parentRefs: [parentRef], rules: [{ matches: matches ?? [] }] },
    status: { parents: [{ controllerName: 'linkerd.io/policy-controller', parentRef, conditions }] },
  };
}

const web = 'web.shop.serviceaccount.identity.linkerd.cluster.local';

function query(changes: Partial<Query> = {}): Query {
  return {
    pod: 'shop/web-0',
    port: 8080,
    client: { kind: 'meshed', identity: web, ip: '10.1.2.3' },
    http: { method: 'GET', path: '/a', headers: {} },
    ...changes,
  };
}

function answer(resources: readonly Resource[], changes: Partial<Query> = {}) {
  return naiveAnswer({ cluster, resources, query: query(changes) });
}

const label = { namespace: 'shop', name: 'web' };
const byDefault = (name: string) => ({ kind: 'default', namespace: '', name });
const byPolicy = (name: string) => ({ kind: 'AuthorizationPolicy', namespace: 'shop', name });
const routeName = (name: string) => ({
  group: 'policy.linkerd.io',
  kind: 'HTTPRoute',
  namespace: 'shop',
  name,
});

describe('the naive evaluation', () => {
  it('finds no workload where the pod has no proxy', () => {
    const unmeshed = { ...pod, metadata: { ...pod.metadata, labels: { app: 'web' } } };
    expect(answer([unmeshed])).toEqual({ enforced: false, error: 'workload_not_found' });
  });

  it('does not govern the tap port', () => {
    expect(answer([pod], { port: 4190 })).toEqual({ enforced: false, error: 'port_bypasses_proxy' });
  });

  it('refuses by the default policy where no Server is', () => {
    expect(answer([pod, policy('p', 'web', [])])).toEqual({
      verdict: 'deny',
      authorizedBy: null,
      server: 'default:deny',
      route: 'default:default',
      reason: 'unauthorized',
    });
  });

  it('admits a probe from the probe networks only', () => {
    const http = { method: 'GET', path: '/healthz', headers: {} };
    const unmeshed = (ip: string) => ({ http, client: { kind: 'unmeshed' as const, ip } });
    expect([answer([pod], unmeshed('10.9.0.1')), answer([pod], unmeshed('10.1.0.1'))]).toEqual([
      { verdict: 'allow', authorizedBy: byDefault('probe'), server: 'default:deny', route: 'default:probe' },
      {
        verdict: 'deny',
        authorizedBy: null,
        server: 'default:deny',
        route: 'default:probe',
        reason: 'unauthorized',
      },
    ]);
  });

  it('gives the port to the oldest Server alone', () => {
    const younger = server('a', {}, '2024-01-01T00:00:01Z');
    expect(answer([pod, younger, server('web'), policy('p', 'a', [])])).toEqual({
      verdict: 'deny',
      authorizedBy: null,
      server: label,
      route: 'default:default',
      reason: 'unauthorized',
    });
  });

  it('credits the first policy by name and says which others it could have been', () => {
    const resources = [
      pod,
      server('web', { accessPolicy: 'audit' }),
      policy('q', 'web', ['web']),
      policy('p', 'web', []),
    ];
    expect(answer(resources)).toEqual({
      verdict: 'allow',
      authorizedBy: byPolicy('p'),
      server: label,
      route: 'default:default',
      authorizedByAnyOf: [byPolicy('p'), byPolicy('q'), byDefault('audit')],
      verdictAnyOf: ['allow', 'audit'],
    });
  });

  it('does not admit a SPIFFE identity as any identity', () => {
    const client = { kind: 'meshed', identity: 'spiffe://root.example/vm', ip: '10.1.2.3' } as const;
    expect(answer([pod, server('web', { accessPolicy: 'all-authenticated' })], { client })).toMatchObject({
      verdict: 'deny',
      reason: 'unauthorized',
    });
  });

  it('takes an IPv4-mapped client as the IPv4 client', () => {
    const client = { kind: 'unmeshed', ip: '::ffff:10.1.2.3' } as const;
    expect(answer([pod, server('web', { accessPolicy: 'cluster-unauthenticated' })], { client })).toEqual({
      verdict: 'allow',
      authorizedBy: byDefault('cluster-unauthenticated'),
      server: label,
      route: 'default:default',
    });
  });

  it('finds no route for a request that the attached routes do not match, even from localhost', () => {
    const client = { kind: 'unmeshed', ip: '127.0.0.1' } as const;
    const resources = [pod, server('web'), route('r', [{ path: { type: 'Exact', value: '/b' } }])];
    expect(answer(resources, { client })).toEqual({
      verdict: 'deny',
      authorizedBy: null,
      server: label,
      route: null,
      reason: 'route_not_found',
    });
  });

  it('ranks a header match above a method match, and an exact path as a prefix of the same length', () => {
    const prefix = route('prefix', [
      { path: { type: 'PathPrefix', value: '/a' }, headers: [{ name: 'X-V', value: 'v1' }] },
    ]);
    const exact = route('exact', [{ path: { type: 'Exact', value: '/a' }, method: 'GET' }]);
    const resources = [pod, server('web'), exact, prefix, policy('p', 'PREFIX', ['web'], 'HTTPRoute')];
    const http = { method: 'GET', path: '/a?x=1', headers: { 'x-v': ['v0', 'v1'] } };
    expect(answer(resources, { http })).toEqual({
      verdict: 'allow',
      authorizedBy: byPolicy('p'),
      server: label,
      route: routeName('prefix'),
    });
  });

  it('does not match a path whose first alternative is too short', () => {
    const resources = [
      pod,
      server('web'),
      route('r', [{ path: { type: 'RegularExpression', value: '/a|/ab' } }]),
    ];
    const http = { method: 'GET', path: '/ab', headers: {} };
    expect(answer(resources, { http })).toMatchObject({ verdict: 'deny', reason: 'route_not_found' });
  });

  it('refuses bytes that are not HTTP on an HTTP port', () => {
    const resources = [pod, server('web', { proxyProtocol: 'HTTP/1', accessPolicy: 'all-unauthenticated' })];
    expect(answer(resources, { http: null })).toEqual({
      verdict: 'deny',
      authorizedBy: null,
      server: label,
      route: null,
      reason: 'protocol_mismatch',
    });
  });

  it('accepts no HTTPRoute for a Server that a GRPCRoute lists', () => {
    const { spec, metadata } = route('g', []);
    const grpc: Resource = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GRPCRoute',
      metadata,
      spec: { parentRefs: spec.parentRefs ?? [] },
    };
    const statuses = naiveStatuses([server('web'), route('r', []), grpc]).map((resource) =>
      resource.kind === 'HTTPRoute' || resource.kind === 'GRPCRoute'
        ? resource.status?.parents?.map(({ conditions }) => conditions)
        : resource.kind,
    );
    expect(statuses).toEqual([
      'Server',
      [[{ type: 'Accepted', status: 'False', reason: 'RouteReasonConflicted' }]],
      [[{ type: 'Accepted', status: 'True', reason: 'Accepted' }]],
    ]);
  });

  it('lets a created Server lose against one that is there, and its deletion take effect', () => {
    const resources = [pod, server('web'), policy('p', 'web', ['web'])];
    const created = { apply: [server('a', {}, '2000-01-01T00:00:00Z')], delete: [] };
    const key = { apiVersion: 'policy.linkerd.io/v1beta3', kind: 'Server', namespace: 'shop', name: 'web' };
    const allowed = {
      verdict: 'allow',
      authorizedBy: byPolicy('p'),
      server: label,
      route: 'default:default',
    };
    const denied = {
      verdict: 'deny',
      authorizedBy: null,
      server: 'default:deny',
      route: 'default:default',
      reason: 'unauthorized',
    };
    const ask = (change: typeof created) => naiveWhatIf({ cluster, resources, change, queries: [query()] });
    expect([
      ...ask(created),
      ...naiveWhatIf({ cluster, resources, change: { apply: [], delete: [key] }, queries: [query()] }),
    ]).toEqual([
      { before: allowed, after: allowed, changed: false, verdictChanged: false },
      { before: allowed, after: denied, changed: true, verdictChanged: true },
    ]);
  });
});

describe('the generated clusters', () => {
  it('are the same for the same seed', () => {
    expect([...generateCases(7, 20)]).toEqual([...generateCases(7, 20)]);
  });

  it('exercise every rule', () => {
    const exercised = new Set<Rule>();
    const touched = (rule: Rule) => void exercised.add(rule);
    const count = 8_000;
    for (const { cluster, resources, queries } of generateClusters(1, count)) {
      for (const asked of queries) naiveAnswer({ cluster, resources, query: asked }, touched);
    }
    for (const asked of generateWhatIfCases(1, count)) naiveWhatIf(asked, touched);
    expect(Object.keys(rules).filter((rule) => !exercised.has(rule as Rule))).toEqual([]);
  }, 120_000);
});
