import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ada, applied, gone, outcome, seen, specTo, step, webKey } from '../test/story.js';
import { live, Told } from '../test/told.js';
import { changeSetView } from './change-set-view.js';
import { turnOf } from './change-sets.js';
import { changeView } from './desired-states.js';
import { decideUndo } from './undo.js';
import { decideWithdraw } from './withdraw.js';

const apiKey = { ...webKey, name: 'api' };
const made = new Told().changes('s1', [{ key: webKey, spec: specTo('a') }]);
const changed = made.changes('s2', [{ key: webKey, spec: specTo('b') }]);

describe('the undo of a change', () => {
  it('deletes what the change made', () => {
    expect(decideUndo(made.states, 's1')).toEqual({
      decision: 'undo',
      objects: [{ key: webKey, expectedRevision: 1 }],
    });
  });

  it('restores what the change wrote over, and what it deleted', () => {
    expect(decideUndo(changed.states, 's2')).toEqual({
      decision: 'undo',
      objects: [{ key: webKey, spec: specTo('a'), expectedRevision: 2 }],
    });
    const deleted = changed.changes('s3', [{ key: webKey }]);
    expect(decideUndo(deleted.states, 's3')).toMatchObject({ objects: [{ spec: specTo('b') }] });
  });

  it('makes it undone when it was applied, and is a change that can be undone itself', () => {
    const undone = changed.undoes('s2', 's3');
    expect(changeSetView(undone.states, 's2')).toMatchObject({ phase: 'undone', ended: true });
    expect(changeView(undone.states, 's2-1')).toMatchObject({ undoneBy: 's3' });
    expect(decideUndo(undone.states, 's2')).toMatchObject({ code: 'ALREADY_UNDONE' });
    expect(decideUndo(undone.states, 's3')).toMatchObject({ objects: [{ spec: specTo('b') }] });
  });

  it('takes all objects back, the last first, and counts only when all of it was applied', () => {
    const two = new Told().changes('s1', [
      { key: webKey, spec: specTo('a') },
      { key: apiKey, spec: specTo('b') },
    ]);
    const decision = decideUndo(two.states, 's1');
    if (decision.decision !== 'undo') throw new Error(JSON.stringify(decision));
    expect(decision.objects.map(({ key }) => key)).toEqual([apiKey, webKey]);
    const asked = two.asks('s2', decision.objects, { undoes: 's1' });
    const half = asked.and(
      outcome('s2-1', 'ChangeApplied', { revision: 2, uid: 'u-api', resourceVersion: '9', modified: true }),
    );
    expect(changeSetView(half.states, 's1')?.phase).not.toBe('undone');
  });

  it('is refused with the three versions where somebody changed the object since', () => {
    const drifted = changed.and(seen(specTo('c'), { uid: 'u-web', rv: '99' }));
    expect(decideUndo(drifted.states, 's2')).toMatchObject({
      code: 'UNDO_CONFLICT',
      conflicts: [{ key: webKey, before: specTo('a'), asChanged: specTo('b'), now: specTo('c') }],
    });
    const deleted = changed.and(gone('u-web'));
    expect(decideUndo(deleted.states, 's2')).toMatchObject({ conflicts: [{ now: 'none' }] });
    const later = changed.asks('s3', [{ key: webKey, spec: specTo('c') }]);
    expect(decideUndo(later.states, 's2')).toMatchObject({
      code: 'UNDO_CONFLICT',
      conflicts: [{ now: specTo('b'), laterChange: 's3-1' }],
    });
  });

  it('has nothing to do where all is as it was before', () => {
    const back = changed.changes('s3', [{ key: webKey, spec: specTo('a') }]);
    expect(decideUndo(back.states, 's2')).toMatchObject({ code: 'NOTHING_TO_UNDO' });
  });

  it('is refused where it is not known what there was, or what there is', () => {
    const early = new Told([]).changes('s1', [{ key: webKey, spec: specTo('a') }]).and(live);
    expect(decideUndo(early.states, 's1')).toMatchObject({ code: 'UNDO_UNKNOWN' });
    const unreadable = new Told()
      .and(seen(specTo('a'), { uid: 'u-web', unmodelled: ['spec.more'] }))
      .changes('s1', [{ key: webKey, spec: specTo('b') }]);
    expect(decideUndo(unreadable.states, 's1')).toMatchObject({ code: 'UNDO_UNKNOWN' });
    const stale = step(live.subject, 'SourceStateChanged', {
      ...{ kind: 'AuthorizationPolicy', phase: 'stale', reason: 'away' },
    });
    expect(decideUndo(made.and(stale).states, 's1')).toMatchObject({ code: 'SOURCE_NOT_LIVE' });
  });

  it('leaves no object out that was applied and not observed since', () => {
    const writes = (id: string, uid: string) =>
      outcome(id, 'ChangeApplied', { revision: 1, uid, resourceVersion: id, modified: true });
    const asked = new Told().asks('s1', [
      { key: webKey, spec: specTo('a') },
      { key: apiKey, spec: specTo('b') },
    ]);
    const half = asked.and(
      writes('s1-1', 'u-web'),
      seen(specTo('a'), { uid: 'u-web', rv: 's1-1', by: ['s1-1', 1] }),
      writes('s1-2', 'u-api'),
    );
    expect(decideUndo(half.states, 's1')).toMatchObject({ code: 'NOT_OBSERVED_YET' });
    const both = half.and(seen(specTo('b'), { key: apiKey, uid: 'u-api', rv: 's1-2', by: ['s1-2', 1] }));
    expect(decideUndo(both.states, 's1')).toMatchObject({ objects: [{ key: apiKey }, { key: webKey }] });
  });

  it('leaves out what somebody made as it was before the change was observed', () => {
    const asked = made.asks('s2', [{ key: webKey, spec: specTo('b') }]);
    const back = asked.and(
      outcome('s2-1', 'ChangeApplied', { revision: 2, uid: 'u-web', resourceVersion: '8', modified: true }),
      seen(specTo('a'), { uid: 'u-web', rv: '9', by: ['s2-1', 2] }),
    );
    expect(decideUndo(back.states, 's2')).toMatchObject({ code: 'NOTHING_TO_UNDO' });
  });

  it('is refused where nothing was applied, or not yet', () => {
    const asked = new Told().asks('s1', [{ key: webKey, spec: specTo('a') }]);
    expect(decideUndo(asked.states, 's1')).toMatchObject({ code: 'NOTHING_APPLIED' });
    const rejected = asked.and(
      outcome('s1-1', 'ChangeRejected', { revision: 1, status: 422, message: 'no' }),
    );
    expect(decideUndo(rejected.states, 's1')).toMatchObject({ code: 'NOTHING_APPLIED' });
    expect(decideUndo(rejected.states, 'none')).toMatchObject({ code: 'CHANGE_NOT_FOUND' });
  });

  it('gives back, whatever the change was, what there was; and its own undo what the change left', () => {
    const spec = fc.option(fc.constantFrom(specTo('a'), specTo('b'), specTo('c')), { nil: undefined });
    const both = fc.record({ web: spec, api: spec });
    type Spec = ReturnType<typeof specTo> | undefined;
    const objectsOf = ({ web, api }: { readonly web: Spec; readonly api: Spec }) => [
      { key: webKey, ...(web !== undefined && { spec: web }) },
      { key: apiKey, ...(api !== undefined && { spec: api }) },
    ];
    const now = ({ states }: Told) =>
      Object.fromEntries([...states.observed].map(([id, lives]) => [id, lives.at(-1)?.spec]));
    fc.assert(
      fc.property(both, both, (before, after) => {
        const start = new Told().changes('s0', [
          { key: webKey, spec: specTo('x') },
          { key: apiKey, spec: specTo('x') },
        ]);
        const then = start.changes('s1', objectsOf(before));
        fc.pre(before.web !== after.web || before.api !== after.api);
        const left = then.changes('s2', objectsOf(after));
        const back = left.undoes('s2', 's3');
        expect(now(back)).toEqual(now(then));
        expect(now(back.undoes('s3', 's4'))).toEqual(now(left));
      }),
    );
  });
});

