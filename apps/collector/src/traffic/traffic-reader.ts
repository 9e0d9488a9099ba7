import { setTimeout as sleep } from 'node:timers/promises';
import type { Epoch } from '@mcp/event-log';
import type { RecordedEvent } from '@mcp/events';
import { resultInSlices, stepInSlices } from '@mcp/runtime';
import type { TrafficReading } from '@mcp/sources';
import {
  type CounterDifference,
  countedInSteps,
  edgesInSteps,
  type MeasuredEdges,
  noGaps,
  ownershipIn,
} from '@mcp/traffic';
import { Beat, paceOf, untilNextBeat } from './beat.js';
import { KeptSamples } from './kept-samples.js';
import { RecordedTraffic } from './recorded-traffic.js';
import { untilDone, within } from './retries.js';
import { TrafficLooks } from './traffic-looks.js';
import { ToldFaults } from './told-faults.js';
import type { TrafficMemory } from './traffic-memory.js';
import { figuresOf } from './traffic.metrics.js';
import type { ReadTraffic } from './traffic-parts.js';
import type { TrafficSurroundings, TrafficTask } from './traffic-task.js';
import { Trouble } from './trouble.js';

const settleEveryMs = 60_000;
const farewellMs = 4_000;

/**
 * Reads traffic for one lead of the collector: samples go to the series, facts to the log. Whatever fails on the way loses samples at most; what
 * was counted stays counted until it is recorded.
 */
export class TrafficReader implements TrafficTask {
  readonly #recorded: RecordedTraffic;
  readonly #looks: TrafficLooks;
  readonly #samples: KeptSamples;
  readonly #faults: ToldFaults;
  readonly #trouble: Trouble;
  readonly #settling = new Beat(settleEveryMs);
  #gaps = noGaps;
  /** Whether it goes on from the checkpoint of the one before, and may replace it. */
  #counting = false;

  constructor(
    private readonly parts: ReadTraffic,
    private readonly around: TrafficSurroundings,
  ) {
    this.#recorded = new RecordedTraffic(parts.rememberDays, around);
    this.#looks = new TrafficLooks(parts, around);
    this.#samples = new KeptSamples(parts.series, around);
    this.#faults = new ToldFaults(around);
    this.#trouble = new Trouble(around.logger, {
      begins: 'traffic cannot be recorded, and is tried again',
      ends: 'traffic is recorded again',
    });
  }

  evolve(event: RecordedEvent): void {
    this.#recorded.memory.evolve(event);
  }

  async run(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const { outside, metrics } = this.around;
    const { now } = outside;
    try {
      await this.#untilDone(signal, () => this.#begin(signal));
      while (!signal.aborted) {
        const began = now();
        const paceMs = await this.#poll(epoch, signal);
        await sleep(untilNextBeat(paceMs, began, now()), undefined, { signal }).catch(() => undefined);
      }
    } finally {
      // another process may lead and read from here on
      metrics.measured(undefined);
    }
  }

  /** What was counted and not recorded yet, and that nobody looks any more. Fails where it could not be said. */
  async farewell(epoch: Epoch): Promise<void> {
    await within(farewellMs, async (signal) => {
      if (this.#counting) await this.#samples.putCheckpoint(this.#recorded.memory);
      await this.#recorded.record(epoch, signal, (memory) => {
        memory.telemetry.stop('the collector has stopped');
        return memory.flush(memory.differences.polledAt ?? this.around.outside.now());
      });
    });
  }

  async #begin(signal: AbortSignal): Promise<void> {
    await this.#recorded.catchUp(signal);
    const { memory } = this.#recorded;
    await this.#samples.takeCheckpoint(memory);
    this.#looks.seenUntil(memory.differences.polledAt ?? 0);
    this.#counting = true;
  }

  /** Answers how long to the next. */
  async #poll(epoch: Epoch, signal: AbortSignal): Promise<number> {
    const { pollMs } = this.parts;
    const reading = await this.#looks.next(this.#recorded.memory.telemetry, signal);
    if (signal.aborted) return pollMs;
    const now = this.around.outside.now();
    if (reading !== undefined) await this.#take(reading, signal);
    await this.#untilDone(signal, () =>
      // what is still to be recorded was counted then
      this.#recorded.record(epoch, signal, (memory) => memory.decide(this.#looks.newestAt ?? now)),
    );
    if (this.#settling.isDue(now)) {
      this.#settling.struck(now);
      await this.#samples.settle(this.#recorded.memory);
    }
    return paceOf(pollMs, reading?.scrapeIntervalMs ?? 0);
  }

  async #take(reading: TrafficReading, signal: AbortSignal): Promise<void> {
    await this.#untilDone(signal, () => this.#recorded.catchUp(signal));
    const { memory } = this.#recorded;
    const measured = await resultInSlices(edgesInSteps(reading, memory.directory, { gaps: this.#gaps }));
    this.#gaps = measured.gaps;
    await stepInSlices(memory.edges.take(measured));
    this.#faults.take(reading, measured, memory);
    const untrusted = await this.#count(reading, measured, memory);
    this.around.metrics.measured(figuresOf(reading, measured, untrusted, memory));
    await this.#samples.append(reading, measured);
  }

  /**
   * Answers how many counters are of no proxy that is who it claims to be. What is missing is not counted: the next reading has all of it.
   */
  async #count(
    reading: TrafficReading,
    { workloads }: MeasuredEdges,
    { directory, differences, refusals, usage }: TrafficMemory,
  ): Promise<number> {
    const { at, missing } = reading;
    if (missing.some(({ part, counters }) => part === 'proxies' || (part === 'counters' && !counters)))
      return 0;
    const unread = missing.flatMap(({ counters }) => counters ?? []);
    const counted = await resultInSlices(countedInSteps(reading, ownershipIn(reading, directory)));
    const whole = reading.incomplete === undefined;
    const take = (found: readonly CounterDifference[]): void => {
      refusals.take(found, at);
      usage.take(found, at);
    };
    await stepInSlices(eachOf(differences.compare({ at, whole, unread, proxies: counted.proxies }), take));
    if (unread.some(({ what }) => what === 'allowed' || what === 'denied')) return counted.untrusted;
    const seenWhole = [...workloads.values()].filter(
      ({ proxiesSeen, meshedPods }) => proxiesSeen === meshedPods,
    );
    usage.observe(
      seenWhole.map(({ workload }) => workload),
      at,
      paceOf(this.parts.pollMs, reading.scrapeIntervalMs ?? 0),
    );
    return counted.untrusted;
  }

  #untilDone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    return untilDone(signal, this.#trouble, work);
  }
}

function* eachOf<T>(all: Iterable<T>, take: (one: T) => void): Generator<void> {
  for (const one of all) {
    take(one);
    yield;
  }
}
