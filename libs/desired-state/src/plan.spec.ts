import { describe, expect, it } from '@jest/globals';
import type { AnyRecordedEvent } from '@mcp/events';
import { desiredStatesFold } from './desired-states-fold.js';
import { planApply, type LiveState } from './plan.js';
import { applied, asked, outcome, recorded, specTo, statesAfter, webKey } from '../test/story.js';

const states = statesAfter([
  ...asked('c1', 1, specTo('web')),
  applied('c1', 1, '7'),
  ...asked('c2', 2, specTo('api')),
]);
const goal = { key: webKey, spec: specTo('api'), changeId: 'c2' };

function live(more: Partial<LiveState> = {}): LiveState {
  return { uid: 'u1', resourceVersion: '7', spec: specTo('web'), others: [], ...more };
}

describe('the plan for an object', () => {
  it('is to create it where there is none', () => {
    expect(planApply(goal, undefined, states)).toEqual({ plan: 'create' });
  });

  it('is to update it from the version it was read at', () => {
    expect(planApply(goal, live({ change: { id: 'c1', revision: 1 } }), states)).toEqual({
      plan: 'update',
      live: { uid: 'u1', resourceVersion: '7' },
    });
  });

  it('is nothing when it is so already', () => {
    expect(planApply(goal, live({ spec: specTo('api') }), states)).toEqual({
      plan: 'nothing',
      because: 'already-so',
      live: { uid: 'u1', resourceVersion: '7' },
    });
  });

  it('is nothing when it bears the mark of this very change, whatever others did to it since', () => {
    expect(planApply(goal, live({ change: { id: 'c2', revision: 2 }, spec: specTo('x') }), states)).toEqual({
      plan: 'nothing',
      because: 'by-us',
      live: { uid: 'u1', resourceVersion: '7' },
    });
  });

  it('is to leave it to the GitOps tool that owns it', () => {
    expect(planApply(goal, live({ gitOps: 'argo-cd' }), states)).toEqual({
      plan: 'refuse',
      code: 'GITOPS_OWNED',
      message:
        'AuthorizationPolicy/shop/web is owned by argo-cd, which would undo the change; commit it there instead',
    });
  });

  it('is nothing for an object of a GitOps tool that is so already', () => {
    expect(planApply(goal, live({ gitOps: 'flux', spec: specTo('api') }), states).plan).toBe('nothing');
  });

  it.each(['web', 'api'])('is to leave it alone when it has fields that we do not know: %s', (server) => {
    const { plan, ...why } = planApply(
      goal,
      live({ spec: specTo(server), unmodelled: ['spec.a', 'spec.b'] }),
      states,
    ) as { plan: string; code?: string; message?: string };
    expect([plan, why.code, why.message]).toEqual([
      'refuse',
      'FIELDS_NOT_MODELLED',
      expect.stringContaining('spec.a, spec.b'),
    ]);
  });

  it('is to leave it alone when what would be overwritten cannot be read', () => {
    expect(planApply(goal, live({ spec: undefined }), states)).toMatchObject({
      plan: 'refuse',
      code: 'OBJECT_UNREADABLE',
    });
  });
});

describe('the mark of a change on the live object', () => {
  const planFor = (change: { id: string; revision: number }, spec = 'web'): unknown => {
    const plan = planApply(goal, live({ change, spec: specTo(spec) }), states);
    return plan.plan === 'refuse' ? plan.code : plan.plan;
  };

  it('stops everything when the log does not know the change', () => {
    expect(planFor({ id: 'lost', revision: 1 })).toBe('LOG_BEHIND_CLUSTER');
  });

  it('stops everything when the log knows the change at another revision', () => {
    expect(planFor({ id: 'c1', revision: 3 })).toBe('LOG_BEHIND_CLUSTER');
  });

  it('stops everything even where the object is as desired', () => {
    expect(planFor({ id: 'lost', revision: 9 }, 'api')).toBe('LOG_BEHIND_CLUSTER');
  });

  it('says nothing when it was copied from another object', () => {
    const copy = { key: { ...webKey, name: 'copy' }, spec: specTo('api'), changeId: 'c9' };
    expect(planApply(copy, live({ change: { id: 'c1', revision: 1 } }), states).plan).toBe('update');
  });

  it('is taken as known where the log was trimmed and begins later', () => {
    const [, desired] = recorded(asked('c7', 7, specTo('web')));
    const trimmed = desiredStatesFold().evolve(desiredStatesFold().initial(), {
      ...desired,
      subjectVersion: 7,
    } as AnyRecordedEvent);
    const planAt = (id: string, revision: number): string =>
      planApply(goal, live({ change: { id, revision } }), trimmed).plan;
    expect([planAt('c7', 7), planAt('trimmed', 6), planAt('lost', 7)]).toEqual([
      'update',
      'update',
      'refuse',
    ]);
  });

  it('is taken as known where the changes up to its revision are no longer held', () => {
    const rejected = (id: string, revision: number) =>
      outcome(id, 'ChangeRejected', { revision, status: 422, message: 'no' });
    const forgetful = statesAfter(
      [1, 2, 3].flatMap((n) => [...asked(`c${n}`, n, specTo(`s${n}`)), rejected(`c${n}`, n)]),
      { most: 0, forMs: 0 },
    );
    const planAt = (revision: number): string =>
      planApply(goal, live({ change: { id: 'forgotten', revision } }), forgetful).plan;
    expect([planAt(2), planAt(3)]).toEqual(['update', 'refuse']);
  });
});

describe('the plan for an object that there is to be none of', () => {
  const none = { key: webKey, changeId: 'c2' };
  const ours = { change: { id: 'c1', revision: 1 } };

  it('is nothing where there is none', () => {
    expect(planApply(none, undefined, states)).toEqual({ plan: 'nothing', because: 'already-so' });
  });

  it('is to delete the one that bears our mark, as it was read', () => {
    expect(planApply(none, live(ours), states)).toEqual({
      plan: 'delete',
      live: { uid: 'u1', resourceVersion: '7' },
    });
  });

  it.each<[string, Partial<LiveState>, object]>([
    ['was not made through us', {}, { code: 'NOT_OURS' }],
    [
      'has fields of others',
      { ...ours, others: ['helm', 'kubectl-edit'] },
      { code: 'NOT_OURS', message: expect.stringContaining('helm, kubectl-edit') },
    ],
    ['is of a GitOps tool', { ...ours, gitOps: 'flux' }, { code: 'GITOPS_OWNED' }],
    ['cannot be read', { ...ours, spec: undefined }, { code: 'OBJECT_UNREADABLE' }],
    [
      'bears a change that the log does not know',
      { change: { id: 'x', revision: 9 } },
      { code: 'LOG_BEHIND_CLUSTER' },
    ],
  ])('is to leave it when it %s', (_what, more, refusal) => {
    expect(planApply(none, live(more), states)).toMatchObject({ plan: 'refuse', ...refusal });
  });
});
