export type ReflectorPhase =
  /** The first list is under way. */
  | 'syncing'
  /** The content is the server's, up to the delay of the watch. */
  | 'live'
  /** Contact is lost, or history was lost and a new list is under way: the content may be old. */
  | 'stale'
  /** The server does not have this kind; asked again from time to time. */
  | 'absent'
  /** We may not list or watch it; asked again from time to time. */
  | 'forbidden'
  /** `run` has ended. */
  | 'stopped';

export interface ReflectorState {
  readonly phase: ReflectorPhase;
  readonly reason: string;
}

/** The worst first. */
export const reflectorPhases: readonly ReflectorPhase[] = [
  'stopped',
  'forbidden',
  'absent',
  'stale',
  'syncing',
  'live',
];

/** What several collections are together: the worst of them. */
export function worstOf(states: readonly ReflectorState[]): ReflectorState {
  const rank = (state: ReflectorState) => reflectorPhases.indexOf(state.phase);
  return states.reduce((worst, state) => (rank(state) < rank(worst) ? state : worst));
}
