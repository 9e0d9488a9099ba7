import { randomUUID } from 'node:crypto';
import {
  LogUnavailable,
  pageCount,
  type PageRange,
  PagedTrafficSeries,
  type PagesOfOneTime,
  type SeriesResolution,
  seriesResolutions,
  type SeriesRetention,
  type SeriesStorage,
  type StoredPage,
  type TrafficSeries,
} from '@mcp/event-log';
import { Commands } from './commands.js';
import { meshKeys, type MeshKeys } from './keys.js';
import type { RedisPlace } from './place.js';

export type RedisSeriesOptions = RedisPlace & {
  readonly mesh: string;
  readonly retention?: SeriesRetention;
};

/**
 * The series of a mesh on a Redis server, over a connection of its own, so that no append of an event waits behind a long read. It is
 * opened by its first use. A server that evicts its keys makes holes.
 */
export function redisSeries(options: RedisSeriesOptions): TrafficSeries {
  const keys = meshKeys(options.mesh);
  const storage = new RedisSeriesStorage(new Commands(options, keys, 'mcp-series'), keys);
  return new PagedTrafficSeries(storage, options.retention);
}

const shards = Array.from({ length: pageCount }, (_, shard) => shard);

/** Streams with entry ids `<time>-0`: one for each shard's pages, one for what was put when. */
class RedisSeriesStorage implements SeriesStorage {
  constructor(
    private readonly commands: Commands,
    private readonly keys: MeshKeys,
  ) {}

  async put(resolution: SeriesResolution, { at, header, points, pages }: PagesOfOneTime): Promise<boolean> {
    const keys = [this.keys.seriesPuts(resolution)];
    for (const shard of pages.keys()) keys.push(this.keys.seriesPages(resolution, shard));
    const args = [keys.length, ...keys, at, header, points, randomUUID()];
    const put = await this.commands.ask('append to the series', (redis) =>
      redis.mcpPutPages([...args, ...Array.from(pages.values(), (page) => Buffer.from(page))]),
    );
    return put === 1;
  }

  async newest(resolution: SeriesResolution) {
    const key = this.keys.seriesPuts(resolution);
    const [entry] = await this.commands.ask('read of the series', (redis) =>
      redis.xrevrange(key, '+', '-', 'COUNT', 1),
    );
    if (entry === undefined) return undefined;
    const [id, [, header = '']] = entry;
    return { at: timeOf(id), header };
  }

  async pages(
    resolution: SeriesResolution,
    shard: number,
    { from, to, limit }: PageRange,
  ): Promise<StoredPage[]> {
    const key = this.keys.seriesPages(resolution, shard);
    const entries = await this.commands.ask('read of the series', (redis) =>
      redis.xrangeBuffer(key, `${from}-0`, `(${to}-0`, 'COUNT', limit),
    );
    return entries.map(([id, [, page]]) => ({ at: timeOf(id.toString()), bytes: page ?? Buffer.alloc(0) }));
  }

  async drop(resolution: SeriesResolution, below: number): Promise<void> {
    const { seriesPuts, seriesPages } = this.keys;
    await this.commands.ask('trim of the series', async (redis) => {
      const pipeline = redis.pipeline();
      pipeline.xtrim(seriesPuts(resolution), 'MINID', `${below}-0`);
      for (const shard of shards) pipeline.xtrim(seriesPages(resolution, shard), 'MINID', `${below}-0`);
      return answersOf(await pipeline.exec());
    });
  }

  async putCheckpoint(checkpoint: Uint8Array): Promise<void> {
    await this.commands.ask('save a checkpoint', (redis) =>
      redis.set(this.keys.seriesCheckpoint, Buffer.from(checkpoint)),
    );
  }

  async checkpoint(): Promise<Uint8Array | undefined> {
    const found = await this.commands.ask('read of the checkpoint', (redis) =>
      redis.getBuffer(this.keys.seriesCheckpoint),
    );
    return found ?? undefined;
  }

  async size() {
    const [puts, used] = await this.commands.ask('read of the size', async (redis) => {
      const [asked, weighed] = [redis.pipeline(), redis.pipeline()];
      for (const resolution of seriesResolutions) {
        const key = this.keys.seriesPuts(resolution);
        asked.xrange(key, '-', '+');
        weighed.memory('USAGE', key);
        for (const shard of shards) weighed.memory('USAGE', this.keys.seriesPages(resolution, shard));
      }
      return [answersOf(await asked.exec()), answersOf(await weighed.exec())];
    });
    const pointsOf = (entries: unknown) =>
      (entries as [id: string, fields: string[]][]).map(([, fields]) => Number(fields[3]));
    return {
      points: puts.flatMap(pointsOf).reduce((sum, points) => sum + points, 0),
      bytes: used.reduce<number>((sum, bytes) => sum + Number(bytes), 0),
    };
  }

  async close(): Promise<void> {
    this.commands.close();
  }
}

function timeOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

/** Fails with the first error of a pipeline. */
function answersOf(results: readonly (readonly [Error | null, unknown])[] | null): unknown[] {
  if (results === null) throw new LogUnavailable('read of the series');
  return results.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
