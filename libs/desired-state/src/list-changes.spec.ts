import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DesiredStates } from './desired-states.js';
import { listChanges, stillOf, type ChangeFilter } from './list-changes.js';
import { desiredStatesFold } from './desired-states-fold.js';
import { applied, asked, outcome, recorded, seen, specTo, statesAfter, webKey } from '../test/story.js';

const rejected = outcome('c1', 'ChangeRejected', { revision: 1, status: 422, message: 'no' });
const bankKey = { ...webKey, namespace: 'bank' };

/** c1 was rejected, c3 is applied, and c2 and c4 wait; they were asked for at 1, 4, 6 and 9 s. */
const story = [
  ...asked('c1', 1, specTo('a')),
  rejected,
  ...asked('c2', 1, specTo('a'), bankKey),
  ...asked('c3', 2, specTo('b')),
  applied('c3', 2, '7'),
  ...asked('c4', 2, specTo('b'), bankKey),
];

function listed(states: DesiredStates, filter: ChangeFilter = {}, after?: number): readonly string[] {
  return [...listChanges(states, filter, after)].map(({ change }) => change.id);
}

describe('the list of changes', () => {
  it.each<[string, ChangeFilter, readonly string[]]>([
    ['nothing: all of them, the newest first', {}, ['c4', 'c3', 'c2', 'c1']],
    ['who asked', { actor: 'ada' }, ['c4', 'c3', 'c2', 'c1']],
    ['somebody who never asked', { actor: 'ad' }, []],
    ['an object', { key: webKey }, ['c3', 'c1']],
    ['an object that nobody asked for', { key: { ...webKey, name: 'api' } }, []],
    ['namespaces', { namespaces: ['bank', 'none'] }, ['c4', 'c2']],
    ['when it was asked for, at the earliest', { from: 4_000 }, ['c4', 'c3', 'c2']],
    ['when it was asked for, before', { to: 6_000 }, ['c2', 'c1']],
    ['phases', { phases: ['applied', 'rejected'] }, ['c3', 'c1']],
    ['whether it has ended', { openOnly: true }, ['c4', 'c3', 'c2']],
    ['several at once', { openOnly: true, namespaces: ['shop'], from: 2_000 }, ['c3']],
  ])('is narrowed by %s', (_what, filter, expected) => {
    expect(listed(statesAfter(story), filter)).toEqual(expected);
  });

  it('of states that are kept still stays as it was, with phase and drift', () => {
    const fold = desiredStatesFold();
    const later = [...story, seen(specTo('b'), { by: ['c3', 2], rv: '7' }), ...asked('c5', 3, specTo('a'))];
    const events = recorded(later);
    const fed = (states: DesiredStates, some: typeof events) =>
      some.reduce((before, event) => fold.evolve(before, event), states);
    const states = fed(fold.initial(), events.slice(0, story.length));
    const still = stillOf(states);
    const before = [...listChanges(states, {})];
    fed(states, events.slice(story.length));
    expect([...listChanges(still, {})]).toEqual(before);
    expect([...listChanges(states, {})]).not.toEqual(before);
  });

  it('in parts is the whole list, each change once, wherever it is cut', () => {
    const words = fc.array(
      fc.tuple(fc.constantFrom('shop', 'bank'), fc.constantFrom('web', 'api'), fc.boolean()),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 5 }), fc.boolean(), (requests, size, openOnly) => {
        const revisions = new Map<string, number>();
        const steps = requests.flatMap(([namespace, name, refused], n) => {
          const revision = (revisions.get(namespace + name) ?? 0) + 1;
          revisions.set(namespace + name, revision);
          const change = asked(`c${n}`, revision, specTo(`s${n}`), { ...webKey, namespace, name });
          const end = outcome(`c${n}`, 'ChangeRejected', { revision, status: 422, message: 'no' });
          return refused ? [...change, end] : change;
        });
        const states = statesAfter(steps);
        const parts: string[] = [];
        for (let after: number | undefined; ;) {
          const part = [...listChanges(states, { openOnly }, after)].slice(0, size);
          parts.push(...part.map(({ change }) => change.id));
          after = part.at(-1)?.place;
          if (after === undefined) break;
        }
        const wanted = requests.flatMap(([, , refused], n) => (openOnly && refused ? [] : [`c${n}`]));
        expect(parts).toEqual(wanted.reverse());
      }),
    );
  });
});
