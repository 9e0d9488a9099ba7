import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  collectorTopic,
  type Epoch,
  type EventLog,
  isEventLogError,
  type RequestBoard,
  type Write,
} from '@mcp/event-log';
import { type NewEvent, scopeSubject, sourceSubject } from '@mcp/events';
import { resourceKinds } from '@mcp/mesh';
import type { Leadership, Logger } from '@mcp/runtime';
import { type ClusterSource, refuseOtherSource } from '@mcp/sources';
import { CollectorMemory } from './collector-memory.js';
import { decideObservation, type Surroundings } from './decide-observation.js';
import { type Observation, ObservationQueue } from './observation-queue.js';
import type { Retention } from './retention.js';

/** Observations that are decided on together. */
const observationsPerRound = 500;
/** Events of one append: at the usual kilobyte an event, half a megabyte on the wire. */
const eventsPerAppend = 500;
const retryMs = { first: 100, most: 10_000 };

export interface CollectorMetrics {
  readonly observed: (count: number) => void;
  readonly recorded: (count: number) => void;
  readonly appendFailed: () => void;
}

/**
 * Keeps the log equal to the cluster: folds the log, compares what the source tells with it, and appends only the difference,
 * what was deleted while it was away included. Only the leader does; its epoch is in every append.
 */
