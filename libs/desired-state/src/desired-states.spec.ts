import { describe, expect, it } from '@jest/globals';
import type { ResourceKey } from '@mcp/mesh';
import { changeView, objectDrift, phaseOf, type DesiredStates } from './desired-states.js';
import { objectsWithWork, workOn } from './work.js';
import { desiredStatesFold } from './desired-states-fold.js';
import {
  ada,
  applied,
  asked,
  gone,
  namespaceSeen,
  outcome,
  recorded,
  seen,
  specTo,
  statesAfter,
  step,
  webKey,
  type Step,
} from '../test/story.js';

const c1 = asked('c1', 1, specTo('web'));
const c2 = asked('c2', 2, specTo('api'));

/** Phases of a change with the event that proves each. */
function phases(steps: readonly Step[], changeId = 'c1'): string[] {
  const history = changeView(statesAfter(steps), changeId)?.history ?? [];
  return history.map(({ phase, eventId }) => `${phase} by ${eventId}`);
}

describe('a change', () => {
  it('is requested, would be taken, is applied, and converged once the cluster is observed so', () => {
    const steps = [
      ...c1,
      outcome('c1', 'DryRunPassed', { revision: 1 }),
      outcome('c1', 'ApplyStarted', { revision: 1, plan: 'create' }),
      applied('c1', 1, '7'),
      seen(specTo('web'), { by: ['c1', 1], rv: '7' }),
    ];
    const proof = (phase: string, eventType: string, sequence: number): object => ({
      phase,
      eventType,
      eventId: `e${sequence}`,
      recordedAt: sequence * 1000,
      position: { log: 'log', sequence, digest: '' },
    });
    expect(changeView(statesAfter(steps), 'c1')).toEqual({
      id: 'c1',
      key: webKey,
      spec: specTo('web'),
      revision: 1,
      actor: ada,
      phase: 'converged',
      ended: true,
      history: [
        proof('requested', 'ChangeRequested', 1),
        proof('dry-run', 'DryRunPassed', 3),
        proof('applied', 'ChangeApplied', 5),
        proof('converged', 'AuthorizationPolicyObserved', 6),
      ],
      conflicts: [],
      started: { revision: 1, plan: 'create' },
      applied: { revision: 1, uid: 'u1', resourceVersion: '7', modified: true },
      version: 4,
      drift: { drift: 'none', differingFields: [] },
    });
  });

  it('is unknown when nobody asked for it', () => {
    expect(changeView(statesAfter(c1), 'c9')).toBeUndefined();
  });

  it('converges with the record of its apply when the observation overtook it', () => {
    expect(phases([...c1, seen(specTo('web'), { by: ['c1', 1], rv: '7' }), applied('c1', 1, '7')])).toEqual([
      'requested by e1',
      'applied by e4',
      'converged by e4',
    ]);
  });

  it('has converged even if the object drifted before its apply was recorded', () => {
    const steps = [
      ...c1,
      seen(specTo('web'), { by: ['c1', 1], rv: '7' }),
      seen(specTo('api'), { by: ['c1', 1], rv: '8' }),
      applied('c1', 1, '7'),
    ];
    expect(phases(steps)).toEqual(['requested by e1', 'applied by e5', 'converged by e5']);
    expect(objectDrift(statesAfter(steps), webKey)?.drift).toBe('drifted');
  });

  it('converges at once when the object was so already and there was nothing to write', () => {
    expect(phases([seen(specTo('web'), { rv: '1' }), ...c1, applied('c1', 1, '3', false)])).toEqual([
      'requested by e2',
      'applied by e4',
      'converged by e4',
    ]);
  });

  it('does not converge by what was observed before its apply changed the object', () => {
    expect(phases([seen(specTo('web')), ...c1, applied('c1', 1, '7')])).toEqual([
      'requested by e2',
      'applied by e4',
    ]);
  });

  it('does not converge by a late view of the object as an earlier change wrote it', () => {
    const steps = [...c1, ...c2, ...asked('c3', 3, specTo('web')), applied('c3', 3, '9')];
    expect(phases([...steps, seen(specTo('web'), { by: ['c1', 1], rv: '7' })], 'c3')).toEqual([
      'requested by e5',
      'applied by e7',
    ]);
  });

  it('does not converge before its apply is recorded', () => {
    expect(phases([...c1, seen(specTo('web'), { by: ['c1', 1] })])).toEqual(['requested by e1']);
  });

  it('does not converge while the object differs', () => {
    expect(phases([...c1, applied('c1', 1, '7'), seen(specTo('api'), { by: ['c1', 1] })])).toEqual([
      'requested by e1',
      'applied by e3',
    ]);
  });

  it('stays converged when the object drifts or goes: that is a state of the object', () => {
    const converged = [...c1, applied('c1', 1, '7'), seen(specTo('web'), { by: ['c1', 1], rv: '7' })];
    const after = (...more: Step[]): unknown[] => {
      const view = changeView(statesAfter([...converged, ...more]), 'c1');
      return [view?.phase, view?.drift.drift];
    };
    expect([after(), after(seen(specTo('api'))), after(gone())]).toEqual([
      ['converged', 'none'],
      ['converged', 'drifted'],
      ['converged', 'deleted'],
    ]);
  });

  it.each([
    [
      'rejected',
      outcome('c1', 'ChangeRejected', { revision: 1, status: 422, message: 'spec is not valid' }),
      { code: 'REJECTED', message: 'spec is not valid', status: 422 },
    ],
    [
      'refused',
      outcome('c1', 'ChangeRefused', { revision: 1, code: 'GITOPS_OWNED', message: 'by argo' }),
      { code: 'GITOPS_OWNED', message: 'by argo' },
    ],
    [
      'conflicted',
      outcome('c1', 'ChangeConflicted', {
        revision: 1,
        conflicts: [{ manager: 'kubectl', field: 'spec.targetRef' }],
      }),
      { code: 'CONFLICTED', message: 'these fields belong to others: spec.targetRef to kubectl' },
    ],
    [
      'superseded',
      outcome('c1', 'ChangeSuperseded', { revision: 1, by: 'c2' }),
      { code: 'SUPERSEDED', message: 'change c2 of the same object took its place' },
    ],
  ])('ends as %s and says why', (phase, event, problem) => {
    const view = changeView(statesAfter([...c1, event, applied('c1', 1, '7')]), 'c1');
    expect([view?.phase, view?.ended, view?.problem]).toEqual([phase, true, problem]);
  });

  it('says what it waits for until it is applied', () => {
    const waiting = [
      ...c1,
      outcome('c1', 'ApplyDeferred', { revision: 1, code: 'TARGET_UNAVAILABLE', message: 'no answer' }),
    ];
    const problem = (steps: Step[]): unknown => changeView(statesAfter(steps), 'c1')?.problem;
    expect([problem(waiting), problem([...waiting, applied('c1', 1, '7')])]).toEqual([
      { code: 'TARGET_UNAVAILABLE', message: 'no answer' },
      undefined,
    ]);
  });

  it('that is applied and not yet observed is superseded when a newer one of the object is applied', () => {
    const steps = [...c1, applied('c1', 1, '7'), ...c2, applied('c2', 2, '8')];
    expect(phases(steps)).toEqual(['requested by e1', 'applied by e3', 'superseded by e6']);
  });

  it('that is applied can still be observed after a newer one was asked for', () => {
    const steps = [...c1, applied('c1', 1, '7'), ...c2, seen(specTo('web'), { by: ['c1', 1], rv: '7' })];
    expect(phases(steps)).toEqual(['requested by e1', 'applied by e3', 'converged by e6']);
    expect(objectDrift(statesAfter(steps), webKey)).toEqual({
      drift: 'pending',
      differingFields: ['spec.targetRef.name'],
    });
  });
});