describe('the withdrawal of a change', () => {
  const command = { changeId: 's1', actor: ada, reason: 'not now', at: 6_000 };
  const waiting = new Told().asks('s1', [
    { key: webKey, spec: specTo('a') },
    { key: apiKey, spec: specTo('b') },
  ]);

  it('ends what waits of it, at the version that was decided on', () => {
    const half = waiting.and(applied('s1-1', 1, '7'));
    const decision = decideWithdraw(command, half.states);
    expect(decision).toMatchObject({
      decision: 'withdrawn',
      writes: [
        {
          subject: 'change/s1-2',
          expectedVersion: 1,
          event: { type: 'ChangeRefused', actor: ada, reason: 'not now', data: { code: 'WITHDRAWN' } },
        },
      ],
    });
    if (decision.decision !== 'withdrawn') return;
    const withdrawn = half.and(
      ...decision.writes.map(({ subject, event: { type, data } }) => ({ subject, type, data })),
    );
    expect(changeSetView(withdrawn.states, 's1')).toMatchObject({ phase: 'refused' });
    expect(turnOf(withdrawn.states, withdrawn.states.changes.get('s1-1')!)).toBe('never');
  });

  it.each([
    ['nothing of it waits', made, 'NOTHING_WAITS'],
    [
      'its apply was begun',
      waiting.and(outcome('s1-1', 'ApplyStarted', { revision: 1, plan: 'create' })),
      'ALREADY_STARTED',
    ],
    ['it is not known', new Told(), 'CHANGE_NOT_FOUND'],
  ])('is refused where %s', (_what, told, code) => {
    expect(decideWithdraw(command, told.states)).toMatchObject({ decision: 'refused', code });
  });
});
