import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Write } from '@mcp/event-log';
import type { PodShape, PodState, ServiceAccountState } from '@mcp/mesh';
import type { ObservedObject } from '@mcp/sources';
import { CollectorMemory } from './collector-memory.js';
import { decideObservation } from './decide-observation.js';
import type { Observation } from './observation-queue.js';

let memory: CollectorMemory;
let ids: number;
let scope: readonly string[] | 'all';

beforeEach(() => {
  memory = new CollectorMemory();
  ids = 0;
  scope = 'all';
});

function decided(observation: Observation): Write[] {
  const outside = {
    now: () => 1000,
    newId: () => `id-${++ids}`,
    hash: (text: string) => `h${text.length}`,
    scope,
  };
  return decideObservation(memory, observation, outside);
}

/** What is recorded, as one line a write. */
function recorded(observation: Observation): string[] {
  return decided(observation).map(
    ({ subject, expectedVersion, event, tombstone }) =>
      `${event.type} ${subject} @${expectedVersion}${tombstone === true ? ' †' : ''}`,
  );
}

const account = (name: string, uid: string, namespace = 'shop'): ObservedObject => {
  const state: ServiceAccountState = { namespace, name, uid, createdAt: 1 };
  return {
    kind: 'ServiceAccount',
    key: { kind: 'ServiceAccount', namespace, name },
    resourceVersion: '7',
    state,
  };
};

const shape: PodShape = {
  labels: { app: 'web' },
  annotations: {},
  serviceAccount: 'web',
  ports: [],
  probes: [],
  meshed: true,
  governed: true,
};

const pod = (name: string, uid: string, podShape: PodShape): ObservedObject => {
  const state: PodState = {
    namespace: 'shop',
    name,
    uid,
    createdAt: 1,
    shape: '',
    ips: ['10.0.0.1'],
    phase: 'Running',
    ready: true,
  };
  return {
    kind: 'Pod',
    key: { kind: 'Pod', namespace: 'shop', name },
    resourceVersion: '7',
    state,
    podShape,
  };
};

/** An AuthorizationPolicy that a change of ours wrote last. */
const policy = (changeId: string, server: string, traceparent: string): ObservedObject => {
  const identity = { namespace: 'shop', name: 'web' };
  return {
    kind: 'AuthorizationPolicy',
    key: { kind: 'AuthorizationPolicy', ...identity },
    resourceVersion: '7',
    traceparent,
    state: {
      ...identity,
      uid: 'u1',
      createdAt: 1,
      labels: {},
      spec: { targetRef: { group: '', kind: 'Server', name: server }, requiredAuthenticationRefs: [] },
      fieldOwners: [],
      change: { id: changeId, revision: 1 },
      conditions: [],
    },
  };
};

