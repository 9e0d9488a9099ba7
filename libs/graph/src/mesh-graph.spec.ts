import { describe, expect, it } from '@jest/globals';
import type { AnyRecordedEvent } from '@mcp/events';
import fc from 'fast-check';
import { anyStory } from '../test/random-story.js';
import { denyAll, forWeb, Story } from '../test/story.js';
import { applyDelta, diff } from './delta.js';
import type { GraphEntity, GraphKind, GraphValues } from './entity.js';
import type { GraphFilter } from './graph-filter.js';
import { MeshGraph } from './mesh-graph.js';

function graphOf(events: readonly AnyRecordedEvent[]): MeshGraph {
  const graph = new MeshGraph();
  for (const event of events) graph.evolve(event);
  return graph;
}

function values<K extends GraphKind>(story: Story, kind: K): readonly GraphValues[K][] {
  const entities = graphOf(story.events).entities();
  return entities.filter((entity) => entity.kind === kind).map((entity) => entity.value as GraphValues[K]);
}

function workloads(story: Story): readonly string[] {
  return values(story, 'Workload').map(
    ({ ref, pods, hasController }) => `${ref.kind}/${ref.name} ${pods}${hasController ? '' : ' orphans'}`,
  );
}

const deployed = () =>
  new Story()
    .controller('Deployment', { namespace: 'shop', name: 'web' })
    .controller('ReplicaSet', { namespace: 'shop', name: 'web-1' }, { kind: 'Deployment', name: 'web' });