describe('an open change', () => {
  it('is not superseded by the apply of a newer one that had been refused', () => {
    const refused = outcome('c2', 'ChangeRefused', { revision: 2, code: 'GITOPS_OWNED', message: 'no' });
    expect(phases([...c1, ...c2, refused, applied('c2', 2, '8')])).toEqual(['requested by e1']);
  });
});

describe('the work on an object', () => {
  it('is each change of it that is neither applied nor ended, oldest first', () => {
    const rejected = outcome('c2', 'ChangeRejected', { revision: 2, status: 422, message: 'no' });
    const c3 = asked('c3', 3, specTo('web'));
    const open = (...steps: Step[]): unknown => {
      const states = statesAfter(steps);
      return [objectsWithWork(states), workOn(states, web).map(({ id }) => id)];
    };
    const web = 'AuthorizationPolicy/shop/web';
    expect(open(...c1, ...c2, ...c3)).toEqual([[web], ['c1', 'c2', 'c3']]);
    expect(open(...c1, ...c2, rejected, ...c3)).toEqual([[web], ['c1', 'c3']]);
    expect(open(...c1, applied('c1', 1, '7'))).toEqual([[], []]);
    expect(open(seen(specTo('web')))).toEqual([[], []]);
  });
});

describe('a change of an object of another kind', () => {
  const key = { kind: 'Server', namespace: 'shop', name: 'web' } as const;
  const spec = {
    selects: 'pods',
    selector: { matchLabels: {}, matchExpressions: [] },
    port: 80,
    proxyProtocol: 'unknown',
    accessPolicy: 'deny',
  } as const;
  const asking = [...asked('c1', 1, spec, key), applied('c1', 1, '7')];

  it('converges when that is observed as desired, and not one of the same name', () => {
    expect(phases([...asking, seen(spec, { rv: '7' })]).at(-1)).toBe('applied by e3');
    expect(phases([...asking, seen(spec, { key, rv: '7' })]).at(-1)).toBe('converged by e4');
  });

  it('does not converge while the object says more than was asked for, and names that', () => {
    const steps = [...asking, seen(spec, { key, rv: '7', unmodelled: ['spec.more'] })];
    expect(phases(steps).at(-1)).toBe('applied by e3');
    expect(objectDrift(statesAfter(steps), key)).toEqual({
      drift: 'pending',
      differingFields: ['spec.more'],
    });
    const mended = [...steps, seen(spec, { key, rv: '7' })];
    expect(phases(mended).at(-1)).toBe('converged by e5');
  });

  it('shows the object gone when it is', () => {
    const steps = [...asking, seen(spec, { key, rv: '7' }), gone('u1', key)];
    expect(objectDrift(statesAfter(steps), key)?.drift).toBe('deleted');
  });
});

