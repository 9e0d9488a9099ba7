import { type TrafficReading, TrafficUnavailable } from '@mcp/sources';
import type { TelemetryFacts } from '@mcp/traffic';
import { Beat, paceOf } from './beat.js';
import { within } from './retries.js';
import type { PollOutcome } from './traffic.metrics.js';
import type { ReadTraffic } from './traffic-parts.js';
import type { TrafficSurroundings } from './traffic-task.js';
import { Trouble } from './trouble.js';

const latencyEveryMs = 60_000;
/** Longer than all questions of one reading may take; after as long without a look, nobody would have looked. */
const answerMs = 120_000;
/** A source that asks further back than before seems to go back, by less than this; a clock that was set, by more. */
const toleratedMs = 60_000;
/** Clocks of one cluster differ by less. What is believed of a later time would make all that is true look old. */
const aheadMs = 300_000;

/** One look at the source of traffic after the other, and what each says of whether traffic is seen at all. */
export class TrafficLooks {
  /** Of the source's clock. */
  #newestAt = 0;
  readonly #latency = new Beat(latencyEveryMs);
  readonly #trouble: Trouble;

  constructor(
    private readonly parts: Pick<ReadTraffic, 'source' | 'pollMs'>,
    private readonly around: Pick<TrafficSurroundings, 'logger' | 'outside' | 'metrics'>,
  ) {
    this.#trouble = new Trouble(around.logger, {
      begins: 'traffic cannot be read',
      ends: 'traffic is read again',
    });
  }

  /** When traffic was last seen, by the source's clock; undefined for never. */
  get newestAt(): number | undefined {
    return this.#newestAt === 0 ? undefined : this.#newestAt;
  }

  /** What was read by another before, up to this time, is not news. */
  seenUntil(at: number): void {
    this.#newestAt = Math.max(this.#newestAt, at);
  }

  /** A reading that is newer than all before it; undefined where there is none. */
  async next(telemetry: TelemetryFacts, signal: AbortSignal): Promise<TrafficReading | undefined> {
    const { metrics, outside } = this.around;
    const found = await this.#read(signal);
    if (signal.aborted) return undefined;
    if ('fault' in found) {
      metrics.polled('failed');
      this.#trouble.failed({ reason: found.fault, ...(found.error !== undefined && { error: found.error }) });
      telemetry.take({ what: 'failed', at: outside.now(), reason: found.fault });
      return undefined;
    }
    this.#trouble.worked();
    const { reading } = found;
    metrics.polled(this.#outcomeOf(reading));
    if (reading.at <= this.#newestAt) return undefined;
    this.#newestAt = reading.at;
    const paceMs = paceOf(this.parts.pollMs, reading.scrapeIntervalMs ?? 0);
    telemetry.take({ what: 'seen', at: reading.at, paceMs });
    return reading;
  }

  async #read(
    signal: AbortSignal,
  ): Promise<{ readonly reading: TrafficReading } | { readonly fault: string; readonly error?: unknown }> {
    const now = this.around.outside.now();
    const latency = this.#latency.isDue(now);
    try {
      const reading = await within(answerMs, (until) => this.parts.source.read({ latency }, until), signal);
      const fault = this.#faultOf(reading);
      if (fault !== undefined) return { fault };
      if (latency) this.#latency.struck(now);
      return { reading };
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      // what the port promises explains itself; of anything else the stack is wanted
      return error instanceof TrafficUnavailable ? { fault } : { fault, error };
    }
  }

  /** Why a reading says nothing of traffic. */
  #faultOf({ at, proxies, missing }: TrafficReading): string | undefined {
    if (proxies.length === 0 && !missing.some(({ part }) => part === 'proxies'))
      return 'no proxy is scraped: is it the Prometheus of the mesh, and the right scrape job?';
    const behindMs = this.#newestAt - at;
    if (behindMs > toleratedMs)
      return `the clock of the source went back: it is ${Math.round(behindMs / 1000)} s behind what it said before`;
    const early = at - this.around.outside.now();
    if (early > aheadMs)
      return `the clock of the source is ${Math.round(early / 1000)} s ahead of ours: set one of the two right`;
    return undefined;
  }

  #outcomeOf({ at, missing, incomplete }: TrafficReading): PollOutcome {
    if (at <= this.#newestAt) return 'repeated';
    return missing.length > 0 || incomplete !== undefined ? 'partial' : 'whole';
  }
}
