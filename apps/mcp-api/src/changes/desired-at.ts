import { stillOf, type DesiredStates } from '@mcp/desired-state';
import type { EventLog } from '@mcp/event-log';
import { formatPosition, type LogPosition } from '@mcp/events';
import type { FoldedState } from '@mcp/projections';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import { positionFrom, withPositionOf } from '../position-from.js';
import { SharedPasts } from '../shared-pasts.js';

/** Of which moment an answer is to be, by the fields of a request; one of the three at most. None: of now. */
export interface MomentAsked {
  /** A position; empty for none. */
  readonly at: string;
  readonly atTime?: Date;
  /** Now, and not before this position is read; empty for none. */
  readonly atLeast: string;
}

/** What is made of the states. Called at once: where they are those of now, the next event may change them. */
type Read<T> = (folded: FoldedState<DesiredStates>) => T;

/** Positions that someone is paging through; what did not change between two of them is shared. */
const keptPositions = 4;

/** Reads what was asked for as it is now, or as it was. */
export class DesiredStatesAt {
  /** By position, the one used last at the end. None of them changes. */
  readonly #kept = new Map<string, FoldedState<DesiredStates>>();
  readonly #pasts = new SharedPasts<FoldedState<DesiredStates>>((position, signal) =>
    this.following.at(position, signal),
  );

  constructor(
    private readonly log: EventLog,
    private readonly following: Following<DesiredStates>,
  ) {}

  /** Fails with INVALID_REQUEST, NOT_CAUGHT_UP, and for what the log does not have a position for as `withPositionOf` does. */
  async moment<T>({ at, atTime, atLeast }: MomentAsked, read: Read<T>, signal: AbortSignal): Promise<T> {
    if (at !== '') return this.position(at, 'at', read, signal);
    if (atTime !== undefined)
      return withPositionOf('at_time', async () =>
        this.#read(await this.log.positionAt(atTime.getTime()), read, signal),
      );
    if (atLeast !== '') {
      const position = positionFrom(atLeast, 'at_least');
      await withPositionOf('at_least', () => caughtUpTo(this.following, position, signal));
    }
    return read(this.following.now);
  }

  /** `field`: where the request has the position. Otherwise as `moment`. */
  position<T>(text: string, field: string, read: Read<T>, signal: AbortSignal): Promise<T> {
    const position = positionFrom(text, field);
    return withPositionOf(field, () => this.#read(position, read, signal));
  }

  /** Someone will ask for this position again: keeps the states as they are now. */
  keep(folded: FoldedState<DesiredStates>): void {
    const key = formatPosition(folded.position);
    this.#keep(this.#kept.get(key) ?? { ...folded, state: stillOf(folded.state) });
  }

  async #read<T>(position: LogPosition, read: Read<T>, signal: AbortSignal): Promise<T> {
    await caughtUpTo(this.following, position, signal);
    const key = formatPosition(position);
    const { now } = this.following;
    if (formatPosition(now.position) === key) return read(now);
    const past = this.#kept.get(key) ?? (await this.#pasts.at(position, signal));
    this.#keep(past);
    return read(past);
  }

  #keep(still: FoldedState<DesiredStates>): void {
    const key = formatPosition(still.position);
    this.#kept.delete(key);
    this.#kept.set(key, still);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= keptPositions) break;
      this.#kept.delete(oldest);
    }
  }
}
