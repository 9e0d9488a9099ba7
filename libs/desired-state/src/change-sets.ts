import { hasEnded, type Change, type ChangeSet, type DesiredStates } from './desired-states.js';

/**
 * When a change is to be worked on: `now`; `later`, when all changes of its set that are before it were applied; `never`, since another one
 * of the set ended without being applied.
 */
export function turnOf(states: DesiredStates, change: Change): 'now' | 'later' | 'never' {
  if (change.set === undefined) return 'now';
  const members = membersOf(states, change);
  if (members.some((member) => member !== change && isLost(member))) return 'never';
  const before = members.slice(0, members.indexOf(change));
  return before.every(({ applied }) => applied !== undefined) ? 'now' : 'later';
}

/** The changes of its set, itself among them, as they are applied; those that are held. Itself alone, where it is of none. */
export function membersOf(states: DesiredStates, change: Change): readonly Change[] {
  const set = change.set === undefined ? undefined : states.sets.get(change.set);
  if (set === undefined) return [change];
  return set.changes.flatMap((id) => (id === change.id ? change : (states.changes.get(id) ?? [])));
}

/** As `membersOf`, of the set. */
export function membersOfSet(states: DesiredStates, { changes }: ChangeSet): readonly Change[] {
  return changes.flatMap((id) => states.changes.get(id) ?? []);
}

/** The ids of the changes of one that was asked for, of the set that ended its audit as well, in the order in which they are applied. */
export function withEnforcement(states: DesiredStates, changeId: string): readonly string[] {
  const set = states.sets.get(changeId);
  if (set === undefined) return [changeId];
  const enforcement = set.enforcedBy === undefined ? undefined : states.sets.get(set.enforcedBy);
  return [...set.changes, ...(enforcement?.changes ?? [])];
}

/** It ended, and was not applied. */
export function isLost(change: Change): boolean {
  return hasEnded(change) && change.applied === undefined;
}