describe('the observed object', () => {
  const otherKey: ResourceKey = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'other' };

  it('is not judged where nobody asked for it', () => {
    expect(objectDrift(statesAfter(c1), otherKey)).toBeUndefined();
  });

  it('is pending when the first that is seen of it is what others made of it: it was not observed as desired', () => {
    const steps = [...c1, applied('c1', 1, '7'), seen(specTo('api'), { by: ['c1', 1], rv: '8' })];
    expect([objectDrift(statesAfter(steps), webKey)?.drift, phases(steps).at(-1)]).toEqual([
      'pending',
      'applied by e3',
    ]);
  });

  it('is not gone when an earlier life of it ends late', () => {
    const steps = [...c1, seen(specTo('web'), { uid: 'u2' }), gone('u1')];
    expect(objectDrift(statesAfter(steps), webKey)?.drift).toBe('none');
  });

  it('has drifted when it can no longer be read', () => {
    const unreadable = step('AuthorizationPolicy/shop/web/u1', 'ObjectUnreadable', {
      key: webKey,
      uid: 'u1',
      createdAt: 0,
      problem: { code: 'WRONG_TYPE', field: 'spec', message: 'spec is not an object' },
    });
    expect(objectDrift(statesAfter([...c1, seen(specTo('web')), unreadable]), webKey)).toEqual({
      drift: 'drifted',
      differingFields: ['spec'],
    });
  });

  it('is pending again under a new revision that differs, and at once as desired under one that does not', () => {
    const before = [...c1, seen(specTo('web'))];
    const drift = (spec: string): unknown =>
      objectDrift(statesAfter([...before, ...asked('c2', 2, specTo(spec))]), webKey)?.drift;
    expect([drift('api'), drift('web')]).toEqual(['pending', 'none']);
  });
});

describe('an object that was as desired when it was asked for', () => {
  it('has drifted when it differs later', () => {
    const steps = [seen(specTo('web')), ...c1, seen(specTo('api'))];
    expect(objectDrift(statesAfter(steps), webKey)?.drift).toBe('drifted');
  });
});

