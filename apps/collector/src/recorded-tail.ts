import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, isEventLogError, PassedPlaces, PositionLost } from '@mcp/event-log';
import type { LogPosition } from '@mcp/events';

const againAfterMs = 1_000;

/**
 * Whether the log still has what a term read in it and recorded in it. A term compares the cluster with its memory, and an object that does
 * not change is told once: what a failover of the store lost would be missing for good.
 */
export class RecordedTail {
  #place: LogPosition;
  readonly #passed = new PassedPlaces();
  /** Those that the log must have, and that are not compared yet. */
  #relied: readonly LogPosition[] = [];

  /** @param from which place on the log is watched: the newest that was read. */
  constructor(
    private readonly log: Pick<EventLog, 'follow' | 'read'>,
    from: LogPosition,
  ) {
    this.#place = from;
  }

  /** The log must have this place from now on: it was acknowledged, or read. */
  relyOn(place: LogPosition): void {
    this.#relied = [...this.#relied, place];
  }

  /** Until the signal aborts. Fails with `PositionLost`, with `PositionTrimmed` where it cannot be known any more, and as `follow` does. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        if (!isEventLogError(error, 'LOG_UNAVAILABLE')) throw error;
        await sleep(againAfterMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const batch of this.log.follow(this.#place, signal)) {
      for (const { position } of batch) this.#pass(position);
      this.#compare();
      // where nothing is new, what was acknowledged before is not on its way
      const [missing] = this.#relied;
      if (batch.length > 0 || missing === undefined) continue;
      for await (const _ of this.log.read(missing, { until: missing, signal }));
    }
  }

  #pass(place: LogPosition): void {
    this.#place = place;
    this.#passed.pass(place);
  }

  #compare(): void {
    const isPassed = ({ sequence }: LogPosition): boolean => sequence <= this.#place.sequence;
    const lost = this.#relied.filter(isPassed).find((place) => this.#passed.has(place) === false);
    if (lost !== undefined) throw new PositionLost(lost);
    this.#relied = this.#relied.filter((place) => !isPassed(place));
  }
}
