import { describe, expect, it } from '@jest/globals';
import type { AnyRecordedEvent } from '@mcp/events';
import type { ObjectStates } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import type { LintCode } from '@mcp/policy';
import { evaluateAny, PolicyIndex } from '@mcp/policy';
import fc from 'fast-check';
import { anyStory } from '../test/random-story.js';
import { allPods, forWeb, forWebFromBank, Story } from '../test/story.js';
import type { GraphEntity, PortReach, WorkloadNode } from './entity.js';
import { MeshGraph } from './mesh-graph.js';

function graphOf(events: readonly AnyRecordedEvent[]): MeshGraph {
  const graph = new MeshGraph();
  for (const event of events) graph.evolve(event);
  return graph;
}

function workloadsOf(entities: readonly GraphEntity[]): readonly WorkloadNode[] {
  return entities.flatMap((entity) => (entity.kind === 'Workload' ? [entity.value] : []));
}

/** What the graph shows of the ports of the pod `web`. */
function policiesOf(story: Story) {
  const web = workloadsOf(graphOf(story.events).entities()).find(({ ref }) => ref.name === 'web');
  return web?.ports.flatMap((port) => port.policies);
}

const port = (number: number, protocol = 'TCP') => ({ container: 'web', init: false, number, protocol });
const httpPort = { shape: { ports: [port(8080)] } };
const web = { namespace: 'shop', name: 'web' };
const webServer = { kind: 'Server', ...web };

const mesh = () => new Story().controlPlane().pod(web, httpPort);
const governed = (spec: Partial<ObjectStates['Server']['spec']> = {}) =>
  mesh().policyOf('Server', web, { ...allPods, ...spec });
const bank = { namespace: 'bank', name: 'web' };
const identities = (...names: readonly string[]) => ({ identities: names, identityRefs: [] });
const local = (kind: string) => ({
  ...forWeb,
  requiredAuthenticationRefs: [{ group: 'policy.linkerd.io', kind, name: 'web' }],
});

