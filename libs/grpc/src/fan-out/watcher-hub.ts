import { setImmediate as turn } from 'node:timers/promises';
import { type Bulletin, NewestBulletin } from './bulletin.js';
import { DeltaRing, type Place, type RingLimits } from './delta-ring.js';
import { SnapshotShelf, type EncodedSnapshot, type Loan } from './snapshot-shelf.js';

/** How a feed is written on the wire. A position is text that the hub passes on and never reads. */
export interface FeedEncoder<Delta, Filter> {
  /** Filters with equal keys share all that is encoded. */
  filterKey(filter: Filter): string;
  /** Undefined where nothing of the delta passes the filter. */
  delta(delta: Delta, filter: Filter, position: string): Uint8Array | undefined;
  /**
   * The whole state of now, in chunks: read at once, encoded in slices. What leads up to the first chunk is `opening`'s
   * to say.
   */
  snapshot(filter: Filter): Promise<readonly Uint8Array[]>;
  /** What goes before the chunks. A reason says why the watcher gets the whole state where it asked for deltas. */
  opening(resyncReason: string): Uint8Array;
  skipped(deltas: number): Uint8Array;
  heartbeat(position: string): Uint8Array;
}

export interface HubLimits extends RingLimits {
  /** Of all snapshots that are being sent. */
  readonly snapshotBytes: number;
  /** A snapshot is shared as long as no more deltas than this have come since. */
  readonly snapshotReuseDeltas: number;
  /** The longest that a watcher hears nothing. */
  readonly heartbeatMs: number;
}

/**
 * 4,096 deltas are 20 s at 200 a second; heartbeats are promised every 15 s and sent a little sooner.
 */
export const hubDefaults: HubLimits = {
  deltas: 4_096,
  bytes: 32 * 1024 * 1024,
  snapshotBytes: 128 * 1024 * 1024,
  snapshotReuseDeltas: 256,
  heartbeatMs: 12_000,
};

/** At about 50 µs each, some 5 ms. */
const wokenAtOnce = 100;

export interface WatchRequest<Filter> {
  readonly filter: Filter;
  /** The watcher has all up to here. Undefined: it has nothing. */
  readonly resumeAfter?: number;
  /** Why the watcher gets the whole state although it asked to resume, where the caller knows already. */
  readonly resyncReason?: string;
  /** Tell bulletins as well, each once it has all deltas. */
  readonly bulletins?: boolean;
}

/**
 * One feed of deltas for any number of watchers. A watcher is an index into the ring of the last deltas, and one message on
 * its way: one that reads slowly falls behind in the ring, and when the ring has gone on without it it is told how many
 * deltas it skipped and gets one whole state instead.
 */
export class WatcherHub<Delta, Filter> {
  #ring: DeltaRing<Delta>;
  readonly #shelf: SnapshotShelf<Filter>;
  readonly #bulletin = new NewestBulletin<Filter>();
  /** Raised when the feed starts anew; what watchers have is then void. */
  #life = 0;
  #restartReason = '';
  readonly #waiting = new Set<() => void>();
  #waking: Promise<void> = Promise.resolve();
  #watchers = 0;
  #skipped = 0;

  constructor(
    private readonly encoder: FeedEncoder<Delta, Filter>,
    start: Place,
    private readonly limits: HubLimits = hubDefaults,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#ring = new DeltaRing(limits, start);
    this.#shelf = new SnapshotShelf((filter) => this.#buildSnapshot(filter), limits.snapshotBytes);
  }

  /** For metrics. */
  get figures(): {
    readonly watchers: number;
    readonly skippedDeltas: number;
    readonly ringBytes: number;
    readonly snapshotBytes: number;
  } {
    return {
      watchers: this.#watchers,
      skippedDeltas: this.#skipped,
      ringBytes: this.#ring.bytes,
      snapshotBytes: this.#shelf.bytes,
    };
  }

  /** The state has moved to this place by this delta, whose size is about `bytes`. */
  publish(delta: Delta, at: Place, bytes: number): void {
    this.#ring.push(delta, at, bytes);
    this.#wake();
  }

  /** Settles when every watcher that waited for the last delta has got its turn to take it; a slow one does not count. */
  handedOut(): Promise<void> {
    return this.#waking;
  }

  /** The state is the same at this later place. */
  advance(at: Place): void {
    this.#ring.advance(at);
  }

  /** Takes the place of the bulletin before. A watcher that is slow to take it holds up nobody, and then gets the newest only. */
  announce(bulletin: Bulletin<Filter>): void {
    this.#bulletin.put(bulletin);
    this.#wake();
  }

