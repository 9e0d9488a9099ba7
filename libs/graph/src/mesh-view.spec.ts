import { describe, expect, it } from '@jest/globals';
import type { AnyRecordedEvent } from '@mcp/events';
import { isDeleted, isObserved, observationOf } from '@mcp/events';
import type { ExternalWorkloadState, PodShape } from '@mcp/mesh';
import { policyKinds, resourceKinds } from '@mcp/mesh';
import type { MeshView, NamespaceView, PodGroupView } from '@mcp/policy';
import fc from 'fast-check';
import { anyStory } from '../test/random-story.js';
import { denyAll, forWeb, plainShape, Story } from '../test/story.js';
import type { Unreadable } from './facts.js';
import { MeshGraph } from './mesh-graph.js';
import type { ObservedObjects } from './mesh-view.js';
import { meshViewOf } from './mesh-view.js';

function graphOf(events: readonly AnyRecordedEvent[]): MeshGraph {
  const graph = new MeshGraph();
  for (const event of events) graph.evolve(event);
  return graph;
}

function viewOf(story: Story): MeshView {
  return graphOf(story.events).meshView();
}

/** The views before and after what happened since `place`. */
function around(story: Story, place: number): readonly [MeshView, MeshView] {
  const graph = graphOf(story.events.slice(0, place));
  const before = graph.meshView();
  for (const event of story.events.slice(place)) graph.evolve(event);
  return [before, graph.meshView()];
}

function endpointOf(shape: Partial<PodShape> = {}): PodGroupView['endpoint'] {
  const { serviceAccount, labels, annotations, ports, probes, meshed, governed } = {
    ...plainShape,
    ...shape,
  };
  return {
    kind: 'Pod',
    labels,
    annotations,
    ports,
    probes,
    meshed,
    governed,
    runsAs: { serviceAccount },
  };
}

const noPolicy: NamespaceView['policy'] = Object.fromEntries(
  policyKinds.map((kind) => [kind, []]),
) as unknown as NamespaceView['policy'];

const emptyShop: NamespaceView = {
  namespace: 'shop',
  annotations: {},
  policy: noPolicy,
  unreadable: [],
  workloads: [],
  services: [],
  serviceAccounts: [],
};

const vm: ExternalWorkloadState = {
  namespace: 'shop',
  name: 'vm',
  uid: 'uid-vm',
  createdAt: 1_000,
  labels: { app: 'vm' },
  annotations: { 'config.linkerd.io/opaque-ports': '80' },
  identity: 'spiffe://root.linkerd.cluster.local/vm',
  serverName: 'vm.cluster.local',
  ports: [
    { name: 'http', number: 80, protocol: 'TCP' },
    { number: 81, protocol: 'TCP' },
  ],
  ips: ['192.0.2.7'],
  ready: true,
};

const shop = (view: MeshView): NamespaceView => {
  const found = view.namespaces.get('shop');
  if (found === undefined) throw new Error('there is no shop');
  return found;
};

/** A shop in a rollout, and a bank, with something of everything. */
const shopAndBank = () =>
  new Story()
    .controlPlane()
    .observe('Namespace', {
      namespace: '',
      name: 'shop',
      uid: 'uid-shop',
      createdAt: 1_000,
      labels: {},
      annotations: { 'config.linkerd.io/default-inbound-policy': 'deny' },
    })
    .observe('ServiceAccount', { namespace: 'shop', name: 'web', uid: 'uid-web', createdAt: 1_000 })
    .controller('Deployment', { namespace: 'shop', name: 'web' })
    .pod({ namespace: 'shop', name: 'web-a' }, { owner: { kind: 'Deployment', name: 'web' } })
    .pod({ namespace: 'shop', name: 'web-b' }, { owner: { kind: 'Deployment', name: 'web' } })
    .pod(
      { namespace: 'shop', name: 'web-c', createdAt: 2_000, ips: ['10.0.0.3', 'fd00::3'] },
      { owner: { kind: 'Deployment', name: 'web' }, shape: { labels: { version: '2' } } },
    )
    .service({ namespace: 'shop', name: 'web', selector: { app: 'web' } })
    .policy({ namespace: 'shop', name: 'allow' })
    .policy({ namespace: 'shop', name: 'deny' })
    .pod({ namespace: 'bank', name: 'vault' })
    .policy({ namespace: 'bank', name: 'vault' });

