import type { EdgeSample } from '@mcp/mesh';
import { EdgeTally } from './edge-tally.js';
import { PageReader } from './page-reader.js';
import { readPollHeader, writePollHeader } from './poll-header.js';
import { beginOf, finestKept, type RollUp, rollUps } from './resolutions.js';
import { pollsColumn, rowOf, sampleOf } from './series-columns.js';
import { encodeRoutes, readRoutes } from './route-pages.js';
import { encodePage } from './series-page.js';
import type { SeriesStorage } from './series-storage.js';
import { byShard, shardCount } from './shards.js';
import {
  defaultSeriesRetention,
  type SeriesAnswer,
  type SeriesAsk,
  type SeriesPoint,
  seriesResolutions,
  type SeriesRetention,
  type SeriesSize,
  type TrafficPoll,
  type TrafficSeries,
} from './traffic-series.js';

const shards = Array.from({ length: shardCount }, (_, shard) => shard);

/**
 * A series of deflated pages: edges are spread over shards by a hash of their keys, and a shard has one page for each poll, minute and
 * hour. It keeps nothing in memory: who opens it next goes on where the last one was, also within a minute.
 */
export class PagedTrafficSeries implements TrafficSeries {
  readonly #reader: PageReader;

  constructor(
    private readonly storage: SeriesStorage,
    private readonly retention: SeriesRetention = defaultSeriesRetention,
  ) {
    this.#reader = new PageReader(storage);
  }

  async append(poll: TrafficPoll): Promise<boolean> {
    const { at, edges, routes = [] } = poll;
    if (!Number.isSafeInteger(at) || at <= 0)
      throw new TypeError(`a poll is at ${at}: not a time in whole milliseconds`);
    const pages = new Map<number, Uint8Array>();
    for (const [shard, samples] of await byShard(edges, ([edge]) => edge))
      pages.set(shard, await encodePage(samples.map(([edge, sample]) => [edge, rowOf(sample)])));
    for (const [page, bytes] of await encodeRoutes(routes)) pages.set(page, bytes);
    const newest = await this.storage.newest('poll');
    if (newest !== undefined)
      for (const each of rollUps)
        if (beginOf(at, each) > newest.at) await this.#rollUp(each, beginOf(newest.at, each));
    return this.storage.put('poll', { at, header: writePollHeader(poll), points: edges.size, pages });
  }

  async latest(): Promise<TrafficPoll | undefined> {
    const newest = await this.storage.newest('poll');
    const header = newest && readPollHeader(newest.header);
    if (newest === undefined || header === undefined) return undefined;
    const { at } = newest;
    const edges = new Map<string, EdgeSample>();
    const reading = shards.map(async (shard) => {
      for await (const { page } of this.#reader.read('poll', shard, at, at + 1))
        for (const [edge, row] of page?.rows() ?? []) edges.set(edge, sampleOf(row));
    });
    await Promise.all(reading);
    const { routes: count, ...seen } = header;
    const routes = count === undefined ? undefined : await readRoutes(this.#reader, at, count);
    return { at, ...seen, edges, ...(routes && { routes }) };
  }

  async read(ask: SeriesAsk): Promise<SeriesAnswer> {
    const [from, to] = [placeOf(ask.from), placeOf(ask.to)];
    const resolution = ask.resolution ?? (await this.#finestKept(from));
    const points = new Map<string, SeriesPoint[]>();
    let damagedPages = 0;
    for (const [shard, edges] of await byShard(new Set(ask.edges), (edge) => edge))
      for await (const { at, page } of this.#reader.read(resolution, shard, from, to)) {
        if (page === undefined) damagedPages += 1;
        for (const edge of edges) {
          const row = page?.row(edge);
          if (row === undefined) continue;
          const point = { at, polls: row[pollsColumn] ?? 1, sample: sampleOf(row) };
          const earlier = points.get(edge);
          if (earlier === undefined) points.set(edge, [point]);
          else earlier.push(point);
        }
      }
    return { resolution, points, damagedPages };
  }

  async trim(): Promise<void> {
    const newest = await this.storage.newest('poll');
    if (newest === undefined) return;
    for (const resolution of seriesResolutions)
      await this.storage.drop(resolution, placeOf(newest.at - this.retention[resolution]));
  }

  putCheckpoint(checkpoint: Uint8Array): Promise<void> {
    return this.storage.putCheckpoint(checkpoint);
  }

  checkpoint(): Promise<Uint8Array | undefined> {
    return this.storage.checkpoint();
  }

  async size(): Promise<SeriesSize> {
    return { ...(await this.storage.size()), damagedPages: this.#reader.damagedPages };
  }

  close(): Promise<void> {
    return this.storage.close();
  }

  async #finestKept(from: number) {
    const newest = await this.storage.newest('poll');
    return newest === undefined ? 'poll' : finestKept(this.retention, newest.at, from);
  }

  /** One shard after the other, page by page, so that others have their turn in between. Where it was done before, it stays as it is. */
  async #rollUp({ from, to, periodMs, final }: RollUp, begin: number): Promise<void> {
    const pages = new Map<number, Uint8Array>();
    let points = 0;
    for (const shard of shards) {
      const tallies = new Map<string, EdgeTally>();
      for await (const { page } of this.#reader.read(from, shard, begin, begin + periodMs))
        for (const [edge, row] of page?.rows() ?? []) {
          const tally = tallies.get(edge) ?? new EdgeTally();
          tally.add(row);
          tallies.set(edge, tally);
        }
      if (tallies.size === 0) continue;
      points += tallies.size;
      pages.set(
        shard,
        await encodePage(Array.from(tallies, ([edge, tally]) => [edge, tally.row({ final })])),
      );
    }
    if (points > 0) await this.storage.put(to, { at: begin, header: '', points, pages });
  }
}

/** The first whole millisecond at or after a time that pages can be at. */
function placeOf(time: number): number {
  if (Number.isNaN(time)) throw new TypeError('a time is NaN');
  return Math.min(Math.max(1, Math.ceil(time)), Number.MAX_SAFE_INTEGER);
}
