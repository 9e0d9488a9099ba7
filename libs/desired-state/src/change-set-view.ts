import {
  changeView,
  type ChangeSet,
  type ChangeView,
  type DesiredStates,
  type Phase,
} from './desired-states.js';
import { stagingOf, type StagingView } from './staging.js';

/** A set with what is computed from its changes. */
export interface ChangeSetView extends ChangeSet {
  /** As they are applied; without those that are no longer held. */
  readonly members: readonly ChangeView[];
  /** How the first of its changes ended that was not applied; where there is none, the phase of the one that has come least far. */
  readonly phase: Phase;
  /** Nothing more will happen to its changes. */
  readonly ended: boolean;
  /** How far it has gone on by itself, if traffic was seen all the time; absent where it does not. */
  readonly stage?: StagingView;
}

/** Undefined for a set that was never asked for, or of which no change is held any more. */
export function changeSetView(states: DesiredStates, setId: string): ChangeSetView | undefined {
  const set = states.sets.get(setId);
  if (set === undefined) return undefined;
  const members = set.changes.flatMap((id) => changeView(states, id) ?? []);
  const stage = stagingOf(states, set, 0);
  return {
    ...set,
    members,
    phase: phaseOfSet(members.map(({ phase }) => phase)),
    ended: members.every(({ ended }) => ended),
    ...(stage && { stage }),
  };
}

/** From the one that has come least far. */
const way: readonly Phase[] = ['requested', 'dry-run', 'applied', 'converged'];

function phaseOfSet(phases: readonly Phase[]): Phase {
  return (
    phases.find((phase) => !way.includes(phase)) ?? way.find((phase) => phases.includes(phase)) ?? 'converged'
  );
}