describe('deciding what an observation means', () => {
  it('puts the first sight of a change into its trace, and nothing that happens to the object later', () => {
    const traces = [
      policy('c1', 'a', 'first'),
      policy('c1', 'b', 'first'),
      policy('c2', 'b', 'second'),
    ].flatMap((object) => decided({ what: 'observed', object }).map(({ event }) => event.traceparent));
    expect(traces).toEqual(['first', undefined, 'second']);
  });

  it('records an object that is new', () => {
    expect(recorded({ what: 'observed', object: account('web', 'u1') })).toEqual([
      'ServiceAccountObserved ServiceAccount/shop/web/u1 @0',
    ]);
  });

  it('records nothing of an object that is as it was, whatever its resource version', () => {
    recorded({ what: 'observed', object: account('web', 'u1') });
    expect(recorded({ what: 'observed', object: { ...account('web', 'u1'), resourceVersion: '8' } })).toEqual(
      [],
    );
  });

  it('ends the former life of a name before the new one begins', () => {
    recorded({ what: 'observed', object: account('web', 'u1') });
    expect(recorded({ what: 'observed', object: account('web', 'u2') })).toEqual([
      'ServiceAccountDeleted ServiceAccount/shop/web/u1 @1 †',
      'ServiceAccountObserved ServiceAccount/shop/web/u2 @0',
    ]);
  });

  it('records a deletion once, and none of an object it never knew', () => {
    recorded({ what: 'observed', object: account('web', 'u1') });
    const key = { kind: 'ServiceAccount', namespace: 'shop', name: 'web' } as const;
    expect(recorded({ what: 'deleted', key, uid: 'u1' })).toEqual([
      'ServiceAccountDeleted ServiceAccount/shop/web/u1 @1 †',
    ]);
    expect(recorded({ what: 'deleted', key, uid: 'u1' })).toEqual([]);
  });

  it('records a pod shape once, before the first pod that has it', () => {
    expect(recorded({ what: 'observed', object: pod('web-1', 'u1', shape) })).toEqual([
      expect.stringMatching(/^PodShapeObserved pod-shape\/h\d+ @any$/),
      'PodObserved Pod/shop/web-1/u1 @0',
    ]);
    expect(recorded({ what: 'observed', object: pod('web-2', 'u2', shape) })).toEqual([
      'PodObserved Pod/shop/web-2/u2 @0',
    ]);
  });

  it('records a pod shape again after a time in which no pod had it', () => {
    const first = pod('web-1', 'u1', shape);
    recorded({ what: 'observed', object: first });
    recorded({ what: 'deleted', key: first.key, uid: 'u1' });
    expect(recorded({ what: 'observed', object: pod('web-2', 'u2', shape) })).toEqual([
      expect.stringMatching(/^PodShapeObserved pod-shape\/h\d+ @any$/),
      'PodObserved Pod/shop/web-2/u2 @0',
    ]);
  });

  it('concludes from a complete list that what is missing is gone, of that kind alone', () => {
    recorded({ what: 'observed', object: account('web', 'u1') });
    recorded({ what: 'observed', object: account('api', 'u2') });
    recorded({ what: 'observed', object: pod('web-1', 'u3', shape) });
    const present = new Set(['ServiceAccount/shop/web/u1', 'ServiceAccount/shop/db/u4']);
    expect(recorded({ what: 'listed', kind: 'ServiceAccount', present })).toEqual([
      'ServiceAccountDeleted ServiceAccount/shop/api/u2 @1 †',
    ]);
  });

  it('concludes nothing about namespaces that it no longer looks at', () => {
    recorded({ what: 'observed', object: account('web', 'u1', 'shop') });
    recorded({ what: 'observed', object: account('web', 'u2', 'bank') });
    scope = ['bank'];
    expect(recorded({ what: 'listed', kind: 'ServiceAccount', present: new Set() })).toEqual([
      'ServiceAccountDeleted ServiceAccount/bank/web/u2 @1 †',
    ]);
  });

  it('keeps an object that cannot be read, with its reason, until it can be read again', () => {
    recorded({ what: 'observed', object: account('web', 'u1') });
    const { key, resourceVersion } = account('web', 'u1');
    const problem = { code: 'UNPARSABLE', field: 'spec', message: 'is a list' };
    const broken = {
      kind: 'ServiceAccount',
      key,
      resourceVersion,
      uid: 'u1',
      createdAt: 1,
      problem,
    } as const;
    expect(recorded({ what: 'observed', object: broken })).toEqual([
      'ObjectUnreadable ServiceAccount/shop/web/u1 @1',
    ]);
    expect(recorded({ what: 'observed', object: broken })).toEqual([]);
    expect(recorded({ what: 'observed', object: account('web', 'u1') })).toEqual([
      'ServiceAccountObserved ServiceAccount/shop/web/u1 @2',
    ]);
  });

  it('makes an object that no event can hold visible instead of failing', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 4000 }, (_, index) => [`label-${index}`, 'x'.repeat(100)]),
    );
    const object = {
      kind: 'Namespace',
      key: { kind: 'Namespace', namespace: '', name: 'shop' },
      resourceVersion: '1',
      state: { namespace: '', name: 'shop', uid: 'u1', createdAt: 1, labels, annotations: {} },
    } as const;
    expect(recorded({ what: 'observed', object })).toEqual(['ObjectUnreadable Namespace//shop/u1 @0']);
  });

  it('measures the shape of a pod with it', () => {
    const ports = Array.from({ length: 6000 }, (_, number) => ({
      container: 'c',
      init: false,
      number,
      protocol: 'TCP',
    }));
    expect(recorded({ what: 'observed', object: pod('web-1', 'u1', { ...shape, ports }) })).toEqual([
      'ObjectUnreadable Pod/shop/web-1/u1 @0',
    ]);
  });

  it('records how well a kind is followed only when that changes', () => {
    const phase = { what: 'phase', kind: 'Pod', phase: 'live', reason: '' } as const;
    expect(recorded(phase)).toEqual(['SourceStateChanged source-state/Pod @0']);
    expect(recorded(phase)).toEqual([]);
    expect(recorded({ ...phase, phase: 'stale', reason: 'no contact' })).toEqual([
      'SourceStateChanged source-state/Pod @1',
    ]);
  });
});
