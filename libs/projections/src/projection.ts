import type { EventLog, EventLogError } from '@mcp/event-log';
import type { AnyRecordedEvent, LogPosition, RecordedEvent } from '@mcp/events';
import { sameDigest } from '@mcp/events';
import type { Fold, FoldedState } from './fold.js';
import { followTogether, isPassing, type LogFollower } from './follow-together.js';
import { Folding } from './folding.js';
import { ReplayMismatch } from './replay-mismatch.js';
import { Waiters } from './waiters.js';

/** About a second of replay: what a start without a newer snapshot costs, and a look at the past. */
const defaultSnapshotEveryEvents = 200_000;

/** `EventLog.follow` says something at least every 10 s while contact is good. */
const staleAfterMs = 15_000;

/** How often the log is asked where its end is, while there is more to read. */
const askHeadEveryMs = 1_000;

export interface ProjectionOptions<State> {
  readonly log: EventLog;
  readonly fold: Fold<State>;
  /** Events between two snapshots, those kept of the past too. One more is saved at the end. Default 200,000. */
  readonly snapshotEveryEvents?: number;
  /** Compares the state with a replay from zero at the end. Default: whether REPLAY_CHECK is 1 in the environment. */
  readonly replayCheck?: boolean;
  /** After some events were taken. Not for those that were taken to catch up: `now` has them when it is caught up. */
  readonly onBatch?: (events: readonly AnyRecordedEvent[], now: FoldedState<State>) => void;
  /** The log is no longer the one that the state was folded from; `now` is a new state. */
  readonly onRebuilt?: (reason: EventLogError) => void;
  /** The log is not reachable, or a snapshot could not be saved or read. The state stays, and it is tried again. */
  readonly onTrouble?: (error: Error) => void;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/** How far a projection is behind the log. */
export interface Lag {
  /** `stale`: contact with the log is lost; the state may be old. */
  readonly phase: 'catching-up' | 'live' | 'stale';
  readonly events: number;
  /** Age of the newest event taken, where the log is known to have a newer one; age of the contact while stale. */
  readonly ms: number;
}

/**
 * Runs a fold over the log: newest usable snapshot, catch up, then live. Where the log lost its tail, or dropped events that
 * were not read yet, it folds what the log has into a new state and says so; until that is caught up, the old state is what
 * one sees. A state is never seen half caught up.
 *
 * The event loop is never held for longer than some events take (15 ms).
 */
export class Projection<State> {
  /** For `followTogether`, with which several projections read the log as one. */
  readonly follower: LogFollower = {
    begin: () => this.#begin(),
    readTo: (place, signal) => this.#readTo(place, signal),
    take: (batch) => this.#take(batch),
    recoverFrom: (error) => this.#recoverFrom(error),
    end: () => this.#end(),
  };
  readonly #log: EventLog;
  readonly #fold: Fold<State>;
  readonly #clock: () => number;
  readonly #waiters = new Waiters();
  readonly #nothingYet: FoldedState<State>;
  /** What one sees. */
  #shown: Folding<State> | undefined;
  /** What is on its way to be seen; the same as what is, except while catching up. */
  #running: Folding<State> | undefined;
  #lost: EventLogError | undefined;
  #rebuilt = { times: 0, reason: '' };
  #contactAt = 0;
  #head: { sequence: number; askedAt: number } = { sequence: 0, askedAt: 0 };

  constructor(private readonly options: ProjectionOptions<State>) {
    this.#log = options.log;
    this.#fold = options.fold;
    this.#clock = options.clock ?? Date.now;
    const position = { log: '', sequence: 0, digest: '' };
    this.#nothingYet = { state: this.#fold.initial(), position, recordedAt: 0 };
  }

  /** The state as of now: to be read at once, the next event may change it in place. Empty until first caught up. */
  get now(): FoldedState<State> {
    return this.#shown?.now ?? this.#nothingYet;
  }

  /** It has read all that was in the log when it last looked; false again while it is rebuilt. */
  get caughtUp(): boolean {
    return this.#shown !== undefined && this.#shown === this.#running;
  }

  /** How often the state was built anew because the log is no longer the one it was folded from, and why the last time. */
  get rebuilt(): { readonly times: number; readonly reason: string } {
    return this.#rebuilt;
  }