describe('a workload', () => {
  it('is the root of the owner chain of its pods', () => {
    const story = deployed()
      .pod({ namespace: 'shop', name: 'web-1-a' }, { owner: { kind: 'ReplicaSet', name: 'web-1' } })
      .controller('CronJob', { namespace: 'shop', name: 'nightly' })
      .controller('Job', { namespace: 'shop', name: 'nightly-7' }, { kind: 'CronJob', name: 'nightly' })
      .pod({ namespace: 'shop', name: 'nightly-7-a' }, { owner: { kind: 'Job', name: 'nightly-7' } });
    expect(workloads(story)).toEqual(['CronJob/nightly 1', 'Deployment/web 1']);
  });

  it('exists without pods while its controller does, and an owned controller is none', () => {
    expect(workloads(deployed())).toEqual(['Deployment/web 0']);
  });

  it('is another than one of the same name and another kind', () => {
    const story = new Story()
      .controller('Deployment', { namespace: 'shop', name: 'web', uid: '1' })
      .controller('StatefulSet', { namespace: 'shop', name: 'web', uid: '2' });
    expect(workloads(story)).toEqual(['Deployment/web 0', 'StatefulSet/web 0']);
  });

  it('exists without its controller while it has a pod, and ends with the last', () => {
    const story = deployed()
      .pod({ namespace: 'shop', name: 'web-1-a' }, { owner: { kind: 'ReplicaSet', name: 'web-1' } })
      .delete('Controller', { namespace: 'shop', name: 'web' });
    expect(workloads(story)).toEqual(['Deployment/web 1 orphans']);
    story.delete('Pod', { namespace: 'shop', name: 'web-1-a' });
    expect(workloads(story)).toEqual([]);
  });

  it('is named by the last owner that is known', () => {
    const story = new Story().pod(
      { namespace: 'shop', name: 'web-1-a' },
      { owner: { kind: 'ReplicaSet', name: 'web-1' } },
    );
    expect(workloads(story)).toEqual(['ReplicaSet/web-1 1 orphans']);
  });

  it('survives owners that own each other', () => {
    const story = new Story()
      .controller('ReplicaSet', { namespace: 'shop', name: 'a' }, { kind: 'ReplicaSet', name: 'b' })
      .controller('ReplicaSet', { namespace: 'shop', name: 'b' }, { kind: 'ReplicaSet', name: 'a' })
      .pod({ namespace: 'shop', name: 'p' }, { owner: { kind: 'ReplicaSet', name: 'a' } });
    expect(workloads(story)).toHaveLength(1);
  });

  it('is the pod itself where nothing controls it', () => {
    expect(workloads(new Story().pod({ namespace: 'shop', name: 'shell' }))).toEqual(['Pod/shell 1']);
  });

  it('counts no pod that has finished', () => {
    const story = new Story()
      .controller('Job', { namespace: 'shop', name: 'import' })
      .pod(
        { namespace: 'shop', name: 'import-a', phase: 'Failed' },
        { owner: { kind: 'Job', name: 'import' } },
      )
      .pod({ namespace: 'shop', name: 'once', phase: 'Succeeded' });
    expect(workloads(story)).toEqual(['Job/import 0', 'Pod/once 0']);
  });

  it('tells everything about what runs for it', () => {
    const story = new Story()
      .controlPlane()
      .pod(
        { namespace: 'shop', name: 'web-0' },
        {
          owner: { kind: 'StatefulSet', name: 'web' },
          shape: {
            labels: { app: 'web' },
            serviceAccount: 'web',
            ports: [
              { container: 'web', init: false, number: 8080, name: 'http', protocol: 'TCP' },
              { container: 'linkerd-proxy', init: true, number: 4191, protocol: 'TCP' },
            ],
          },
        },
      )
      .pod(
        { namespace: 'shop', name: 'web-1', ready: false },
        {
          owner: { kind: 'StatefulSet', name: 'web' },
          shape: {
            labels: { app: 'web' },
            serviceAccount: 'old',
            ports: [{ container: 'web', init: false, number: 8080, name: 'api', protocol: 'TCP' }],
            meshed: false,
          },
        },
      )
      .service({ namespace: 'shop', name: 'web', selector: { app: 'web' } })
      .service({ namespace: 'bank', name: 'other', selector: { app: 'web' } });
    const byDefault = {
      server: { kind: 'default', name: 'all-unauthenticated' },
      protocol: 'unknown',
      reach: 'anyone',
      findings: [],
    };
    expect(values(story, 'Workload')).toEqual([
      {
        ref: { namespace: 'shop', kind: 'StatefulSet', name: 'web' },
        hasController: false,
        pods: 2,
        readyPods: 1,
        meshedPods: 1,
        governedPods: 2,
        meshed: 'some',
        governed: 'all',
        serviceAccounts: ['old', 'web'],
        identities: ['web.shop.serviceaccount.identity.linkerd.cluster.local'],
        ports: [
          { number: 4191, protocol: 'TCP', names: [], policies: [byDefault] },
          {
            number: 8080,
            protocol: 'TCP',
            names: ['api', 'http'],
            policies: [byDefault, { reach: 'not-enforced', findings: [] }],
          },
        ],
        services: ['web'],
        problems: [
          {
            code: 'GOVERNED_NOT_MESHED',
            field: '',
            message:
              '1 of 2 pods are known to the policy controller and have no proxy that could enforce policy',
          },
        ],
      },
    ]);
  });

  it('says so where pods have the proxy and the policy controller does not know them', () => {
    const story = new Story().pod({ namespace: 'shop', name: 'a' }, { shape: { governed: false } });
    expect(values(story, 'Workload')[0]?.problems.map(({ code }) => code)).toEqual(['MESHED_NOT_GOVERNED']);
  });

  it('has no identity while the trust domain is unknown, and gets it when that becomes known', () => {
    const story = new Story().pod({ namespace: 'shop', name: 'a' });
    const graph = graphOf(story.events);
    expect(graph.entities()[0]?.value).toMatchObject({ identities: [] });
    for (const event of new Story().controlPlane().events) graph.evolve(event);
    expect(graph.takeChanges().upserted.map(({ value }) => value)).toContainEqual(
      expect.objectContaining({ identities: ['default.shop.serviceaccount.identity.linkerd.cluster.local'] }),
    );
  });

  it('is an external workload with the identity it was given', () => {
    const story = new Story()
      .observe('ExternalWorkload', {
        namespace: 'shop',
        name: 'vm',
        uid: 'vm',
        createdAt: 1,
        labels: { app: 'vm' },
        annotations: {},
        identity: 'spiffe://root.linkerd.cluster.local/vm',
        serverName: 'vm.cluster.local',
        ports: [],
        ips: ['192.0.2.1'],
        ready: true,
      })
      .service({ namespace: 'shop', name: 'vm', selector: { app: 'vm' } });
    expect(values(story, 'Workload')).toMatchObject([
      { meshed: 'all', governed: 'all', identities: ['spiffe://root.linkerd.cluster.local/vm'] },
    ]);
    expect(values(story, 'Service')).toMatchObject([{ meshed: 'all', pods: 1 }]);
  });

  it('counts pods of a shape that the log does not have as neither meshed nor governed, until it has', () => {
    const story = new Story().pod({ namespace: 'shop', name: 'a' });
    const [shape, pod] = story.events;
    const graph = graphOf([pod!]);
    expect(graph.entities()).toMatchObject([
      { value: { pods: 1, meshed: 'none', problems: [{ code: 'POD_SHAPE_UNKNOWN' }] } },
    ]);
    graph.evolve(shape!);
    expect(graph.entities()).toMatchObject([{ value: { pods: 1, meshed: 'all', problems: [] } }]);
  });
});

