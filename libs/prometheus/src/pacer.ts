import { setImmediate as nextTurn } from 'node:timers/promises';

/** With the work between two looks (1 ms for a slice) and the garbage of it (5 ms at worst), well below 20 ms. */
const turnMs = 3;

/** Lets others have the event loop in the middle of long work. */
export class Pacer {
  private since = performance.now();

  constructor(private readonly signal: AbortSignal) {}

  get due(): boolean {
    return performance.now() - this.since >= turnMs;
  }

  /** Fails with the signal's reason when the work is no longer wanted. */
  async pause(): Promise<void> {
    await nextTurn();
    this.signal.throwIfAborted();
    this.since = performance.now();
  }
}
