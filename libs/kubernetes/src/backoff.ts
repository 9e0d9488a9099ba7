export interface BackoffTiming {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before the next try: anything from nothing up to a limit that starts at `minMs` and doubles with each
 * failure up to `maxMs`. All of the range, so that many clients of a server that comes back do not come at once.
 */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly timing: BackoffTiming,
    private readonly random: () => number,
  ) {}

  /** `atLeastMs` is what the server asked for; a little is added, again so that not all come at once. */
  nextMs(atLeastMs = 0): number {
    const limitMs = Math.min(this.timing.maxMs, this.timing.minMs * 2 ** this.failures);
    this.failures += 1;
    return atLeastMs + this.random() * (atLeastMs > 0 ? this.timing.minMs : limitMs);
  }

  /** Contact is good again. */
  reset(): void {
    this.failures = 0;
  }
}

/** Waits; returns early, without failing, when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