describe('a port of a workload', () => {
  it.each<[PortReach, Story, (readonly LintCode[])?]>([
    ['anyone', governed({ accessPolicy: 'all-unauthenticated' })],
    ['anyone', governed({ accessPolicy: 'audit' }).policy({ ...web, spec: forWeb }), ['LNK302']],
    ['audited', governed({ accessPolicy: 'audit' })],
    ['meshed', governed({ accessPolicy: 'all-authenticated' })],
    [
      'meshed',
      governed()
        .policy({ ...web, spec: forWebFromBank })
        .policyOf('MeshTLSAuthentication', bank, identities('*')),
    ],
    [
      'meshed',
      governed().policyOf('ServerAuthorization', web, {
        server: { name: 'web' },
        client: {
          networks: [
            { cidr: '0.0.0.0/0', except: [] },
            { cidr: '::/0', except: [] },
          ],
          unauthenticated: false,
          meshTLS: { unauthenticatedTLS: true, identities: [], serviceAccounts: [] },
        },
      }),
    ],
    [
      'some',
      governed()
        .policy({ ...web, spec: forWebFromBank })
        .policyOf('MeshTLSAuthentication', bank, identities('a')),
    ],
    ['some', governed({ accessPolicy: 'cluster-unauthenticated' })],
    [
      'some',
      governed()
        .policy({ ...web, spec: local('NetworkAuthentication') })
        .policyOf('NetworkAuthentication', web, { networks: [{ cidr: '10.0.0.0/8', except: [] }] }),
    ],
    ['nobody', governed()],
    // an authentication that is not there makes the policy ignored
    ['nobody', governed().policy({ ...web, spec: forWebFromBank }), ['LNK203']],
    ['unknown', governed().unreadable({ kind: 'AuthorizationPolicy', namespace: 'shop', name: 'p' })],
    [
      'unknown',
      governed()
        .policy({ ...web, spec: forWebFromBank })
        .unreadable({ kind: 'MeshTLSAuthentication', ...bank }),
    ],
    // what is sure stays sure
    [
      'anyone',
      governed({ accessPolicy: 'all-unauthenticated' }).unreadable({
        kind: 'AuthorizationPolicy',
        namespace: 'shop',
        name: 'p',
      }),
    ],
  ])(
    'is shown with the Server that governs it, its protocol, and who may reach it: %s',
    (reach, story, findings = []) => {
      expect(policiesOf(story)).toEqual([{ server: webServer, protocol: 'HTTP/1', reach, findings }]);
    },
  );

  /** Takes the route as the policy controller does that accepts it for the Server `web`. */
  const route = <K extends 'HTTPRoute' | 'GRPCRoute'>(
    story: Story,
    kind: K,
    rules: ObjectStates[K]['spec']['rules'],
  ): Story => {
    const parent = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
    const state = {
      ...web,
      uid: 'uid-route',
      createdAt: 1_000,
      labels: {},
      spec: { parentRefs: [parent], hostnames: [], rules },
      fieldOwners: [],
      conditions: [
        {
          controllerName: 'linkerd.io/policy-controller',
          parent: { ...parent, namespace: 'shop' },
          type: 'Accepted',
          status: 'True',
          reason: 'Accepted',
        },
      ],
    };
    return story.observe(kind, state as unknown as ObjectStates[K]);
  };
  const anyRequest = { matches: [], filters: [], backendRefs: [] };

  it('is reached by some where a route admits someone whom its Server does not', () => {
    const story = route(governed(), 'HTTPRoute', [anyRequest]);
    const shown = (reach: PortReach, ...findings: readonly LintCode[]) => [
      { server: webServer, protocol: 'HTTP/1', reach, findings },
    ];
    expect(policiesOf(story)).toEqual(shown('nobody'));
    const targetRef = { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'web' };
    story.policy({ ...web, spec: { targetRef, requiredAuthenticationRefs: [] } });
    expect(policiesOf(story)).toEqual(shown('some', 'LNK302'));
  });

  it('is reached by nobody where the proxy refuses what it is given', () => {
    const story = route(
      governed({ proxyProtocol: 'gRPC', accessPolicy: 'all-unauthenticated' }),
      'GRPCRoute',
      [{ ...anyRequest, matches: [{ headers: [] }] }],
    );
    expect(policiesOf(story)).toEqual([
      {
        server: { kind: 'default', name: 'invalid' },
        protocol: 'gRPC',
        reach: 'nobody',
        findings: ['LNK405'],
      },
    ]);
  });

  it('is reached by nobody knows whom where it is not known which routes there are', () => {
    const story = governed({ accessPolicy: 'all-unauthenticated' }).unreadable({
      kind: 'HTTPRoute',
      namespace: 'shop',
      name: 'r',
    });
    expect(policiesOf(story)).toEqual([
      { server: webServer, protocol: 'HTTP/1', reach: 'unknown', findings: [] },
    ]);
  });

  it('is governed by the default policy where no Server selects it, and by none that is known while that is unread', () => {
    const shown = { protocol: 'unknown', reach: 'nobody', findings: [] };
    const story = new Story().controlPlane({ defaultPolicy: 'deny' }).pod(web, httpPort);
    expect(policiesOf(story)).toEqual([{ server: { kind: 'default', name: 'deny' }, ...shown }]);
    expect(policiesOf(new Story().pod(web, httpPort))).toEqual([
      { protocol: 'unknown', reach: 'unknown', findings: [] },
    ]);
  });

  it('is not enforced where policy does not act', () => {
    const notEnforced = [{ reach: 'not-enforced', findings: [] }];
    const pod = (shape: object) =>
      policiesOf(new Story().pod(web, { shape: { ...httpPort.shape, ...shape } }));
    expect(pod({ meshed: false })).toEqual(notEnforced);
    expect(pod({ governed: false })).toEqual([{ reach: 'not-enforced', findings: ['LNK606'] }]);
    expect(pod({ annotations: { 'config.linkerd.io/skip-inbound-ports': '8080' } })).toEqual(notEnforced);
    expect(pod({ skippedPorts: { inbound: '4190,4191,8080', outbound: '' } })).toEqual(notEnforced);
    expect(pod({ ports: [port(8080, 'UDP')] })).toEqual(notEnforced);
    expect(pod({ annotations: { 'config.linkerd.io/skip-inbound-ports': 'all' } })).toEqual([
      { reach: 'unknown', findings: [] },
    ]);
  });

  it('has two answers while the pods of a rollout differ, and one where they do not', () => {
    const owner = { kind: 'StatefulSet', name: 'web' };
    const story = new Story()
      .controlPlane()
      .pod({ namespace: 'shop', name: 'web-0' }, { owner, ...httpPort })
      .pod(
        { namespace: 'shop', name: 'web-1' },
        { owner, shape: { ports: [port(8080)], labels: { v: '2' } } },
      )
      .policyOf('Server', web, { ...allPods, selector: { matchLabels: { v: '2' }, matchExpressions: [] } });
    const byDefault = {
      server: { kind: 'default', name: 'all-unauthenticated' },
      protocol: 'unknown',
      reach: 'anyone',
      findings: [],
    };
    expect(policiesOf(story)).toEqual([
      byDefault,
      { server: webServer, protocol: 'HTTP/1', reach: 'nobody', findings: [] },
    ]);
    expect(policiesOf(story.delete('Server', web))).toEqual([byDefault]);
  });

  const changesOf = (story: Story) => {
    const graph = graphOf(story.events);
    graph.takeChanges();
    return (more: Story) => {
      for (const event of more.events) graph.evolve(event);
      return workloadsOf(graph.takeChanges().upserted).map(({ ref, ports }) => [
        `${ref.namespace}/${ref.name}`,
        ...ports.flatMap(({ policies }) => policies.map(({ reach }) => reach)),
      ]);
    };
  };

  it('changes with an authentication of another namespace that a policy refers to, and with no other', () => {
    const elsewhere = { namespace: 'edge', name: 'web' };
    const changes = changesOf(
      governed()
        .policy({ ...web, spec: forWebFromBank })
        .pod({ namespace: 'bank', name: 'vault' })
        .pod(elsewhere, httpPort)
        .policyOf('Server', elsewhere, allPods)
        .policy({ ...elsewhere, spec: forWebFromBank }),
    );
    const both = (reach: PortReach) => [
      ['shop/web', reach],
      ['edge/web', reach],
    ];
    const named = (name: string, ...names: readonly string[]) =>
      new Story().policyOf('MeshTLSAuthentication', { ...bank, name }, identities(...names));
    expect(changes(named('web', 'a'))).toEqual(both('some'));
    expect(changes(named('other', '*'))).toEqual([]);
    expect(changes(new Story().delete('MeshTLSAuthentication', bank))).toEqual(both('nobody'));
    expect(changes(new Story().policy({ ...web, spec: forWeb }))).toEqual([['shop/web', 'anyone']]);
    expect(changes(named('web', '*'))).toEqual([['edge/web', 'meshed']]);
  });

  it('is shown with what is wrong, also while a GRPCRoute of another namespace keeps its routes from being accepted', () => {
    const parentRefs = [{ group: 'policy.linkerd.io', kind: 'Server', namespace: 'shop', name: 'web' }];
    const spec = { parentRefs, hostnames: [], rules: [] };
    const graph = graphOf(
      governed()
        .policyOf('Server', { ...web, name: 'younger' }, allPods)
        .policyOf('HTTPRoute', web, spec).events,
    );
    const findings = () =>
      workloadsOf(graph.entities()).map(({ ports }) => ports[0]?.policies.map((policy) => policy.findings));
    expect(findings()).toEqual([[['LNK105', 'LNK403']]]);
    for (const event of new Story().policyOf('GRPCRoute', bank, spec).events) graph.evolve(event);
    expect(findings()).toEqual([[['LNK105', 'LNK404']]]);
    for (const event of new Story().delete('GRPCRoute', bank).events) graph.evolve(event);
    expect(findings()).toEqual([[['LNK105', 'LNK403']]]);
  });

  it('has no findings of a port of the same number that is declared for another protocol', () => {
    const ports = [port(8080), port(8080, 'UDP')];
    const story = new Story()
      .controlPlane()
      .pod(web, { shape: { ports } })
      .policyOf('Server', web, allPods)
      .policyOf('Server', { ...web, name: 'younger' }, allPods);
    expect(policiesOf(story)).toEqual([
      { server: webServer, protocol: 'HTTP/1', reach: 'nobody', findings: ['LNK105'] },
      { reach: 'not-enforced', findings: [] },
    ]);
  });

  it('is not reached by anyone for the sake of the probes of the kubelet', () => {
    const probes = [{ container: 'web', init: false, port: 8080, path: '/ready' }];
    const story = new Story()
      .controlPlane({ defaultPolicy: 'deny' })
      .pod(web, { shape: { ...httpPort.shape, probes } });
    expect(policiesOf(story)?.map(({ reach }) => reach)).toEqual(['nobody']);
  });

  it('changes with the settings of the control plane', () => {
    const changes = changesOf(mesh());
    expect(changes(new Story().controlPlane({ defaultPolicy: 'deny' }))).toEqual([['shop/web', 'nobody']]);
  });

  it('says the same however well its sources are followed', () => {
    const story = governed();
    expect(policiesOf(story.source('Server', 'stale'))).toEqual([
      { server: webServer, protocol: 'HTTP/1', reach: 'nobody', findings: [] },
    ]);
  });

  it('promises neither more nor less than clients from elsewhere are answered', () => {
    // without mesh TLS, and with an identity that no policy names
    const clients = ['none', { identity: 'b.bank.serviceaccount.identity.linkerd.cluster.local' }] as const;
    const promised: Readonly<Record<PortReach, readonly string[]>> = {
      anyone: ['all all'],
      audited: ['all all'],
      meshed: ['none all'],
      some: ['none none'],
      nobody: ['none none'],
      unknown: ['unknown unknown', 'none unknown', 'all unknown', 'unknown all', 'none all'],
      'not-enforced': ['not-enforced not-enforced'],
    };
    fc.assert(
      fc.property(anyStory, (events) => {
        const graph = graphOf(events);
        const index = new PolicyIndex({ ...graph.meshView(), notLive: new Map() });
        const broken = workloadsOf(graph.entities()).flatMap(({ ref, ports }) => {
          const possible = ports.flatMap(({ policies }) => policies).flatMap(({ reach }) => promised[reach]);
          const { namespace } = ref;
          const { workloads = [] } = index.view.namespaces.get(namespace) ?? {};
          const groups = workloads
            .filter((workload) => formatWorkloadRef(workload.ref) === formatWorkloadRef(ref))
            .flatMap((workload) => workload.groups);
          return groups
            .map(({ endpoint }) =>
              clients
                .map((tls) => ({ tls, address: undefined }))
                .map((client) => evaluateAny(index, { namespace, endpoint, port: 8080 }, client).reach)
                .join(' '),
            )
            .filter((answers) => !possible.includes(answers));
        });
        expect(broken).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