describe('a service', () => {
  const web = () =>
    new Story()
      .pod({ namespace: 'shop', name: 'a' }, { shape: { labels: { app: 'web', tier: '1' } } })
      .pod({ namespace: 'shop', name: 'b' }, { shape: { labels: { app: 'web', tier: '2' }, meshed: false } });

  it('reaches the pods that have all labels of its selector', () => {
    const story = web()
      .service({ namespace: 'shop', name: 'both', selector: { app: 'web' } })
      .service({ namespace: 'shop', name: 'one', selector: { app: 'web', tier: '1' } })
      .pod({ namespace: 'shop', name: 'c' }, { shape: { labels: { app: 'db', tier: '1' } } })
      .service({ namespace: 'bank', name: 'elsewhere', selector: { app: 'web' } });
    expect(
      values(story, 'Service').map(({ name, pods, meshed, workloads: reached, problems }) => [
        name,
        pods,
        meshed,
        reached.map((ref) => ref.name),
        problems.map(({ code }) => code),
      ]),
    ).toEqual([
      ['elsewhere', 0, 'no-pods', [], ['SELECTOR_REACHES_NO_POD']],
      ['both', 2, 'some', ['a', 'b'], []],
      ['one', 1, 'all', ['a'], []],
    ]);
  });

  it('reaches no pod that has finished', () => {
    const story = web()
      .service({ namespace: 'shop', name: 'web', selector: { app: 'web' } })
      .pod({ namespace: 'shop', name: 'b', phase: 'Succeeded' }, { shape: { labels: { app: 'web' } } });
    expect(values(story, 'Service')).toMatchObject([{ pods: 1, meshed: 'all' }]);
  });

  it('that selects nothing by itself has no selector and no problem', () => {
    const story = web().service({
      namespace: 'shop',
      name: 'out',
      type: 'ExternalName',
      externalName: 'example.org',
    });
    expect(values(story, 'Service')).toEqual([
      {
        namespace: 'shop',
        name: 'out',
        type: 'ExternalName',
        headless: false,
        ports: [],
        workloads: [],
        pods: 0,
        meshed: 'no-pods',
        externalName: 'example.org',
        problems: [],
      },
    ]);
  });
});