describe('the view of the mesh', () => {
  it('has everything that policy depends on', () => {
    const story = shopAndBank()
      .unreadable({ kind: 'Server', namespace: 'shop', name: 'web-http' })
      .observe('ExternalWorkload', vm);
    const dataOf = (type: AnyRecordedEvent['type'], namespace: string) =>
      story.events
        .filter(
          ({ type: other, data }) => other === type && 'namespace' in data && data.namespace === namespace,
        )
        .map(({ data }) => data);
    const { namespaces, settings, scope } = viewOf(story);
    expect({ namespaces, settings, scope }).toEqual({
      namespaces: new Map([
        [
          'shop',
          {
            namespace: 'shop',
            annotations: { 'config.linkerd.io/default-inbound-policy': 'deny' },
            policy: { ...noPolicy, AuthorizationPolicy: dataOf('AuthorizationPolicyObserved', 'shop') },
            unreadable: [
              {
                key: { kind: 'Server', namespace: 'shop', name: 'web-http' },
                uid: 'uid-web-http',
                createdAt: 1_000,
                problem: { code: 'WRONG_TYPE', field: 'spec', message: 'spec is not an object' },
              },
            ],
            workloads: [
              {
                ref: { namespace: 'shop', kind: 'Deployment', name: 'web' },
                groups: [
                  {
                    endpoint: endpointOf(),
                    pods: [
                      { name: 'web-a', createdAt: 1_000, ips: ['10.0.0.1'] },
                      { name: 'web-b', createdAt: 1_000, ips: ['10.0.0.1'] },
                    ],
                  },
                  {
                    endpoint: endpointOf({ labels: { version: '2' } }),
                    pods: [{ name: 'web-c', createdAt: 2_000, ips: ['10.0.0.3', 'fd00::3'] }],
                  },
                ],
                shapelessPods: 0,
              },
              {
                ref: { namespace: 'shop', kind: 'ExternalWorkload', name: 'vm' },
                groups: [
                  {
                    endpoint: {
                      kind: 'ExternalWorkload',
                      labels: vm.labels,
                      annotations: vm.annotations,
                      ports: [
                        { container: '', init: false, name: 'http', number: 80, protocol: 'TCP' },
                        { container: '', init: false, number: 81, protocol: 'TCP' },
                      ],
                      probes: [],
                      meshed: true,
                      governed: true,
                      runsAs: { identity: vm.identity },
                    },
                    pods: [{ name: 'vm', createdAt: 1_000, ips: ['192.0.2.7'] }],
                  },
                ],
                shapelessPods: 0,
              },
            ],
            services: dataOf('ServiceObserved', 'shop'),
            serviceAccounts: ['web'],
          },
        ],
        [
          'bank',
          {
            ...emptyShop,
            namespace: 'bank',
            policy: { ...noPolicy, AuthorizationPolicy: dataOf('AuthorizationPolicyObserved', 'bank') },
            workloads: [
              {
                ref: { namespace: 'bank', kind: 'Pod', name: 'vault' },
                groups: [
                  {
                    endpoint: endpointOf(),
                    pods: [{ name: 'vault', createdAt: 1_000, ips: ['10.0.0.1'] }],
                  },
                ],
                shapelessPods: 0,
              },
            ],
          },
        ],
      ]),
      settings: {
        trustDomain: 'cluster.local',
        controlPlaneNamespace: 'linkerd',
        defaultPolicy: 'all-unauthenticated',
        clusterNetworks: ['10.0.0.0/8'],
        probeNetworks: ['0.0.0.0/0'],
      },
      scope: 'all',
    });
  });

  it('leaves out what of the settings could not be read, and says which are configured', () => {
    const story = new Story().observe('ControlPlane', {
      namespace: 'linkerd',
      name: 'linkerd',
      uid: '1',
      createdAt: 1,
      trustDomain: 'cluster.local',
      configured: ['trustDomain'],
    });
    expect(viewOf(story).settings).toEqual({ trustDomain: 'cluster.local', configured: ['trustDomain'] });
    expect(viewOf(new Story()).settings).toEqual({});
  });

  it('has the object that there is of two lives of a name, or that it cannot be read', () => {
    const p = { namespace: 'shop', name: 'p' };
    const story = new Story()
      .policy({ ...p, uid: 'new', createdAt: 2_000 })
      .policy({ ...p, uid: 'old', createdAt: 1_000 });
    const uids = () => {
      const { policy, unreadable } = shop(viewOf(story));
      return {
        readable: policy.AuthorizationPolicy.map(({ uid }) => uid),
        unreadable: unreadable.map(({ key }) => key.name),
      };
    };
    expect(uids()).toEqual({ readable: ['new'], unreadable: [] });
    story.unreadable({ kind: 'AuthorizationPolicy', ...p }, { uid: 'newer', createdAt: 3_000 });
    expect(uids()).toEqual({ readable: [], unreadable: ['p'] });
    story.policy({ ...p, uid: 'newest', createdAt: 4_000 });
    expect(uids()).toEqual({ readable: ['newest'], unreadable: [] });
  });

  it('has no namespace in which something is only asked for, or in which nothing is left', () => {
    const story = new Story()
      .desire('p', forWeb)
      .service({ namespace: 'bank', name: 'gone' })
      .delete('Service', { namespace: 'bank', name: 'gone' });
    expect(viewOf(story).namespaces).toEqual(new Map());
  });

  it('has no namespace that is not looked at, and has it again when it is', () => {
    const graph = graphOf(shopAndBank().events);
    graph.meshView();
    graph.evolve(new Story().scope(['bank']).events[0]!);
    const narrow = graph.meshView();
    expect([narrow.scope, [...narrow.namespaces.keys()]]).toEqual([['bank'], ['bank']]);
    graph.evolve(new Story().scope('all').events[0]!);
    const wide = graph.meshView();
    expect([wide.scope, [...wide.namespaces.keys()]]).toEqual(['all', ['shop', 'bank']]);
  });

  it('counts the pods of which it is not known what they are, and no pod that has finished', () => {
    const story = new Story()
      .controller('Job', { namespace: 'shop', name: 'import' })
      .pod({ namespace: 'shop', name: 'a' }, { owner: { kind: 'Job', name: 'import' } })
      .pod({ namespace: 'shop', name: 'b', phase: 'Failed' }, { owner: { kind: 'Job', name: 'import' } });
    const withoutShape = story.events.filter(({ type }) => type !== 'PodShapeObserved');
    const ref = { namespace: 'shop', kind: 'Job', name: 'import' };
    expect(shop(graphOf(withoutShape).meshView()).workloads).toEqual([{ ref, groups: [], shapelessPods: 1 }]);
    expect(shop(viewOf(story)).workloads).toEqual([
      {
        ref,
        groups: [{ endpoint: endpointOf(), pods: [{ name: 'a', createdAt: 1_000, ips: ['10.0.0.1'] }] }],
        shapelessPods: 0,
      },
    ]);
  });

  it('says of each kind that is not live why', () => {
    const story = new Story();
    for (const kind of resourceKinds) story.source(kind, 'live');
    story
      .source('Pod', 'stale', 'no answer for 30 s')
      .source('Server', 'syncing')
      .source('GRPCRoute', 'absent', 'the cluster does not have it')
      .source('Namespace', 'forbidden', 'namespaces is forbidden');
    const unheard = story.events.filter(({ subject }) => !subject.endsWith('/EgressNetwork'));
    expect(graphOf(unheard).meshView().notLive).toEqual(
      new Map([
        ['Namespace', 'it may not be listed: namespaces is forbidden'],
        ['Pod', 'contact to its source is lost: no answer for 30 s'],
        ['Server', 'its first list is under way'],
        ['EgressNetwork', 'nothing is known of it yet'],
      ]),
    );
  });
});

