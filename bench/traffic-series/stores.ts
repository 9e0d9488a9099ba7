import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openEmbeddedSeries,
  type PagesOfOneTime,
  type SeriesResolution,
  type TrafficSeries,
} from '@mcp/event-log';
import { redisSeries } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import { Redis } from 'ioredis';
import { open } from 'lmdb';

/** A store with a series in it, and the same store bare. */
export interface SeriesStore {
  readonly place: string;
  readonly series: TrafficSeries;
  /** The same bytes, by the store's own client: where the series looks for them, or beside it. */
  putBare(resolution: SeriesResolution | 'beside', pages: PagesOfOneTime): Promise<void>;
  /** How many bytes it gives for one shard. */
  readBare(resolution: SeriesResolution, shard: number, from: number, to: number): Promise<number>;
  close(): Promise<void>;
}

export async function redisStore(): Promise<SeriesStore> {
  const server = await RedisServer.start({ settings: { appendfsync: 'everysec' } });
  const redis = new Redis(server.url);
  const series = redisSeries({ url: server.url, mesh: 'bench' });
  const keyOf = (resolution: string, shard: number) => `{mcp:bench}:series:${resolution}:${shard}`;
  return {
    place: 'Redis',
    series,
    async putBare(resolution, { at, pages }) {
      const pipeline = redis.pipeline();
      for (const [shard, page] of pages)
        pipeline.xadd(keyOf(resolution, shard), `${at}-0`, 'page', Buffer.from(page));
      await pipeline.exec();
    },
    async readBare(resolution, shard, from, to) {
      const entries = await redis.xrangeBuffer(keyOf(resolution, shard), from, `(${to}-0`);
      return entries.reduce((sum, [, [, page]]) => sum + (page?.length ?? 0), 0);
    },
    async close() {
      await series.close();
      redis.disconnect();
      await server.stop();
    },
  };
}

export async function embeddedStore(): Promise<SeriesStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
  const series = openEmbeddedSeries({ dataDir });
  const beside = open({ path: join(dataDir, 'beside') });
  const root = open({ path: join(dataDir, 'traffic'), maxDbs: 3 });
  type Pages = ReturnType<typeof root.openDB<Buffer, [string, number, number]>>;
  const pagesBeside: Pages = beside.openDB('pages', { encoding: 'binary' });
  const own: Pages = root.openDB('pages', { encoding: 'binary' });
  return {
    place: 'embedded',
    series,
    async putBare(resolution, { at, pages }) {
      const table = resolution === 'beside' ? pagesBeside : own;
      await table.transaction(() => {
        for (const [shard, page] of pages) void table.put([resolution, shard, at], Buffer.from(page));
      });
    },
    async readBare(resolution, shard, from, to) {
      let bytes = 0;
      for (const { value } of own.getRange({
        start: [resolution, shard, from],
        end: [resolution, shard, to],
      }))
        bytes += value.length;
      return bytes;
    },
    async close() {
      await series.close();
      await root.close();
      await beside.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}
