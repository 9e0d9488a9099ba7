import type { Actor } from '@mcp/events';

const minuteMs = 60_000;
const ticksOfAChange = minuteMs;

/** Callers that have asked within a minute; one beyond them gets a bucket when another's is full again. */
const mostCallers = 10_000;

/** The caller asks for too many changes. */
export class TooManyChanges extends Error {
  readonly code = 'TOO_MANY_CHANGES';
  constructor(
    perMinute: number,
    /** When the next one may be asked for. */
    readonly retryAfterMs: number,
  ) {
    super(
      `a caller may ask for ${perMinute} changes a minute, dry runs included (MCP_CHANGES_PER_MINUTE); try again in ${Math.ceil(retryAfterMs / 1_000)} s`,
    );
  }
}

/**
 * How many changes each caller may ask for: a bucket of one minute's, which fills evenly. Times are counted in ticks, `perMinute` of them
 * a millisecond: a change takes a whole number of them, and so a minute's changes take exactly a minute.
 */
export class ChangeRate {
  /** By caller: when the bucket is full again, in ticks since the start. A full one is not kept. */
  readonly #fullAt = new Map<string, number>();
  readonly #start: number;

  constructor(
    private readonly perMinute: number,
    private readonly clock: () => number = Date.now,
  ) {
    this.#start = clock();
  }

  /** Counts one change of the caller. Fails with `TooManyChanges`, and then counts nothing. */
  take({ provenBy, name }: Actor): void {
    const caller = `${provenBy} ${name}`;
    const now = (this.clock() - this.#start) * this.perMinute;
    const fullAt = Math.max(this.#fullAt.get(caller) ?? now, now) + ticksOfAChange;
    const tooMany = fullAt - now - minuteMs * this.perMinute;
    if (tooMany > 0) throw new TooManyChanges(this.perMinute, tooMany / this.perMinute);
    if (!this.#fullAt.has(caller) && this.#fullAt.size >= mostCallers) this.#makeRoom(now);
    this.#fullAt.set(caller, fullAt);
  }

  #makeRoom(now: number): void {
    for (const [caller, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(caller);
    if (this.#fullAt.size >= mostCallers)
      throw new TooManyChanges(this.perMinute, ticksOfAChange / this.perMinute);
  }
}
