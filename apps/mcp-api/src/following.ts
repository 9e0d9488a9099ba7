import type { LogPosition } from '@mcp/events';
import type { FoldedState } from '@mcp/projections';

/** A fold that follows the log: what the API needs of a projection. */
export interface Following<State> {
  /** Of now; to be read at once, since the next event may change the state in place. */
  readonly now: FoldedState<State>;
  /** How often the state was built anew because the log is no longer the one it was folded from, and why. */
  readonly rebuilt: { readonly times: number; readonly reason: string };
  /** Settles when it has read all that was in the log. Rejects when the signal aborts. */
  whenCaughtUp(signal: AbortSignal): Promise<void>;
  /** Settles when it has moved beyond this place, or was rebuilt; at once where it has. Rejects when the signal aborts. */
  movedFrom(position: LogPosition, signal: AbortSignal): Promise<void>;
  /** Settles when it has read up to this place. Rejects when the signal aborts, and where the place is of another log. */
  reached(position: LogPosition, signal: AbortSignal): Promise<void>;
  /** A state of its own, folded up to this place. Fails as `EventLog.read` does. */
  at(position: LogPosition, signal: AbortSignal): Promise<FoldedState<State>>;
}