describe('a view that was taken', () => {
  it('stays as it is when events follow', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(60), (events, place) => {
        const graph = graphOf(events.slice(0, place));
        const taken = graph.meshView();
        for (const event of events.slice(place)) graph.evolve(event);
        graph.meshView();
        expect(taken).toEqual(graphOf(events.slice(0, place)).meshView());
      }),
    );
  });

  it('is the same object while nothing of it changes', () => {
    const story = shopAndBank();
    const place = story.events.length;
    const [before, after] = around(
      story
        .pod(
          { namespace: 'shop', name: 'web-a', ready: false },
          { owner: { kind: 'Deployment', name: 'web' } },
        )
        .desire('p', forWeb)
        .outcome(1)
        .controlPlane({ version: 'edge-25.8.3' }),
      place,
    );
    expect(after).toBe(before);
  });

  it('shares with the next one every namespace, object and endpoint that did not change', () => {
    const story = shopAndBank();
    const place = story.events.length;
    const [before, after] = around(
      story
        .policy({ namespace: 'shop', name: 'deny', spec: forWeb })
        .pod({ namespace: 'shop', name: 'web-d' }, { owner: { kind: 'Deployment', name: 'web' } })
        .pod({ namespace: 'shop', name: 'other' }),
      place,
    );
    expect(after).not.toBe(before);
    expect(after.namespaces.get('bank')).toBe(before.namespaces.get('bank'));
    expect(after.settings).toBe(before.settings);
    expect(after.notLive).toBe(before.notLive);
    const [old, now] = [shop(before), shop(after)];
    expect(now).not.toBe(old);
    expect(now.services).toBe(old.services);
    expect(now.policy.Server).toBe(old.policy.Server);
    expect(now.policy.AuthorizationPolicy[0]).toBe(old.policy.AuthorizationPolicy[0]);
    expect(now.policy.AuthorizationPolicy[1]?.spec).toBe(forWeb);
    const endpoints = ({ workloads }: NamespaceView) =>
      workloads.flatMap(({ groups }) => groups.map(({ endpoint }) => endpoint));
    const [first, second, other] = endpoints(now);
    expect(first).toBe(endpoints(old)[0]);
    expect(second).toBe(endpoints(old)[1]);
    expect(other).toBe(first);
  });

  it('shares a workload with the next one when only another one changed', () => {
    const story = shopAndBank();
    const place = story.events.length;
    const [before, after] = around(
      story
        .pod({ namespace: 'shop', name: 'other' })
        .policy({ namespace: 'bank', name: 'new', spec: denyAll }),
      place,
    );
    expect(shop(after).workloads[0]).toBe(shop(before).workloads[0]);
    expect(shop(after).policy).toBe(shop(before).policy);
    expect(after.namespaces.get('bank')?.workloads).toBe(before.namespaces.get('bank')?.workloads);
  });

  it('shares the endpoint of an external workload while only its readiness changes', () => {
    const story = new Story().observe('ExternalWorkload', vm);
    const [before, after] = around(story.observe('ExternalWorkload', { ...vm, ready: false }), 1);
    expect(after).toBe(before);
  });
});

