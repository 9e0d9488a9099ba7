import type { SeriesAnswer, SeriesAsk, SeriesPoint, TrafficPoll } from '@mcp/event-log';
import type { Samples } from '../src/traffic/samples.js';

/**
 * The polls that a test put in. What is read of it is as a series has it, but for this: only polls are kept, so that minutes and hours
 * are worked out when asked for, of what no series would hold together any more, and only their `successPerSecond`; nothing is ever
 * dropped; the newest minute or hour is there before it is over.
 */
export class RecordedSamples implements Samples {
  readonly #polls: TrafficPoll[] = [];
  /** Makes the next questions fail. */
  fault: Error | undefined;

  put(poll: TrafficPoll): void {
    this.#polls.push(poll);
  }

  async latest(): Promise<TrafficPoll | undefined> {
    await this.#asked();
    return this.#polls.at(-1);
  }

  async read({ edges, from, to, resolution = 'poll' }: SeriesAsk): Promise<SeriesAnswer> {
    await this.#asked();
    const points = new Map<string, SeriesPoint[]>();
    for (const edge of edges) {
      const buckets = new Map<number, TrafficPoll[]>();
      for (const poll of this.#polls) {
        if (!poll.edges.has(edge)) continue;
        const at =
          resolution === 'poll' ? poll.at : Math.floor(poll.at / stepMs[resolution]) * stepMs[resolution];
        if (at >= from && at < to) buckets.set(at, [...(buckets.get(at) ?? []), poll]);
      }
      if (buckets.size === 0) continue;
      points.set(
        edge,
        [...buckets].map(([at, polls]) => ({ at, polls: polls.length, sample: meanOf(polls, edge) })),
      );
    }
    return { resolution, points, damagedPages: 0 };
  }

  async #asked(): Promise<void> {
    await Promise.resolve();
    if (this.fault !== undefined) throw this.fault;
  }
}

const stepMs = { minute: 60_000, hour: 3_600_000 };

function meanOf(polls: readonly TrafficPoll[], edge: string): SeriesPoint['sample'] {
  const [only, ...others] = polls;
  if (others.length === 0) return only?.edges.get(edge) ?? {};
  const sum = polls.reduce((total, poll) => total + (poll.edges.get(edge)?.successPerSecond ?? 0), 0);
  return { successPerSecond: sum / polls.length };
}
