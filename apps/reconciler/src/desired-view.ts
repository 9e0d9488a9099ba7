import type { DesiredStates } from '@mcp/desired-state';
import type { LogPosition } from '@mcp/events';

/** What was asked for and what became of it, as far as this process has read the log. */
export interface DesiredView {
  readonly states: DesiredStates;

  /** Settles when the states hold everything up to this position. Fails with the signal's reason when it aborts. */
  caughtUpTo(position: LogPosition, signal: AbortSignal): Promise<void>;

  /** Calls back with the object, as `formatResourceKey` writes it, each time there may be work on it. Gives the way to stop it. */
  onWork(listener: (object: string) => void): () => void;
}
