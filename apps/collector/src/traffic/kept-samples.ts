import type { TrafficSeries } from '@mcp/event-log';
import type { EdgeSample } from '@mcp/mesh';
import { mapInSlices } from '@mcp/runtime';
import type { TrafficReading } from '@mcp/sources';
import type { MeasuredEdges } from '@mcp/traffic';
import { checkpointOf, type TrafficMemory } from './traffic-memory.js';
import type { TrafficSurroundings } from './traffic-task.js';
import { Trouble } from './trouble.js';

/** What is kept of readings beside the log. It may be lost: facts do not hang on it, so no fault of the series ends anything. */
export class KeptSamples {
  readonly #trouble: Trouble;

  constructor(
    private readonly series: TrafficSeries,
    private readonly around: Pick<TrafficSurroundings, 'log' | 'logger'>,
  ) {
    this.#trouble = new Trouble(around.logger, {
      begins: 'samples of traffic cannot be kept',
      ends: 'samples of traffic are kept again',
    });
  }

  async append({ at, windowMs }: TrafficReading, { edges, routes, seen }: MeasuredEdges): Promise<void> {
    const { proxiesSeen, meshedPods } = seen;
    const samples = new Map<string, EdgeSample>();
    await mapInSlices(edges, ({ key, sample }) => {
      if (sample !== undefined) samples.set(key, sample);
    });
    const poll = { at, windowMs, proxiesSeen, meshedPods, edges: samples, ...(routes && { routes }) };
    await this.#try('store samples', () => this.series.append(poll));
  }

  /** Drops what is old, and stores what the next reader counts on from. */
  async settle(memory: TrafficMemory): Promise<void> {
    await this.putCheckpoint(memory);
    await this.#try('drop old samples', () => this.series.trim());
  }

  async putCheckpoint(memory: TrafficMemory): Promise<void> {
    await this.#try('store the checkpoint of counters', async () =>
      this.series.putCheckpoint(await checkpointOf(memory, await this.around.log.identity())),
    );
  }

  /** Into a memory that has folded the log and counted nothing. Fails with `LogUnavailable`: without it, counts would be lost. */
  async takeCheckpoint(memory: TrafficMemory): Promise<void> {
    const { log, logger } = this.around;
    const identity = await log.identity();
    const bytes = await this.series.checkpoint();
    const taken = bytes && (await memory.take(bytes, identity));
    if (taken?.taken === false)
      logger.warn('the checkpoint of counters is not used', { reason: taken.reason });
  }

  async #try(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.#trouble.worked();
    } catch (error) {
      this.#trouble.failed({ what, error });
    }
  }
}
