import { setMaxListeners } from 'node:events';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { collectorTopic, type Epoch, type Write } from '@mcp/event-log';
import {
  type LogPosition,
  type NewEvent,
  type RecordedEvent,
  scopeSubject,
  type SourceIdentity,
  sourceSubject,
} from '@mcp/events';
import { resourceKinds } from '@mcp/mesh';
import type { PartHealth } from '@mcp/runtime';
import { refuseOtherSource } from '@mcp/sources';
import { CollectorMemory } from './collector-memory.js';
import type { CollectorFigures } from './collector.metrics.js';
import type { CollectorParts } from './collector-parts.js';
import { decideObservation } from './decide-observation.js';
import { type Observation, ObservationQueue } from './observation-queue.js';
import { ObservationSpans } from './observation-spans.js';
import { isPassing } from './passing-faults.js';
import { RecordedTail } from './recorded-tail.js';
import { within } from './traffic/retries.js';
import { trafficTask } from './traffic/traffic-of-term.js';
import type { TrafficTask } from './traffic/traffic-task.js';

/** Observations that are decided on together: a tenth of a millisecond each, which holds the event loop for 20 ms. */
const observationsPerRound = 200;
/** Events of one append: at the usual kilobyte an event, half a megabyte on the wire. */
const eventsPerAppend = 500;
/** Beside that of traffic, it is to end before the process is ended. */
const farewellMs = 4_000;
const retryMs = { first: 100, most: 10_000 };

/** One lead of one collector, from its claim to its end. Nothing that was observed before it is recorded in it. */
export class Term {
  #memory = new CollectorMemory();
  readonly #queue = new ObservationQueue((subject) => this.#memory.objects.has(subject));
  /** What was decided and may not be recorded: the memory is ahead of the log. */
  #unsure = false;
  #tail: RecordedTail | undefined;
  #caughtUp = false;
  #fault: string | undefined;

  constructor(
    private readonly parts: CollectorParts,
    private readonly holder: string,
  ) {}

