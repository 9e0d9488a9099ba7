/** Metrics tell of a pod for up to a window after it is gone, and a late reading of one that was gone before: 15 minutes, and some. */
const keptMs = 20 * 60_000;

/** Ten times the pods that a large cluster replaces in that time; some ten megabytes. */
const keptAtMost = 20_000;

/** What is gone and still remembered, by uid. The times are those of the log, so that every fold of it forgets alike. */
export class Tombstones {
  readonly #goneAt = new Map<string, number>();

  bury(uid: string, at: number): void {
    this.#goneAt.delete(uid);
    this.#goneAt.set(uid, at);
  }

  revive(uid: string): void {
    this.#goneAt.delete(uid);
  }

  has(uid: string): boolean {
    return this.#goneAt.has(uid);
  }

  /** Takes out what need not be remembered at this time: what is gone for long, and the first gone where there are too many. */
  *takeExpired(now: number): Generator<string> {
    for (const [uid, at] of this.#goneAt) {
      if (at + keptMs > now && this.#goneAt.size <= keptAtMost) return;
      this.#goneAt.delete(uid);
      yield uid;
    }
  }
}
