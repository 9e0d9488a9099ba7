import {
  changeView,
  hasEnded,
  type Change,
  type ChangeSet,
  type ChangeView,
  type DesiredStates,
  type Phase,
} from './desired-states.js';

/** A set with what is computed from its changes. */
export interface ChangeSetView extends ChangeSet {
  /** As they are applied; without those that are no longer held. */
  readonly members: readonly ChangeView[];
  /** How the first of its changes ended that was not applied; where there is none, the phase of the one that has come least far. */
  readonly phase: Phase;
  /** Nothing more will happen to it. */
  readonly ended: boolean;
}

/** Undefined for a set that was never asked for, or of which no change is held any more. */
export function changeSetView(states: DesiredStates, setId: string): ChangeSetView | undefined {
  const set = states.sets.get(setId);
  if (set === undefined) return undefined;
  const members = set.changes.flatMap((id) => changeView(states, id) ?? []);
  return {
    ...set,
    members,
    phase: phaseOfSet(members.map(({ phase }) => phase)),
    ended: members.every(({ ended }) => ended),
  };
}

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

/** It ended, and was not applied. */
export function isLost(change: Change): boolean {
  return hasEnded(change) && change.applied === undefined;
}

/** From the one that has come least far. */
const way: readonly Phase[] = ['requested', 'dry-run', 'applied', 'converged'];

function phaseOfSet(phases: readonly Phase[]): Phase {
  return (
    phases.find((phase) => !way.includes(phase)) ?? way.find((phase) => phases.includes(phase)) ?? 'converged'
  );
}