  health(): PartHealth {
    if (this.#fault !== undefined) return { ready: false, reason: this.#fault };
    return this.#caughtUp
      ? { ready: true, reason: 'recording' }
      : { ready: false, reason: 'reading the log' };
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get figures(): CollectorFigures {
    const objects = [...this.#memory.objects.values()];
    return {
      known: objects.length,
      unreadable: objects.filter(({ last }) => 'problem' in last).length,
      phases: new Map(
        resourceKinds.flatMap((kind) => {
          const phase = this.#memory.sourceState(kind)?.state.phase;
          return phase === undefined ? [] : [[kind, phase] as const];
        }),
      ),
    };
  }

  /** Fails with `PositionLost` when the log lost what was read or recorded in it, and with `DeposedWriter` when another leads. */
  async run(leading: AbortSignal): Promise<void> {
    const { log, board, source, retention, logger, traffic, outside, metrics } = this.parts;
    // Ends all tasks of the term together, whichever ends first.
    const stop = new AbortController();
    const until = AbortSignal.any([leading, stop.signal]);
    // every kind that is followed listens, which is more than Node takes for a leak
    setMaxListeners(0, until);

    const epoch = await this.#asLongAs(isPassing, 'claim the role', until, () =>
      log.claim('collector', this.holder),
    );
    const identity = await this.#asLongAs(always, 'identify the source', until, () => source.identity());
    const reader = trafficTask(traffic, { log, logger, outside, metrics: metrics.traffic });
    // the log is read once for both
    const read = await this.#asLongAs(isPassing, 'read the log', until, () =>
      this.#refold((event) => reader.evolve(event)),
    );
    if (epoch === undefined || identity === undefined || read === undefined || until.aborted) return;
    const tail = new RecordedTail(log, read);
    this.#tail = tail;
    if (this.#memory.source !== undefined) refuseOtherSource(this.#memory.source, identity);
    await this.#record(epoch, until, () => this.#preamble(identity));
    this.#caughtUp = true;
    logger.info('collector leads', { epoch: epoch.number, known: this.#memory.objects.size });

    const tasks = [
      reader.run(epoch, until),
      source.run(this.#queue, until),
      this.#write(epoch, until),
      retention.run(epoch, until),
      tail.watch(until),
      board.serve(collectorTopic, async () => ({ known: this.#memory.objects.size }), until),
    ];
    // All are awaited, so that nothing of this term outlives it; the first fault is the one to tell.
    const ends = await Promise.allSettled(tasks.map((task) => task.finally(() => stop.abort())));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    await this.#farewell(epoch, reader);
  }

  async #write(epoch: Epoch, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const observations = await this.#queue.take(observationsPerRound, signal);
      if (observations.length === 0) continue;
      const spans = new ObservationSpans(this.parts.tracer);
      try {
        await this.#record(epoch, signal, () => spans.around(this.#decide(observations)));
      } catch (error) {
        spans.end(error);
        throw error;
      }
      spans.end(this.#unsure ? new Error('the lead ended before all of it was recorded') : undefined);
      this.parts.metrics.observed(observations.length);
    }
  }

  #decide(observations: readonly Observation[]): Write[] {
    const outside = { ...this.parts.outside, scope: this.parts.source.scope };
    return observations.flatMap((observation) => decideObservation(this.#memory, observation, outside));
  }

  /**
   * Appends what `decide` asks for. After a fault, which may or may not have recorded something, the memory is folded from
   * the log again and the decision is taken anew: it only asks for what is still missing.
   */
  async #record(epoch: Epoch, signal: AbortSignal, decide: () => readonly Write[]): Promise<void> {
    await this.#asLongAs(isPassing, 'append', signal, async () => {
      if (this.#unsure) this.#tail?.relyOn(await this.#refold());
      this.#unsure = true;
      const writes = decide();
      for (let from = 0; from < writes.length; from += eventsPerAppend) {
        const part = writes.slice(from, from + eventsPerAppend);
        const { position } = await this.parts.log.append({ writes: part, epoch });
        this.#tail?.relyOn(position);
        this.parts.metrics.recorded(part.length);
      }
      this.#unsure = false;
    });
  }

  /** What every log begins with, and a scope that is not the one of before. */
  #preamble(identity: SourceIdentity): Write[] {
    const writes: Write[] = [];
    const write = (subject: string, expectedVersion: number, event: NewEvent): void => {
      writes.push({ subject, expectedVersion, event });
      this.#memory.remember(subject, expectedVersion + 1, event);
    };
    const { source, scope } = this.#memory;
    if (source === undefined) write(sourceSubject, 0, this.#event('SourceIdentified', identity));
    const { scope: namespaces } = this.parts.source;
    if (scope === undefined || JSON.stringify(scope.namespaces) !== JSON.stringify(namespaces)) {
      write(scopeSubject, scope?.version ?? 0, this.#event('ScopeDeclared', { namespaces }));
    }
    return writes;
  }

  /** A collector that stops no longer vouches for what it knew. One try: on a crash, nobody says it either. */
  async #farewell(epoch: Epoch, reader: TrafficTask): Promise<void> {
    const sayings = [() => reader.farewell(epoch), () => within(farewellMs, () => this.#sayStale(epoch))];
    for (const say of sayings)
      await say().catch((error: unknown) => {
        this.parts.logger.warn('collector could not say that it stops', { error });
      });
  }

  async #sayStale(epoch: Epoch): Promise<void> {
    if (this.#unsure) await this.#refold();
    const writes = resourceKinds
      .filter((kind) => this.#memory.sourceState(kind)?.state.phase === 'live')
      .flatMap((kind) =>
        this.#decide([{ what: 'phase', kind, phase: 'stale', reason: 'the collector has stopped' }]),
      );
    if (writes.length > 0) await this.parts.log.append({ writes, epoch });
  }

  #event<T extends 'SourceIdentified' | 'ScopeDeclared'>(type: T, data: NewEvent<T>['data']): NewEvent {
    const { newId, now } = this.parts.outside;
    const actor = { name: 'collector', provenBy: 'component' } as const;
    return { id: newId(), type, version: 1, occurredAt: now(), actor, data };
  }

  /** Answers up to where the log was read. */
  async #refold(also: (event: RecordedEvent) => void = () => undefined): Promise<LogPosition> {
    const { log } = this.parts;
    const memory = new CollectorMemory();
    let read: LogPosition = { log: await log.identity(), sequence: 0, digest: '' };
    for await (const batch of log.read(read)) {
      read = batch.at(-1)?.position ?? read;
      for (const event of batch) {
        memory.evolve(event);
        also(event);
      }
      // a log at hand is read without a turn for others
      await turn();
    }
    this.#memory = memory;
    this.#unsure = false;
    return read;
  }

  /** Does it until it works or the signal aborts; then undefined. A fault that does not pass is thrown. */
  async #asLongAs<T>(
    passes: (error: unknown) => boolean,
    what: string,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    for (let waitMs = retryMs.first; !signal.aborted; waitMs = Math.min(waitMs * 2, retryMs.most)) {
      try {
        const result = await work();
        this.#fault = undefined;
        return result;
      } catch (error) {
        if (!passes(error)) throw error;
        this.#fault = `${what}: ${error instanceof Error ? error.message : String(error)}`;
        this.parts.metrics.failed();
        this.parts.logger.warn('collector tries again', { what, error, waitMs });
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}

/** The source is on the other side of a network: whatever it fails with may pass. */
function always(): boolean {
  return true;
}
