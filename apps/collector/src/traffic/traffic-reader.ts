import { setTimeout as sleep } from 'node:timers/promises';
import { type Epoch, isEventLogError, type Write } from '@mcp/event-log';
import { resultInSlices, stepInSlices } from '@mcp/runtime';
import { type TrafficReading, type TrafficSource, TrafficUnavailable } from '@mcp/sources';
import {
  countedProxies,
  encodeCheckpoint,
  type Fact,
  type MeasuredEdges,
  edgesInSteps,
  noGaps,
  ownershipIn,
  takeCheckpoint,
} from '@mcp/traffic';
import { factAppends } from './fact-appends.js';
import { untilDone } from './retries.js';
import { TrafficMemory } from './traffic-memory.js';
import type { TrafficFigures } from './traffic-metrics.js';
import type { ReadTraffic } from './traffic-parts.js';
import type { TrafficSurroundings, TrafficTask } from './traffic-task.js';

const latencyEveryMs = 60_000;
const checkpointEveryMs = 60_000;
const farewellMs = 10_000;

/** The log is no longer the one that was folded, or no longer has what comes next. */
const lost = ['POSITION_LOST', 'POSITION_TRIMMED'];

/**
 * Reads traffic for one lead of the collector: samples go to the series, facts to the log. Whatever fails on the way loses samples at most; what
 * was counted stays counted until it is recorded.
 */
export class TrafficReader implements TrafficTask {
  #memory: TrafficMemory;
  #gaps = noGaps;
  /** The telemetry's time of the newest reading. */
  #readAt = 0;
  #latencyAt = -Infinity;
  #checkpointAt = -Infinity;

  constructor(
    private readonly parts: ReadTraffic,
    private readonly around: TrafficSurroundings,
  ) {
    this.#memory = new TrafficMemory(parts.rememberDays);
  }

  async run(epoch: Epoch, signal: AbortSignal): Promise<void> {
    await this.#untilDone(signal, () => this.#memory.catchUp(this.around.log, signal));
    await this.#takeCheckpoint();
    const { source, pollMs } = this.parts;
    while (!signal.aborted) {
      const began = this.around.outside.now();
      const intervalMs = await this.#poll(source, epoch, signal);
      const pauseMs = began + Math.max(pollMs, intervalMs) - this.around.outside.now();
      await sleep(Math.max(0, pauseMs), undefined, { signal }).catch(() => undefined);
    }
  }

  /** What was counted and not recorded yet, and that nobody looks any more. One try. */
  async farewell(epoch: Epoch): Promise<void> {
    const at = this.#memory.differences.polledAt ?? this.around.outside.now();
    const signal = AbortSignal.timeout(farewellMs);
    await this.#memory.catchUp(this.around.log, signal);
    this.#memory.telemetry.stop('the collector has stopped');
    for (const writes of this.#appends(this.#memory.flush(at)))
      await this.around.log.append({ writes, epoch });
    await this.#putCheckpoint();
  }

  /** Answers the time between two scrapes, or 0. */
  async #poll(source: TrafficSource, epoch: Epoch, signal: AbortSignal): Promise<number> {
    const reading = await this.#read(source, signal);
    if (signal.aborted) return 0;
    const at = reading?.at ?? this.around.outside.now();
    // where the source answers as it did before, there is nothing to count twice
    if (reading !== undefined && at > this.#readAt) await this.#take(reading, signal);
    await this.#record(epoch, signal, () => this.#memory.decide(at));
    if (at - this.#checkpointAt >= checkpointEveryMs) {
      this.#checkpointAt = at;
      await this.#putCheckpoint();
      await this.#trySeries('drop old samples', () => this.parts.series.trim());
    }
    return reading?.scrapeIntervalMs ?? 0;
  }

  async #read(source: TrafficSource, signal: AbortSignal): Promise<TrafficReading | undefined> {
    const { logger, metrics, outside } = this.around;
    const { telemetry } = this.#memory;
    const latency = outside.now() - this.#latencyAt >= latencyEveryMs;
    const fail = (reason: string): void => {
      metrics.polled('failed');
      telemetry.take({ what: 'failed', at: outside.now(), reason });
    };
    try {
      const reading = await source.read({ latency }, signal);
      if (reading.proxies.length === 0) {
        fail('no proxy is scraped: is it the Prometheus of the mesh, and the right scrape job?');
        return undefined;
      }
      if (latency) this.#latencyAt = outside.now();
      metrics.polled(reading.missing.length > 0 || reading.incomplete !== undefined ? 'partial' : 'whole');
      telemetry.take({ what: 'seen', at: reading.at });
      return reading;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof TrafficUnavailable)) logger.error('traffic was not read', { error });
      fail(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  async #take(reading: TrafficReading, signal: AbortSignal): Promise<void> {
    const { log, metrics } = this.around;
    this.#readAt = reading.at;
    await this.#untilDone(signal, () => this.#memory.catchUp(log, signal));
    const measured = await resultInSlices(
      edgesInSteps(reading, this.#memory.directory, { gaps: this.#gaps }),
    );
    this.#gaps = measured.gaps;
    const { proxiesSeen, meshedPods } = measured.seen;
    await stepInSlices(this.#memory.edges.take(measured));
    const lacksCounters = reading.missing.some(({ part }) => part === 'counters');
    const untrusted = lacksCounters ? 0 : await this.#count(reading, measured);
    const leftOut: TrafficFigures['leftOut'] = new Map([
      ...measured.leftOut.map(({ reason, rows }) => [reason, rows] as const),
      ['no-sense', reading.rejected.reduce((sum, { rows }) => sum + rows, 0)],
      ['untrusted-counter', untrusted],
    ]);
    metrics.measured({ edges: measured.edges.length, proxiesSeen, meshedPods, leftOut });
    await this.#trySeries('store samples', async () => {
      const { windowMs } = reading;
      const edges = new Map(
        measured.edges.flatMap(({ key, sample }) => (sample === undefined ? [] : [[key, sample] as const])),
      );
      await this.parts.series.append({ at: reading.at, windowMs, proxiesSeen, meshedPods, edges });
    });
  }

