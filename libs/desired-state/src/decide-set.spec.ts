import { describe, expect, it } from '@jest/globals';
import { ada, applied, asked, outcome, seen, specTo, statesAfter, webKey, type Step } from '../test/story.js';
import { Told } from '../test/told.js';
import { changeSetView } from './change-set-view.js';
import { turnOf } from './change-sets.js';
import { decideSet, type SetCommand } from './decide-set.js';
import { desiredStatesFold } from './desired-states-fold.js';
import type { DesiredStates } from './desired-states.js';

const apiKey = { ...webKey, name: 'api' };
const dbKey = { ...webKey, name: 'db' };

function setOf(objects: SetCommand['objects'], setId = 's1'): SetCommand {
  return { setId, objects, actor: ada, reason: 'move', at: 5_000 };
}

/** The states after a set was recorded, and what came after it. */
function after(command: SetCommand, ...steps: readonly Step[]): DesiredStates {
  const decision = decideSet(command, statesAfter([]));
  if (decision.decision !== 'accepted') throw new Error(JSON.stringify(decision));
  const asked = decision.writes.map(({ subject, event: { type, data } }) => ({ subject, type, data }));
  return statesAfter([...asked, ...steps]);
}

const three = setOf([
  { key: webKey, spec: specTo('web') },
  { key: apiKey, spec: specTo('api') },
  { key: dbKey },
]);

describe('a request for several changes', () => {
  it('is accepted as a set, and as a change of each, in one append', () => {
    const decision = decideSet(three, statesAfter([]));
    if (decision.decision !== 'accepted') throw new Error(JSON.stringify(decision));
    expect(decision.changes).toEqual([
      { changeId: 's1-1', key: webKey, revision: 1 },
      { changeId: 's1-2', key: apiKey, revision: 1 },
      { changeId: 's1-3', key: dbKey, revision: 1 },
    ]);
    expect(decision.writes.map(({ subject, event }) => [subject, event.type])).toEqual([
      ['change-set/s1', 'ChangeSetRequested'],
      ['change/s1-1', 'ChangeRequested'],
      ['desired/AuthorizationPolicy/shop/web', 'DesiredStateSet'],
      ['change/s1-2', 'ChangeRequested'],
      ['desired/AuthorizationPolicy/shop/api', 'DesiredStateSet'],
      ['change/s1-3', 'ChangeRequested'],
      ['desired/AuthorizationPolicy/shop/db', 'DesiredStateSet'],
    ]);
    expect(decision.writes[0]?.event).toMatchObject({
      reason: 'move',
      data: { changes: ['s1-1', 's1-2', 's1-3'] },
    });
    expect(decision.writes[1]?.event.data).toMatchObject({ set: 's1', revision: 1 });
  });

  it('leaves out what is so already', () => {
    const states = statesAfter([
      ...asked('c1', 1, specTo('web')),
      applied('c1', 1, '7'),
      seen(specTo('web')),
    ]);
    expect(decideSet(three, states)).toMatchObject({
      decision: 'accepted',
      changes: [{ changeId: 's1-2' }, { changeId: 's1-3' }],
    });
    expect(decideSet(setOf([{ key: webKey, spec: specTo('web') }]), states)).toEqual({
      decision: 'already-asked',
      changes: [{ changeId: 'c1', key: webKey, revision: 1 }],
    });
  });

  it('is refused as a whole, and the object is named', () => {
    const objects = [
      { key: webKey, spec: specTo('web') },
      { key: apiKey, spec: specTo('api'), expectedRevision: 3 },
    ];
    expect(decideSet(setOf(objects), statesAfter([]))).toMatchObject({
      decision: 'refused',
      code: 'STALE_REVISION',
      key: apiKey,
    });
  });

  it('is the same request under the same id', () => {
    const states = after(three);
    expect(decideSet(three, states)).toMatchObject({
      decision: 'already-asked',
      changes: [{ changeId: 's1-1' }, { changeId: 's1-2' }, { changeId: 's1-3' }],
    });
    expect(decideSet(setOf([{ key: webKey, spec: specTo('other') }]), states)).toMatchObject({
      decision: 'refused',
      code: 'CHANGE_ID_REUSED',
    });
  });
});

