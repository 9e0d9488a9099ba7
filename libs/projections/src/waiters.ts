interface Waiter {
  readonly look: () => boolean;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** Those who wait for something to become true; looked after whenever it may have. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  /** Settles once `holds` is true, at once where it is. Rejects when the signal aborts or `holds` throws. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => waiter.reject(signal.reason as Error);
      const leave = (): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        look: holds,
        resolve: () => {
          leave();
          resolve();
        },
        reject: (reason) => {
          leave();
          reject(reason);
        },
      };
      this.#waiting.add(waiter);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  look(): void {
    for (const waiter of [...this.#waiting]) {
      try {
        if (waiter.look()) waiter.resolve();
      } catch (error) {
        waiter.reject(error as Error);
      }
    }
  }
}