describe('a policy object', () => {
  const name = 'allow-web';
  const desired = (story: Story) =>
    values(story, 'PolicyObject').map((object) => [
      object.uid,
      object.desired?.revision,
      object.desired?.drift,
      object.desired?.differingFields,
    ]);

  it('that is desired and not in the cluster has no uid and is pending', () => {
    expect(values(new Story().desire(name, forWeb), 'PolicyObject')).toEqual([
      {
        kind: 'AuthorizationPolicy',
        namespace: 'shop',
        name,
        uid: '',
        labels: {},
        fieldOwners: [],
        conditions: [],
        desired: { changeId: 'change-1', revision: 1, drift: 'pending', differingFields: [] },
      },
    ]);
  });

  it('is pending, as desired, drifted and deleted in turn, and pending again when something else is asked for', () => {
    const story = new Story().policy({ namespace: 'shop', name, spec: denyAll }).desire(name, forWeb);
    const differing = ['spec.targetRef.group', 'spec.targetRef.kind', 'spec.targetRef.name'];
    expect(desired(story)).toEqual([[`uid-${name}`, 1, 'pending', differing]]);
    story.policy({ namespace: 'shop', name, spec: forWeb });
    expect(desired(story)).toEqual([[`uid-${name}`, 1, 'none', []]]);
    story.policy({ namespace: 'shop', name, spec: denyAll });
    expect(desired(story)).toEqual([[`uid-${name}`, 1, 'drifted', differing]]);
    story.unreadable({ kind: 'AuthorizationPolicy', namespace: 'shop', name });
    expect(desired(story)).toEqual([[`uid-${name}`, 1, 'drifted', ['spec']]]);
    story.delete('AuthorizationPolicy', { namespace: 'shop', name });
    expect(desired(story)).toEqual([['', 1, 'deleted', []]]);
    story.desire(name, denyAll);
    expect(desired(story)).toEqual([['', 2, 'pending', []]]);
  });

  it('that nobody asked for has nothing desired', () => {
    expect(desired(new Story().policy({ namespace: 'shop', name }))).toEqual([
      [`uid-${name}`, undefined, undefined, undefined],
    ]);
  });
});

describe('lives of one name', () => {
  it('show the newest while the end of the older is not seen yet', () => {
    const story = new Story()
      .policy({ namespace: 'shop', name: 'p', uid: 'new', createdAt: 2_000, spec: forWeb })
      .policy({ namespace: 'shop', name: 'p', uid: 'old', createdAt: 1_000, spec: denyAll });
    expect(values(story, 'PolicyObject').map(({ uid }) => uid)).toEqual(['new']);
    story.delete('AuthorizationPolicy', { namespace: 'shop', name: 'p', uid: 'old' });
    expect(values(story, 'PolicyObject').map(({ uid }) => uid)).toEqual(['new']);
  });

  it('show an unreadable newer one in the place of the older', () => {
    const story = new Story()
      .policy({ namespace: 'shop', name: 'p', uid: 'old', createdAt: 1_000 })
      .unreadable(
        { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'p' },
        { uid: 'new', createdAt: 2_000 },
      );
    expect(values(story, 'PolicyObject')).toEqual([]);
    expect(values(story, 'UnreadableObject').map(({ uid }) => uid)).toEqual(['new']);
    story.policy({ namespace: 'shop', name: 'p', uid: 'newest', createdAt: 3_000 });
    expect(values(story, 'UnreadableObject')).toEqual([]);
  });

  it('count a pod of a StatefulSet once', () => {
    const story = new Story()
      .pod({ namespace: 'shop', name: 'db-0', uid: 'old' }, { owner: { kind: 'StatefulSet', name: 'db' } })
      .pod(
        { namespace: 'shop', name: 'db-0', uid: 'new', createdAt: 2_000 },
        { owner: { kind: 'StatefulSet', name: 'db' } },
      );
    expect(workloads(story)).toEqual(['StatefulSet/db 1 orphans']);
  });
});

