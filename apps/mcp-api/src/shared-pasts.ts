import { formatPosition, type LogPosition } from '@mcp/events';

interface Shared<Past> {
  readonly past: Promise<Past>;
  readonly unwanted: AbortController;
  waiting: number;
}

/**
 * Folds what was at one place of the log after the other: each reads a part of the log, and many at once would only slow everyone.
 * Those who ask for the same place meanwhile get the same, and must not change it. What nobody waits for any more is aborted.
 */
export class SharedPasts<Past> {
  readonly #shared = new Map<string, Shared<Past>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly fold: (position: LogPosition, signal: AbortSignal) => Promise<Past>) {}

  /** Fails as the fold does; rejects when the signal aborts. */
  async at(position: LogPosition, signal: AbortSignal): Promise<Past> {
    signal.throwIfAborted();
    const key = formatPosition(position);
    const shared = this.#shared.get(key) ?? this.#begin(key, position);
    shared.waiting += 1;
    let leave: (() => void) | undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([shared.past, left]);
    } finally {
      if (leave !== undefined) signal.removeEventListener('abort', leave);
      shared.waiting -= 1;
      if (shared.waiting === 0) this.#forget(key, shared);
    }
  }

  #begin(key: string, position: LogPosition): Shared<Past> {
    const unwanted = new AbortController();
    const past = this.#last.then(() => {
      unwanted.signal.throwIfAborted();
      return this.fold(position, unwanted.signal);
    });
    this.#last = past.catch(() => undefined);
    const shared = { past, unwanted, waiting: 0 };
    this.#shared.set(key, shared);
    return shared;
  }

  #forget(key: string, shared: Shared<Past>): void {
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
    shared.unwanted.abort();
  }
}