describe('a request for an object that is asked for already, and for more', () => {
  const web = { key: webKey, spec: specTo('web') };
  const more = setOf([web, { key: apiKey, spec: specTo('api') }]);
  const first = new Told([]).asks('c1', [web]);
  const both = first.asks('s1', more.objects);
  const turn = ({ states }: Told) => turnOf(states, states.changes.get('s1-2')!);

  it('is of the more, and says by which change the object is so', () => {
    expect(decideSet(more, first.states)).toMatchObject({
      decision: 'accepted',
      changes: [{ changeId: 's1-2', key: apiKey }],
      writes: [{ event: { data: { setId: 's1', changes: ['s1-2'], standing: ['c1-1'] } } }, {}, {}],
    });
  });

  it('is worked on after that change was applied, and not at all where it never is', () => {
    expect(turn(both)).toBe('later');
    expect(turn(both.and(applied('c1-1', 1, '7')))).toBe('now');
    expect(
      turn(both.and(outcome('c1-1', 'ChangeRejected', { revision: 1, status: 422, message: 'no' }))),
    ).toBe('never');
  });

  it('is another request under its id where an object came to it that nobody asked for', () => {
    expect(decideSet(more, both.states)).toMatchObject({ decision: 'already-asked' });
    const other = { decision: 'refused', code: 'CHANGE_ID_REUSED' };
    const db = { key: dbKey, spec: specTo('db') };
    expect(decideSet(setOf([...more.objects, db]), both.states)).toMatchObject(other);
    expect(decideSet(setOf([more.objects[1]!, db]), both.states)).toMatchObject(other);
    expect(decideSet(setOf([more.objects[1]!]), both.states)).toMatchObject(other);
  });
});

describe('a set of changes', () => {
  const turns = (states: DesiredStates) =>
    ['s1-1', 's1-2', 's1-3'].map((id) => turnOf(states, states.changes.get(id)!));
  const wasApplied = (id: string) => outcome(id, 'ChangeApplied', { revision: 1, modified: false });
  const wasRejected = (id: string) =>
    outcome(id, 'ChangeRejected', { revision: 1, status: 422, message: 'no' });

  it('is worked on one after the other', () => {
    expect(turns(after(three))).toEqual(['now', 'later', 'later']);
    expect(turns(after(three, wasApplied('s1-1')))).toEqual(['now', 'now', 'later']);
    expect(turns(after(three, wasApplied('s1-1'), wasApplied('s1-2')))).toEqual(['now', 'now', 'now']);
  });

  // what its own turn would be no longer matters of one that has ended
  it('is not worked on when one of them was not applied, wherever it stands', () => {
    expect(turns(after(three, wasApplied('s1-1'), wasRejected('s1-2')))).toEqual(['never', 'now', 'never']);
    expect(turns(after(three, wasRejected('s1-3')))).toEqual(['never', 'never', 'later']);
  });

  it('has come as far as the one that has come least far, or ended as the first that was not applied', () => {
    const phase = (...steps: readonly Step[]) => changeSetView(after(three, ...steps), 's1')?.phase;
    expect(phase()).toBe('requested');
    expect(phase(wasApplied('s1-1'), wasApplied('s1-2'))).toBe('requested');
    expect(phase(wasApplied('s1-1'), wasApplied('s1-2'), wasApplied('s1-3'))).toBe('applied');
    expect(phase(wasApplied('s1-1'), wasRejected('s1-2'))).toBe('rejected');
  });

  it('is in a snapshot', () => {
    const fold = desiredStatesFold();
    const states = after(three, wasApplied('s1-1'));
    const copy = [...fold.encode(states)].reduce((into, chunk) => fold.restore(into, chunk), fold.initial());
    expect(changeSetView(copy, 's1')).toEqual(changeSetView(states, 's1'));
  });
});
