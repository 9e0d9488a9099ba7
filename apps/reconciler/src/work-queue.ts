import type { Clock } from './clock.js';

/** How one level-based pass for a key ended. */
export type Outcome =
  | { readonly outcome: 'done' }
  /** Again, after this time; without one, after a backoff that grows with every such pass in a row. */
  | { readonly outcome: 'retry'; readonly afterMs?: number }
  /** Nothing more can be done about it. */
  | { readonly outcome: 'terminal'; readonly reason: string };

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter. */
  readonly random: () => number;
  /** Keys worked on at the same time, at most. */
  readonly concurrency: number;
  /** The nth retry in a row waits between half and all of `firstBackoffMs * 2^(n-1)`, at most `maxBackoffMs`. */
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly onOutcome?: (key: string, outcome: Outcome) => void;
  /** A pass threw: it is retried as if it had asked for it. */
  readonly onFault?: (key: string, error: unknown) => void;
}

interface Entry {
  state: 'ready' | 'running' | 'delayed';
  /** When the work that is still to be done was asked for. */
  readonly since: number;
  /** When the pass that is under way began. */
  readonly begunAt?: number;
  /** When it was added while it was running, first: the pass may have looked before. */
  again?: number;
  /** Passes in a row that ended with a retry. */
  retries: number;
  /** Ends the delay without effect. */
  readonly cancelDelay: () => void;
}

/**
 * Work by key: each key is worked on by one pass at a time, in the order in which keys became ready.
 *
 * Equal keys merge: a key that waits is not added twice, one that is being worked on gets one more pass afterwards, one that
 * waits for a retry is worked on now. Nothing is lost: after the last `add` of a key a whole pass of it begins.
 */
export class WorkQueue {
  readonly #entries = new Map<string, Entry>();
  readonly #ready: string[] = [];
  readonly #passes = new Set<Promise<void>>();
  #working: AbortSignal | undefined;

  constructor(
    private readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>,
    private readonly options: WorkQueueOptions,
  ) {}

  /** Keys that wait for a pass or a retry, or are in one. */
  get size(): number {
    return this.#entries.size;
  }

  /** For how long the key has been in the queue that has been longest, retries included; 0 where there is none. */
  get oldestMs(): number {
    return this.#longest(({ since }) => since);
  }

  /** How long the longest pass has been under way; 0 where none is. */
  get longestPassMs(): number {
    return this.#longest(({ begunAt }) => begunAt);
  }

  add(key: string): void {
    const now = this.options.clock.now();
    const entry = this.#entries.get(key);
    switch (entry?.state) {
      case undefined:
        this.#makeReady(key, 0, now);
        break;
      case 'ready':
        break;
      case 'running':
        entry.again ??= now;
        break;
      case 'delayed':
        entry.cancelDelay();
        this.#makeReady(key, entry.retries, entry.since);
        break;
    }
    this.#startPasses();
  }

  /** Works until the signal aborts, then waits for the passes that are under way. Keys that are left stay in the queue. */
  async run(signal: AbortSignal): Promise<void> {
    this.#working = signal;
    this.#startPasses();
    if (!signal.aborted) {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    for (const entry of this.#entries.values()) entry.cancelDelay();
    await Promise.all(this.#passes);
  }

  #startPasses(): void {
    const signal = this.#working;
    if (signal === undefined) return;
    while (!signal.aborted && this.#passes.size < this.options.concurrency) {
      const key = this.#ready.shift();
      if (key === undefined) return;
      const pass = this.#pass(key, signal).then(() => {
        this.#passes.delete(pass);
        this.#startPasses();
      });
      this.#passes.add(pass);
    }
  }

  async #pass(key: string, signal: AbortSignal): Promise<void> {
    const begunAt = this.options.clock.now();
    const { retries = 0, since = begunAt } = this.#entries.get(key) ?? {};
    const entry: Entry = { state: 'running', since, begunAt, retries, cancelDelay: () => undefined };
    this.#entries.set(key, entry);
    let outcome: Outcome;
    try {
      outcome = await this.reconcile(key, signal);
      this.options.onOutcome?.(key, outcome);
    } catch (error) {
      outcome = { outcome: 'retry' };
      this.options.onFault?.(key, error);
    }
    const retry = outcome.outcome === 'retry';
    const retriesNow = retry ? retries + 1 : 0;
    if (entry.again !== undefined) this.#makeReady(key, retriesNow, retry ? since : entry.again);
    else if (outcome.outcome === 'retry') this.#delay(key, retriesNow, since, outcome.afterMs, signal);
    else this.#entries.delete(key);
  }

  #makeReady(key: string, retries: number, since: number): void {
    this.#entries.set(key, { state: 'ready', since, retries, cancelDelay: () => undefined });
    this.#ready.push(key);
  }

  #delay(
    key: string,
    retries: number,
    since: number,
    afterMs: number | undefined,
    signal: AbortSignal,
  ): void {
    const cancelled = new AbortController();
    this.#entries.set(key, { state: 'delayed', since, retries, cancelDelay: () => cancelled.abort() });
    if (signal.aborted) cancelled.abort();
    void this.options.clock.sleep(afterMs ?? this.#backoffMs(retries), cancelled.signal).then(() => {
      if (cancelled.signal.aborted) return;
      this.#makeReady(key, retries, since);
      this.#startPasses();
    });
  }

  #longest(from: (entry: Entry) => number | undefined): number {
    const now = this.options.clock.now();
    let first = now;
    for (const entry of this.#entries.values()) first = Math.min(first, from(entry) ?? now);
    return now - first;
  }

  #backoffMs(retries: number): number {
    const { firstBackoffMs, maxBackoffMs, random } = this.options;
    const wholeMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** (retries - 1));
    return wholeMs / 2 + (wholeMs / 2) * random();
  }
}
