import type { AnyRecordedEvent, LogPosition } from '@mcp/events';

/**
 * What a projection runs: a state made of events, and nothing else. The same events give the same state, whatever the time or
 * the process.
 */
export interface Fold<State> {
  /** Names its snapshots. */
  readonly name: string;
  /** Of what it makes of events and of the encoded form: a snapshot of another version is not loaded. */
  readonly version: number;
  initial(): State;
  /** May change the state in place; what it gives back is the state from now on. */
  evolve(state: State, event: AnyRecordedEvent): State;
  /** Chunks of a few hundred KiB. The state does not change before the last chunk was taken. */
  encode(state: State): Iterable<Uint8Array>;
  /** Takes one chunk; the initial state that takes all chunks in order is the state that was encoded. */
  restore(state: State, chunk: Uint8Array): State;
  /** Whether two states mean the same; for the check against a replay. Without it, they are as encoded. */
  same?(a: State, b: State): boolean;
}

/** A state folded from the log, and where it is true. */
export interface FoldedState<State> {
  readonly state: State;
  readonly position: LogPosition;
  /** When the log took the last event of it, in milliseconds since the epoch; 0 before the first. */
  readonly recordedAt: number;
}