  lag(): Lag {
    const { position, recordedAt } = this.#running?.now ?? this.#nothingYet;
    const events = Math.max(0, this.#head.sequence - position.sequence);
    const now = this.#clock();
    const ms = events > 0 && recordedAt > 0 ? Math.max(0, now - recordedAt) : 0;
    if (!this.caughtUp) return { phase: 'catching-up', events, ms };
    const silentMs = now - this.#contactAt;
    if (silentMs <= staleAfterMs) return { phase: 'live', events, ms };
    return { phase: 'stale', events, ms: Math.max(ms, silentMs) };
  }

  /** Settles when it is caught up. Rejects when the signal aborts. */
  async whenCaughtUp(signal: AbortSignal): Promise<void> {
    await this.#waiters.until(() => this.caughtUp, signal);
  }

  /** Settles when it has moved away from this place, or was rebuilt; at once where it has. Rejects when the signal aborts. */
  async movedFrom(position: LogPosition, signal: AbortSignal): Promise<void> {
    const { times } = this.#rebuilt;
    const at = ({ log, sequence, digest }: LogPosition): boolean =>
      log === position.log && sequence === position.sequence && sameDigest(digest, position.digest);
    await this.#waiters.until(() => !at(this.now.position) || this.#rebuilt.times !== times, signal);
  }

  /**
   * Settles when the state has everything up to this place. Rejects when the signal aborts, and, as soon as the log is asked, when it
   * lost the place or the place is of another log; with `LogUnavailable` where it cannot be asked. Of the places that the state came
   * by long ago only the sequence is known, and taken for it.
   */
  async reached(place: LogPosition, signal: AbortSignal): Promise<void> {
    while (!this.#has(place)) {
      const shown = this.#shown;
      // what the log does not have would be waited for in vain
      for await (const _ of this.#log.read(place, { until: place, batchSize: 1, signal }));
      await this.#waiters.until(() => this.#shown !== shown || this.#has(place), signal);
    }
  }

  /**
   * A state of its own as it was at this place, from the nearest snapshot before it. Fails as `EventLog.read` does; rejects
   * when the signal aborts.
   */
  async at(position: LogPosition, signal?: AbortSignal): Promise<FoldedState<State>> {
    const folding = await this.#fromSnapshot(position);
    await folding.replay(position, signal);
    return folding.now;
  }

  /** Folds the log from zero and compares. Fails with `ReplayMismatch` where the two differ. */
  async check(): Promise<void> {
    const replayed = await Folding.fromZero(this.#log, this.#fold);
    // the state may be taken further while the log is read; what is compared is of one place
    do await replayed.replay(this.now.position);
    while (replayed.now.position.sequence < this.now.position.sequence);
    const { state, position } = this.now;
    if (!this.#same(replayed.now.state, state)) throw new ReplayMismatch(this.#fold.name, position);
  }

  /**
   * Runs until the signal aborts. Fails with what no later try can mend: a bug of the fold or of `onBatch`; a log that is
   * damaged, that newer software wrote to, or that is another one than at the start; and with `replayCheck`, a `ReplayMismatch`.
   */
  async run(signal: AbortSignal): Promise<void> {
    await followTogether(this.#log, [this], signal);
  }

  get #snapshotEvery(): number {
    return this.options.snapshotEveryEvents ?? defaultSnapshotEveryEvents;
  }

  #has(place: LogPosition): boolean {
    if (this.#shown === undefined || this.#log.compare(this.now.position, place) < 0) return false;
    return this.#shown.cameBy(place) !== false;
  }

  async #fromSnapshot(atMost?: LogPosition): Promise<Folding<State>> {
    return Folding.fromSnapshot(this.#log, this.#fold, {
      ...(atMost !== undefined && { atMost }),
      unreadable: (error) => this.options.onTrouble?.(error),
    });
  }

  async #begin(): Promise<LogPosition> {
    this.#running ??= await this.#fromSnapshot();
    return this.#running.now.position;
  }

  async #readTo(place: LogPosition, signal: AbortSignal): Promise<void> {
    const { position } = this.#begun().now;
    if (position.sequence === place.sequence) return;
    for await (const batch of this.#log.read(position, { until: place, signal })) await this.#take(batch);
    signal.throwIfAborted();
  }

  #begun(): Folding<State> {
    if (this.#running === undefined) throw new Error(`${this.#fold.name} takes events before it has begun`);
    return this.#running;
  }

  async #take(batch: readonly RecordedEvent[]): Promise<void> {
    const running = this.#begun();
    this.#contactAt = this.#clock();
    if (batch.length === 0) {
      this.#head.sequence = running.now.position.sequence;
      if (running !== this.#shown) this.#show(running);
      return;
    }
    await this.#askHead();
    await running.take(batch, (events) => {
      if (running !== this.#shown) return;
      this.options.onBatch?.(events, running.now);
      this.#waiters.look();
    });
    if (running.unsaved >= this.#snapshotEvery) await this.#save(running);
  }

  #show(caughtUp: Folding<State>): void {
    this.#shown = caughtUp;
    const reason = this.#lost;
    this.#lost = undefined;
    if (reason !== undefined) {
      this.#rebuilt = { times: this.#rebuilt.times + 1, reason: reason.message };
      this.options.onRebuilt?.(reason);
    }
    this.#waiters.look();
  }

  #recoverFrom(error: EventLogError): void {
    if (error.code === 'LOG_UNAVAILABLE') {
      this.options.onTrouble?.(error);
      return;
    }
    if (this.#shown !== undefined) this.#lost = error;
    this.#running = undefined;
  }

  async #askHead(): Promise<void> {
    const now = this.#clock();
    if (now - this.#head.askedAt < askHeadEveryMs) return;
    this.#head.askedAt = now;
    this.#head.sequence = (await this.#log.head()).sequence;
  }

  async #end(): Promise<void> {
    if (this.#shown === undefined) return;
    if (this.#shown.unsaved > 0) await this.#save(this.#shown);
    if (!(this.options.replayCheck ?? process.env['REPLAY_CHECK'] === '1')) return;
    try {
      await this.check();
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.options.onTrouble?.(error);
    }
  }

  async #save(folding: Folding<State>): Promise<void> {
    try {
      await folding.save(this.#snapshotEvery);
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.options.onTrouble?.(error);
    }
  }

  #same(a: State, b: State): boolean {
    if (this.#fold.same !== undefined) return this.#fold.same(a, b);
    const bytes = (state: State): Buffer => Buffer.concat([...this.#fold.encode(state)]);
    return bytes(a).equals(bytes(b));
  }
}
