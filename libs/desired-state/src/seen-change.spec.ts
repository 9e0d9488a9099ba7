import { describe, expect, it } from '@jest/globals';
import { changeSetSubject, type EventData } from '@mcp/events';
import { VisibleNamespaces } from '@mcp/mesh';
import { asked, specTo, statesAfter, step, webKey } from '../test/story.js';
import { changeSetView } from './change-set-view.js';
import { changeView } from './desired-states.js';
import { seenChange } from './seen-change.js';

const shopOnly = VisibleNamespaces.only(['shop']);
const reason = 'the audit says so';
const [apiKey, bankKey] = [
  { ...webKey, name: 'api' },
  { ...webKey, namespace: 'bank' },
];

/** A set `s` of two changes, the first of which is in shop. */
function setOf(second: typeof webKey, more: Partial<EventData<'ChangeSetRequested'>> = {}) {
  const part = (id: string, key: typeof webKey) =>
    asked(id, 1, specTo('a'), key).map((each) =>
      each.type === 'ChangeRequested'
        ? { ...each, data: { ...each.data, set: 's' } as typeof each.data }
        : each,
    );
  const states = statesAfter([
    step(changeSetSubject('s'), 'ChangeSetRequested', { setId: 's', changes: ['s-1', 's-2'], ...more }),
    ...part('s-1', webKey),
    ...part('s-2', second),
  ]);
  const [set, first] = [changeSetView(states, 's'), changeView(states, 's-1')];
  if (set === undefined || first === undefined) throw new Error('the story has no set');
  return { states, set: { ...set, reason }, first: { ...first, reason } };
}

describe('a change as someone sees it', () => {
  it('is the same object to who sees all', () => {
    const { states, set, first } = setOf(bankKey);
    expect(seenChange(states, set, VisibleNamespaces.all)).toBe(set);
    expect(seenChange(states, first, VisibleNamespaces.all)).toBe(first);
  });

  it.each<[string, typeof webKey, Partial<EventData<'ChangeSetRequested'>>, string]>([
    ['as it was given, where all objects may be seen', apiKey, {}, reason],
    ['not at all, where it may be about a hidden object', bankKey, {}, '(hidden)'],
    ['not at all, where a program gave it with an undo', apiKey, { undoes: 'other' }, '(hidden)'],
    ['not at all, where a program gave it with an enforcement', apiKey, { enforces: 'other' }, '(hidden)'],
  ])('tells its reason %s', (_when, second, more, told) => {
    const { states, set, first } = setOf(second, more);
    expect(seenChange(states, set, shopOnly)?.reason).toBe(told);
    expect(seenChange(states, first, shopOnly)?.reason).toBe(told);
  });

  it('does not tell its reason where it was made because of drift', () => {
    const { states, first } = setOf(apiKey);
    const correction = { forceFrom: [] };
    expect(seenChange(states, { ...first, correction }, shopOnly)?.reason).toBe('(hidden)');
  });

  it('is not there where none of its objects may be seen', () => {
    const { states, set, first } = setOf(apiKey);
    const bankOnly = VisibleNamespaces.only(['bank']);
    expect(seenChange(states, set, bankOnly)).toBeUndefined();
    expect(seenChange(states, first, bankOnly)).toBeUndefined();
  });
});
