import type { LogPosition } from '@mcp/events';
import type { StoredEvent } from './stored-event.js';

/** A place in a log with the time of the event before it. */
export interface Place {
  readonly sequence: number;
  readonly digest: string;
  readonly recordedAt: number;
}

/** Where a log begins and ends now. */
export interface LogState {
  readonly log: string;
  readonly head: Place;
  /** Present once the log has been trimmed: events up to this place are dropped, `baseline` stands for them. */
  readonly trimmed?: Trimmed;
}

export interface Trimmed extends Place {
  readonly baseline: { readonly id: string; readonly events: number };
}

/** What an adapter provides for reading; checks and order are the same for all and live in `read.ts` and `follow.ts`. */
export interface EventStorage {
  /** The state, and the events from `first` to `last` that are there, both at one moment. */
  look(first: number, last: number): Promise<{ readonly state: LogState; readonly events: StoredEvent[] }>;

  /** The events from `first` to `last`, both included, as far as they are there. */
  page(first: number, last: number): Promise<StoredEvent[]>;

  /** The events of a baseline from index `first`, at most `count`; none once the baseline was replaced. */
  baselinePage(id: string, first: number, count: number): Promise<StoredEvent[]>;

  /** Tells one follower when there is more. */
  doorbell(): Doorbell;

  /** Set by `close`: a follower of a closed log does not try again. */
  readonly closed: boolean;
}

export interface Doorbell {
  /**
   * Resolves once there is an event after `sequence`, or after 5 s of good contact without one, or on abort.
   * Fails with `LogUnavailable` when contact is lost.
   */
  wait(sequence: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function startOf(log: string): LogPosition {
  return { log, sequence: 0, digest: '' };
}

export function positionOf(log: string, place: Pick<Place, 'sequence' | 'digest'>): LogPosition {
  return { log, sequence: place.sequence, digest: place.digest };
}