/** The last state of each object that is there, without the code under test. */
function objectsAfter(events: readonly AnyRecordedEvent[]): ObservedObjects {
  const shapes = new Map<string, PodShape>();
  const states = new Map<string, ObservedObjects['objects'] extends Iterable<infer O> ? O : never>();
  const unreadable = new Map<string, Unreadable>();
  for (const event of events) {
    if (event.type === 'PodShapeObserved') {
      const { hash, ...shape } = event.data;
      shapes.set(hash, shape);
    } else if (isObserved(event)) {
      unreadable.delete(event.subject);
      const observed = observationOf(event);
      const podShape = observed.kind === 'Pod' ? shapes.get(observed.state.shape) : undefined;
      states.set(event.subject, podShape === undefined ? observed : { ...observed, podShape });
    } else if (event.type === 'ObjectUnreadable') {
      states.delete(event.subject);
      unreadable.set(event.subject, event.data);
    } else if (isDeleted(event)) {
      states.delete(event.subject);
      unreadable.delete(event.subject);
    }
  }
  return { objects: states.values(), unreadable: unreadable.values() };
}

/** With all lists in one order. */
function ordered(view: MeshView): unknown {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value.map(sorted);
      return [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, sorted(item)]);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const { namespaces, settings } = view;
  return sorted({ namespaces: Object.fromEntries(namespaces), settings });
}

describe('the view of a set of objects', () => {
  it('is that of the events that left these objects', () => {
    fc.assert(
      fc.property(anyStory, fc.array(fc.nat(60)), (story, looks) => {
        const events = story.filter(({ type }) => type !== 'ScopeDeclared');
        const graph = new MeshGraph();
        for (const [index, event] of events.entries()) {
          graph.evolve(event);
          if (looks.includes(index)) graph.meshView();
        }
        expect(ordered(graph.meshView())).toEqual(ordered(meshViewOf(objectsAfter(events))));
      }),
      { numRuns: 300 },
    );
  });

  it('takes everything as live and looked at', () => {
    const { notLive, scope } = meshViewOf(objectsAfter(shopAndBank().scope(['bank']).events));
    expect({ notLive, scope }).toEqual({ notLive: new Map(), scope: 'all' });
  });

  it('has the settings that it is given in place of those among the objects', () => {
    const settings = { defaultPolicy: 'deny' } as const;
    const objects = objectsAfter(shopAndBank().events);
    expect(meshViewOf({ ...objects, settings }).settings).toEqual(settings);
  });

  it('has one endpoint for pods of equal shape', () => {
    const pod = (name: string) => ({
      kind: 'Pod' as const,
      state: {
        namespace: 'shop',
        name,
        uid: name,
        createdAt: 1_000,
        shape: '',
        ips: [],
        phase: 'Running' as const,
        ready: true,
      },
      podShape: { ...plainShape },
    });
    const view = meshViewOf({ objects: [pod('a'), pod('b')], unreadable: [] });
    const [a, b] = shop(view).workloads.map(({ groups }) => groups[0]?.endpoint);
    expect(a).toEqual(endpointOf());
    expect(b).toBe(a);
  });
});