export class Collector {
  readonly #queue = new ObservationQueue();
  #memory = new CollectorMemory();
  #caughtUp = false;
  #fault: string | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly board: RequestBoard,
    private readonly source: ClusterSource,
    private readonly leadership: Leadership,
    private readonly retention: Retention,
    private readonly outside: Omit<Surroundings, 'scope'>,
    private readonly watch: { readonly logger: Logger; readonly metrics: CollectorMetrics },
  ) {}

  /** For readiness: a follower is ready to take over, a leader is ready once it compares with the log. */
  health(): { readonly ready: boolean; readonly reason: string } {
    if (this.#fault !== undefined) return { ready: false, reason: this.#fault };
    if (!this.leadership.leading) return { ready: true, reason: 'another process leads' };
    return this.#caughtUp
      ? { ready: true, reason: 'recording' }
      : { ready: false, reason: 'reading the log' };
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Runs until the signal aborts. Fails with `SourceMismatch` when the log is of another source. */
  async run(signal: AbortSignal): Promise<void> {
    await this.leadership.run(signal, (leading) => this.#lead(leading));
  }

  async #lead(leading: AbortSignal): Promise<void> {
    const { logger } = this.watch;
    this.#caughtUp = false;
    // Ends the source and the writer together, whichever ends first.
    const stop = new AbortController();
    const until = AbortSignal.any([leading, stop.signal]);
    // every kind that is followed listens, which is more than Node takes for a leak
    setMaxListeners(0, until);
    try {
      const epoch = await this.#persist('claim the role', until, () =>
        this.log.claim('collector', this.leadership.holder),
      );
      const identity = await this.#persist('identify the source', until, () => this.source.identity());
      if (epoch === undefined || identity === undefined) return;
      await this.#persist('read the log', until, () => this.#refold());
      if (until.aborted) return;
      if (this.#memory.source !== undefined) refuseOtherSource(this.#memory.source, identity);
      await this.#record(epoch, until, () => this.#preamble(identity));
      this.#caughtUp = true;
      logger.info('collector leads', { epoch: epoch.number, known: this.#memory.objects.size });

      const tasks = [
        this.source.run(this.#queue, until),
        this.#write(epoch, until),
        this.retention.run(until),
        this.board.serve(collectorTopic, async () => ({ known: this.#memory.objects.size }), until),
      ];
      // All are awaited before this returns, so that nothing of this lead outlives it; the first fault is the one to tell.
      const ends = await Promise.allSettled(tasks.map((task) => task.finally(() => stop.abort())));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      await this.#farewell(epoch);
    } catch (error) {
      if (!isEventLogError(error, 'DEPOSED_WRITER')) throw error;
      logger.warn('collector was deposed', { error });
    } finally {
      this.#caughtUp = false;
    }
  }

  async #write(epoch: Epoch, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const observations = await this.#queue.take(observationsPerRound, signal);
      if (observations.length === 0) continue;
      await this.#record(epoch, signal, () => this.#decide(observations));
      this.watch.metrics.observed(observations.length);
    }
  }

  #decide(observations: readonly Observation[]): Write[] {
    const outside = { ...this.outside, scope: this.source.scope };
    return observations.flatMap((observation) => decideObservation(this.#memory, observation, outside));
  }

  /**
   * Appends what `decide` asks for. After a fault, which may or may not have recorded something, the memory is folded from
   * the log again and the decision is taken anew: it only asks for what is still missing.
   */
  async #record(epoch: Epoch, signal: AbortSignal, decide: () => readonly Write[]): Promise<void> {
    let again = false;
    await this.#persist('append', signal, async () => {
      if (again) await this.#refold();
      again = true;
      const writes = decide();
      for (let from = 0; from < writes.length; from += eventsPerAppend) {
        const part = writes.slice(from, from + eventsPerAppend);
        await this.log.append({ writes: part, epoch });
        this.watch.metrics.recorded(part.length);
      }
      return true;
    });
  }

  /** What every log begins with, and a scope that is not the one of before. */
  #preamble(identity: NonNullable<CollectorMemory['source']>): Write[] {
    const writes: Write[] = [];
    if (this.#memory.source === undefined) {
      writes.push({
        subject: sourceSubject,
        expectedVersion: 0,
        event: this.#event('SourceIdentified', identity),
      });
    }
    const { scope } = this.#memory;
    const namespaces = this.source.scope;
    if (scope === undefined || JSON.stringify(scope.namespaces) !== JSON.stringify(namespaces)) {
      const event = this.#event('ScopeDeclared', { namespaces });
      writes.push({ subject: scopeSubject, expectedVersion: scope?.version ?? 0, event });
      this.#memory.remember(scopeSubject, (scope?.version ?? 0) + 1, event);
    }
    return writes;
  }

  /** A collector that stops no longer vouches for what it knew. One try: on a crash, nobody says it either. */
  async #farewell(epoch: Epoch): Promise<void> {
    const writes = resourceKinds
      .filter((kind) => this.#memory.sourceState(kind)?.state.phase === 'live')
      .flatMap((kind) =>
        this.#decide([{ what: 'phase', kind, phase: 'stale', reason: 'the collector has stopped' }]),
      );
    if (writes.length === 0) return;
    await this.log.append({ writes, epoch }).catch((error: unknown) => {
      this.watch.logger.warn('collector could not say that it stops', { error });
    });
  }

  #event<T extends 'SourceIdentified' | 'ScopeDeclared'>(type: T, data: NewEvent<T>['data']): NewEvent {
    const actor = { name: 'collector', provenBy: 'component' } as const;
    return { id: this.outside.newId(), type, version: 1, occurredAt: this.outside.now(), actor, data };
  }

  async #refold(): Promise<boolean> {
    const memory = new CollectorMemory();
    for await (const batch of this.log.read({ log: await this.log.identity(), sequence: 0, digest: '' })) {
      for (const event of batch) memory.evolve(event);
    }
    this.#memory = memory;
    return true;
  }

  /** Does it until it works or the signal aborts; then undefined. A deposed writer does not try again. */
  async #persist<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    for (let waitMs = retryMs.first; !signal.aborted; waitMs = Math.min(waitMs * 2, retryMs.most)) {
      try {
        const result = await work();
        this.#fault = undefined;
        return result;
      } catch (error) {
        if (isEventLogError(error, 'DEPOSED_WRITER') || isEventLogError(error, 'EVENT_TOO_LARGE'))
          throw error;
        this.#fault = `${what}: ${error instanceof Error ? error.message : String(error)}`;
        this.watch.metrics.appendFailed();
        this.watch.logger.warn('collector tries again', { what, error, waitMs });
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}