describe('memory', () => {
  it('knows up to which revision changes are forgotten, in whatever order they ended', () => {
    const rejected = outcome('c2', 'ChangeRejected', { revision: 2, status: 422, message: 'no' });
    const superseded = outcome('c1', 'ChangeSuperseded', { revision: 1, by: 'c3' });
    const states = statesAfter([...c1, ...c2, rejected, ...asked('c3', 3, specTo('web')), superseded], {
      most: 0,
      forMs: Infinity,
    });
    expect([
      [...states.changes.keys()],
      states.objects.get('AuthorizationPolicy/shop/web')?.forgottenUpTo,
    ]).toEqual([['c3'], 2]);
  });

  it('holds the newest change of an object, the open ones, and only so many ended ones; counts the rest', () => {
    const rejected = (id: string, revision: number): Step =>
      outcome(id, 'ChangeRejected', { revision, status: 422, message: 'no' });
    const steps = [1, 2, 3, 4, 5].flatMap((revision) => {
      const id = `c${revision}`;
      return [...asked(id, revision, specTo(id)), ...(revision === 2 ? [] : [rejected(id, revision)])];
    });
    const states = statesAfter(steps, { most: 1, forMs: Infinity });
    expect([...states.changes.values()].map((change) => [change.id, phaseOf(change)])).toEqual([
      ['c2', 'requested'],
      ['c4', 'rejected'],
      ['c5', 'rejected'],
    ]);
    expect([states.forgottenChanges, states.objects.get('AuthorizationPolicy/shop/web')]).toEqual([
      2,
      {
        key: webKey,
        revision: 5,
        changeId: 'c5',
        spec: specTo('c5'),
        reached: false,
        open: ['c2'],
        forgottenUpTo: 3,
      },
    ]);
  });

  it('holds an ended change so long after a newer one followed, whatever happens then', () => {
    const rejected = outcome('c1', 'ChangeRejected', { revision: 1, status: 422, message: 'no' });
    const steps = [...c1, rejected, ...c2];
    const heldAfter = (seconds: number): readonly string[] => {
      const later = Array.from({ length: seconds }, () => namespaceSeen('shop'));
      return [...statesAfter([...steps, ...later], { most: 10, forMs: 3_000 }).changes.keys()];
    };
    expect([heldAfter(3), heldAfter(4)]).toEqual([['c1', 'c2'], ['c2']]);
  });

  it('says after which time every change is held, and what a trimmed log lacks', () => {
    const rejected = outcome('c1', 'ChangeRejected', { revision: 1, status: 422, message: 'no' });
    const of = ({ completeAfter, forgottenChanges }: DesiredStates) => [completeAfter, forgottenChanges];
    const all = [...c1, rejected, ...c2];
    expect(of(statesAfter(all))).toEqual([0, 0]);
    expect(of(statesAfter(all, { most: 0, forMs: Infinity }))).toEqual([1_000, 1]);
    const fold = desiredStatesFold();
    const tail = recorded(all).slice(3);
    expect(of(tail.reduce((states, event) => fold.evolve(states, event), fold.initial()))).toEqual([
      5_000, 1,
    ]);
  });
});

describe('a change by which there is to be no object', () => {
  const live = step('source-state/AuthorizationPolicy', 'SourceStateChanged', {
    kind: 'AuthorizationPolicy',
    phase: 'live',
    reason: '',
  });
  const there = [...c1, applied('c1', 1, '7'), seen(specTo('web'), { by: ['c1', 1], rv: '7' })];
  const begun = outcome('c2', 'ApplyStarted', {
    ...{ revision: 2, plan: 'delete', liveResourceVersion: '7', liveUid: 'u1' },
  });
  const deleted = outcome('c2', 'ChangeApplied', {
    ...{ revision: 2, uid: 'u1', resourceVersion: '7', modified: true },
  });
  const nothingToDelete = outcome('c2', 'ChangeApplied', { revision: 2, modified: false });
  const last = (steps: readonly Step[]) => {
    const view = changeView(statesAfter(steps), 'c2');
    return [view?.phase, view?.drift.drift];
  };

  it.each<[string, readonly Step[], readonly string[]]>([
    ['is open while the object is there', [...there, ...asked('c2', 2)], ['requested', 'pending']],
    [
      'is applied until it is seen to be gone',
      [...there, ...asked('c2', 2), begun, deleted],
      ['applied', 'pending'],
    ],
    [
      'converges when it is seen to be gone',
      [...there, ...asked('c2', 2), begun, deleted, gone()],
      ['converged', 'none'],
    ],
    [
      'converges although that overtook the record',
      [...there, ...asked('c2', 2), begun, gone(), deleted],
      ['converged', 'none'],
    ],
    [
      'does not converge by the end of an older life',
      [...there, ...asked('c2', 2), begun, deleted, gone('u0')],
      ['applied', 'pending'],
    ],
    [
      'converges where there was none and the list is live',
      [live, ...asked('c2', 1), nothingToDelete],
      ['converged', 'none'],
    ],
    ['waits for the list where there was none', [...asked('c2', 1), nothingToDelete], ['applied', 'none']],
    [
      'converges when the list is live again',
      [...asked('c2', 1), nothingToDelete, live],
      ['converged', 'none'],
    ],
    [
      'is applied while one is still seen that somebody else has deleted',
      [live, ...there, ...asked('c2', 2), nothingToDelete],
      ['applied', 'pending'],
    ],
    [
      'converges when that one is seen to be gone',
      [live, ...there, ...asked('c2', 2), nothingToDelete, gone()],
      ['converged', 'none'],
    ],
    [
      'has drifted when somebody makes the object again',
      [...there, ...asked('c2', 2), begun, deleted, gone(), seen(specTo('web'), { uid: 'u2' })],
      ['converged', 'drifted'],
    ],
  ])('%s', (_what, steps, expected) => {
    expect(last(steps)).toEqual(expected);
  });
});
