import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Half of what may hold the event loop, 50 ms, less the decoding of one page of events (1,000 take about 10 ms), which
 * happens between two looks at this.
 */
const longestWorkMs = 15;

/** Lets others have the event loop in the middle of long work. */
export class Breath {
  #since = performance.now();

  /** It is time to. */
  get due(): boolean {
    return performance.now() - this.#since >= longestWorkMs;
  }

  /** Returns at once while it is not yet time. */
  async take(): Promise<void> {
    if (!this.due) return;
    await nextTurn();
    this.#since = performance.now();
  }
}
