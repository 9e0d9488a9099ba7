/** What is due every so many milliseconds, and at first. A clock that was set does not silence it. */
export class Beat {
  #lastAt: number | undefined;

  constructor(private readonly everyMs: number) {}

  isDue(now: number): boolean {
    return this.#lastAt === undefined || Math.abs(now - this.#lastAt) >= this.everyMs;
  }

  struck(now: number): void {
    this.#lastAt = now;
  }
}

/** How long until the next beat, after what began at `began`: what took longer than a beat skips those it missed. Never above two beats. */
export function untilNextBeat(everyMs: number, began: number, now: number): number {
  return everyMs - ((now - began) % everyMs);
}

/** However seldom proxies are scraped. */
const slowestMs = 60_000;

/** How long from one reading to the next, where proxies are scraped every `scrapeIntervalMs`. */
export function paceOf(leastMs: number, scrapeIntervalMs: number): number {
  return Math.max(leastMs, Math.min(scrapeIntervalMs, slowestMs));
}
