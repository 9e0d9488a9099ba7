import {
  hasEnded,
  type Change,
  type ChangeProblem,
  type ChangeSet,
  type DesiredStates,
} from './desired-states.js';

/**
 * When a change is to be worked on: `now`; `later`, when all changes that are before it were applied, those of its set and those that the set
 * stands on; `never`, since another one of these ended without being applied.
 */
export function turnOf(states: DesiredStates, change: Change): 'now' | 'later' | 'never' {
  if (change.set === undefined) return 'now';
  const all = [...standingOf(states, change), ...membersOf(states, change)];
  if (all.some((other) => other !== change && isLost(other))) return 'never';
  const before = all.slice(0, all.indexOf(change));
  return before.every(({ applied }) => applied !== undefined) ? 'now' : 'later';
}

/** The earlier changes that its set stands on; those that are held. */
export function standingOf(states: DesiredStates, change: Change): readonly Change[] {
  const set = change.set === undefined ? undefined : states.sets.get(change.set);
  return set?.standing?.flatMap((id) => states.changes.get(id) ?? []) ?? [];
}

/** The changes whose turn may come by what becomes of this one: the others of its set, and those of sets that stand on it. */
export function dependentsOf(states: DesiredStates, change: Change): readonly Change[] {
  const sets = [...states.sets.values()].filter(
    ({ id, standing }) => id === change.set || standing?.includes(change.id) === true,
  );
  return sets.flatMap((set) => membersOfSet(states, set)).filter(({ id }) => id !== change.id);
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

/** Why a change was lost. */
export function whyLost({ problem }: Change): ChangeProblem {
  return problem ?? { code: 'NOT_APPLIED', message: 'it was not applied' };
}