  /** Answers how many counters are of no proxy that is who it claims to be. */
  async #count(reading: TrafficReading, { workloads }: MeasuredEdges): Promise<number> {
    const { directory, differences, refusals, usage } = this.#memory;
    const { at } = reading;
    const counted = countedProxies(reading, ownershipIn(reading, directory));
    const whole = reading.incomplete === undefined;
    const steps = differences.compare({ at, whole, proxies: counted.proxies });
    await stepInSlices(
      (function* () {
        for (const found of steps) {
          refusals.take(found, at);
          usage.take(found, at);
          yield;
        }
      })(),
    );
    const seenWhole = [...workloads.values()].filter(
      ({ proxiesSeen, meshedPods }) => proxiesSeen === meshedPods,
    );
    usage.observe(
      seenWhole.map(({ workload }) => workload),
      at,
    );
    return counted.untrusted;
  }

  /** Appends what `decide` asks for. After a fault the log is read again: what is recorded by then is not asked for once more. */
  async #record(epoch: Epoch, signal: AbortSignal, decide: () => readonly Fact[]): Promise<void> {
    const { log, metrics } = this.around;
    await this.#untilDone(signal, async () => {
      await this.#memory.catchUp(log, signal);
      for (const writes of this.#appends(decide())) {
        await log.append({ writes, epoch });
        metrics.recorded(writes.length);
      }
      await this.#memory.catchUp(log, signal);
    });
  }

  #appends(facts: readonly Fact[]): Generator<readonly Write[]> {
    return factAppends(facts, (subject) => this.#memory.versionOf(subject), this.around.outside.newId);
  }

  async #takeCheckpoint(): Promise<void> {
    const log = await this.around.log.identity();
    await this.#trySeries('read the checkpoint of counters', async () => {
      const bytes = await this.parts.series.checkpoint();
      if (bytes === undefined) return;
      const taken = takeCheckpoint(this.#memory, log, bytes);
      if (taken.taken) this.#memory.telemetry.seenUntil(this.#memory.differences.polledAt ?? 0);
      else this.around.logger.warn('checkpoint of counters ignored', { reason: taken.reason });
    });
  }

  async #putCheckpoint(): Promise<void> {
    const log = await this.around.log.identity();
    const chunks = await collected(encodeCheckpoint(this.#memory, log));
    await this.#trySeries('store the checkpoint of counters', () =>
      this.parts.series.putCheckpoint(Buffer.concat(chunks)),
    );
  }

  /** Samples may be lost; facts do not hang on them. */
  async #trySeries(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isEventLogError(error, 'LOG_UNAVAILABLE')) throw error;
      this.around.logger.warn('traffic series cannot be reached', { what, error });
    }
  }

  #untilDone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    return untilDone(signal, work, (error) => {
      if (!lost.some((code) => isEventLogError(error, code))) throw error;
      this.around.logger.warn(
        'traffic is folded anew, and what was counted is lost: the log is not what it was',
        {
          error,
        },
      );
      this.#memory = this.#memory.emptied();
    });
  }
}

async function collected<T>(steps: Generator<T>): Promise<readonly T[]> {
  const all: T[] = [];
  await stepInSlices(
    (function* () {
      for (const step of steps) yield all.push(step);
    })(),
  );
  return all;
}