describe('the graph', () => {
  const keys = (graph: MeshGraph, filter?: GraphFilter) => graph.entities(filter).map(({ key }) => key);

  const mesh = () =>
    new Story()
      .source('Pod', 'live')
      .controlPlane()
      .namespace('shop')
      .namespace('bank')
      .service({ namespace: 'shop', name: 'web' })
      .service({ namespace: 'bank', name: 'vault' });

  it('is ordered: what belongs to the whole mesh, then by namespace and key', () => {
    expect(keys(graphOf(mesh().events))).toEqual([
      'ControlPlane',
      'Source/Pod',
      'Namespace/bank',
      'Service/bank/vault',
      'Namespace/shop',
      'Service/shop/web',
    ]);
  });

  it('filtered by namespace keeps what belongs to the whole mesh', () => {
    expect(keys(graphOf(mesh().events), { namespaces: new Set(['shop', 'absent']) })).toEqual([
      'ControlPlane',
      'Source/Pod',
      'Namespace/shop',
      'Service/shop/web',
    ]);
  });

  it('leaves out what the collector no longer looks at, and has it again when it does', () => {
    const graph = graphOf(mesh().scope(['bank']).events);
    expect(keys(graph)).toEqual(['ControlPlane', 'Source/Pod', 'Namespace/bank', 'Service/bank/vault']);
    graph.evolve(new Story().scope('all').events[0]!);
    expect(keys(graph)).toHaveLength(6);
  });

  it('names the settings of the control plane that could not be read', () => {
    const story = new Story().observe('ControlPlane', {
      namespace: 'linkerd',
      name: 'linkerd',
      uid: '1',
      createdAt: 1,
      trustDomain: 'cluster.local',
      configured: ['trustDomain'],
    });
    expect(values(story, 'ControlPlane').map(({ problems }) => problems.map(({ field }) => field))).toEqual([
      ['controlPlaneNamespace', 'defaultPolicy', 'clusterNetworks', 'probeNetworks'],
    ]);
  });

  it('gives an entity that did not change as the same object', () => {
    const graph = graphOf(mesh().events);
    const before = graph.entities();
    for (const event of new Story().service({ namespace: 'shop', name: 'new' }).events) graph.evolve(event);
    const after = new Set<GraphEntity>(graph.entities());
    expect(before.filter((entity) => !after.has(entity))).toEqual([]);
  });

  it('is the same when it is derived in steps with events in between', () => {
    fc.assert(
      fc.property(anyStory, (events) => {
        const graph = new MeshGraph();
        let steps = graph.derive();
        for (const event of events) {
          graph.evolve(event);
          if (steps.next().done === true) steps = graph.derive();
        }
        expect(graph.entities()).toEqual(graphOf(events).entities());
      }),
      { numRuns: 300 },
    );
  });

  it('counts an event that comes twice once', () => {
    fc.assert(
      fc.property(anyStory, (events) => {
        const twice = graphOf(events.flatMap((event) => [event, event]));
        expect(twice.entities()).toEqual(graphOf(events).entities());
      }),
    );
  });

  it('is changed by its deltas into what it became, however the events are cut', () => {
    fc.assert(
      fc.property(anyStory, fc.array(fc.nat(60)), fc.array(fc.nat(60)), (events, cuts, looks) => {
        const graph = new MeshGraph();
        let followed: readonly GraphEntity[] = [];
        const follow = (): void => {
          const delta = graph.takeChanges();
          const named = [...delta.upserted, ...delta.removed].map(({ key }) => key);
          expect(named).toHaveLength(new Set(named).size);
          followed = applyDelta(followed, delta);
        };
        for (const [index, event] of events.entries()) {
          graph.evolve(event);
          if (looks.includes(index)) graph.entities();
          if (cuts.includes(index)) follow();
        }
        follow();
        expect(followed).toEqual(graphOf(events).entities());
      }),
    );
  });

  it('differs from another by what turns one into the other', () => {
    fc.assert(
      fc.property(anyStory, anyStory, (some, others) => {
        const before = graphOf(some).entities();
        const after = graphOf(others).entities();
        expect(applyDelta(before, diff(before, after))).toEqual(after);
        expect(diff(before, before)).toEqual({ upserted: [], removed: [] });
      }),
    );
  });
});