  /** The state was built anew and does not follow from what watchers have: each gets all of it, with this reason. */
  restart(at: Place, reason: string): void {
    this.#ring = new DeltaRing(this.limits, at);
    this.#shelf.clear();
    this.#life += 1;
    this.#restartReason = reason;
    this.#wake();
  }

  /** The messages of one watcher, made as it takes them, until the signal aborts. */
  watch(request: WatchRequest<Filter>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.counted(this.#messages(request, signal));
  }

  /** The messages of a watcher that are made elsewhere: it counts as one of this feed. */
  async *counted(messages: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#watchers += 1;
    try {
      yield* messages;
    } finally {
      this.#watchers -= 1;
    }
  }

  /** Settles when there is a delta, a bulletin or a new start, when so much time has passed, and when the signal aborts. */
  news(withinMs: number, signal: AbortSignal): Promise<void> {
    return this.#newsWithin(withinMs, signal);
  }

  async *#messages(request: WatchRequest<Filter>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { filter, resumeAfter = -Infinity } = request;
    const key = this.encoder.filterKey(filter);
    let life = this.#life;
    let index = request.resumeAfter === undefined ? undefined : this.#ring.after(resumeAfter);
    let resyncReason = request.resyncReason ?? '';
    if (request.resumeAfter !== undefined && index === undefined) {
      resyncReason = 'the position is older than this server keeps';
    }
    let heardAt = this.now();
    let heard = request.bulletins === true ? 0 : Infinity;

    while (!signal.aborted) {
      if (life !== this.#life) {
        life = this.#life;
        index = undefined;
        resyncReason = this.#restartReason;
      }
      if (index === undefined || index < this.#ring.oldest) {
        const loan = await this.#borrow(key, filter);
        if (life !== this.#life) {
          loan.giveBack();
          continue;
        }
        index = yield* this.#whole(loan, index, resyncReason);
        heardAt = this.now();
        if (heard !== Infinity) heard = 0;
        continue;
      }
      resyncReason = '';
      const slot = this.#ring.at(index);
      if (slot === undefined && heard < this.#bulletin.number) {
        const messages = this.#bulletin.after(heard, key, filter);
        heard = this.#bulletin.number;
        yield* messages;
        if (messages.length > 0) heardAt = this.now();
        continue;
      }
      let message: Uint8Array | undefined;
      if (slot === undefined) {
        await this.#newsWithin(this.limits.heartbeatMs - (this.now() - heardAt), signal);
      } else {
        // one up to `resumeAfter` the watcher has from another server, which was ahead of this one
        if (slot.offset > resumeAfter) message = this.#encoded(index, key, filter);
        index += 1;
      }
      if (message !== undefined) yield message;
      else if (this.now() - heardAt < this.limits.heartbeatMs) continue;
      else yield this.encoder.heartbeat(this.#ring.positionBefore(index));
      heardAt = this.now();
    }
  }

  #encoded(index: number, key: string, filter: Filter): Uint8Array | undefined {
    return this.#ring.encoded(index, key, (delta, position) => this.encoder.delta(delta, filter, position));
  }

  /** Sends a snapshot; answers with the index to go on at, or undefined where the snapshot was taken away midway. */
  async *#whole(
    loan: Loan,
    from: number | undefined,
    resyncReason: string,
  ): AsyncGenerator<Uint8Array, number | undefined> {
    try {
      if (from !== undefined) {
        this.#skipped += loan.index - from;
        yield this.encoder.skipped(loan.index - from);
      }
      yield this.encoder.opening(resyncReason);
      for (let number = 0; number < loan.chunkCount; number += 1) {
        const chunk = loan.chunk(number);
        if (chunk === undefined) return undefined;
        yield chunk;
      }
      return loan.index;
    } finally {
      loan.giveBack();
    }
  }

  #borrow(key: string, filter: Filter): Promise<Loan> {
    return this.#shelf.borrow(
      key,
      filter,
      (index) => index >= this.#ring.oldest && this.#ring.next - index <= this.limits.snapshotReuseDeltas,
    );
  }

  async #buildSnapshot(filter: Filter): Promise<EncodedSnapshot> {
    const index = this.#ring.next;
    return { index, chunks: await this.encoder.snapshot(filter) };
  }

  #wake(): void {
    this.#waking = wakeInTurns([...this.#waiting]);
  }

  #newsWithin(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.max(timeoutMs, 0));
      signal.addEventListener('abort', wake, { once: true });
      this.#waiting.add(wake);
    });
  }
}

/** Few at a time, so that handing one delta to a thousand watchers does not hold the event loop. */
async function wakeInTurns(waiting: readonly (() => void)[]): Promise<void> {
  for (let from = 0; from < waiting.length; from += wokenAtOnce) {
    for (const wake of waiting.slice(from, from + wokenAtOnce)) wake();
    await turn();
  }
}
