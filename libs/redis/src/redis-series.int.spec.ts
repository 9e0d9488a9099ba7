import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CutProxy, RedisServer } from '@mcp/testing';
import { Redis } from 'ioredis';
import { edge, pollAt, seconds } from '../../event-log/src/contract/series-under-test.contract.js';
import type { TrafficSeries } from '@mcp/event-log';
import type { EdgeSample } from '@mcp/mesh';
import { trafficSeriesContract } from '../../event-log/src/traffic-series.contract.js';
import { redisSeries } from './index.js';
import { meshKeys } from './keys.js';
import { redisShapes, type RedisShape } from './redis-shape.contract.js';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await RedisServer.start();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

describe.each(Object.entries(redisShapes))('on %s,', (_name, startShape) => {
  let shape: RedisShape;
  beforeAll(async () => {
    shape = await startShape();
  }, 60_000);
  afterAll(() => shape.stop());

  trafficSeriesContract('the series', async () => {
    const { place, raw } = shape;
    const mesh = randomUUID();
    const keys = meshKeys(mesh);
    const open = async () => redisSeries({ ...place, mesh });
    return {
      open: async (retention) => redisSeries({ ...place, mesh, ...(retention && { retention }) }),
      another: open,
      damage: async (series, damage) => {
        await series.close();
        if (damage.kind === 'lose puts') await raw.del(keys.seriesPuts('poll'));
        else {
          const key = keys.seriesPages(damage.resolution, damage.shard);
          const id = `${damage.at}-0`;
          if (damage.kind === 'lose page') await raw.xdel(key, id);
          else {
            // entries cannot be changed in place: the stream is written anew
            const entries = await raw.xrangeBuffer(key, '-', '+');
            await raw.del(key);
            for (const [at, fields] of entries)
              await raw.xadd(key, at, ...(at.toString() === id ? ['page', 'torn'] : fields));
          }
        }
        return open();
      },
      cleanup: async () => undefined,
    };
  });
});

describe('the series on a Redis server', () => {
  const newSeries = (url: string, mesh: string = randomUUID()) => {
    const series = redisSeries({ url, mesh });
    return { series, keys: meshKeys(mesh) };
  };
  const read = async (series: TrafficSeries) => {
    const { points } = await series.read({ edges: [edge], from: 0, to: Infinity, resolution: 'poll' });
    return points.get(edge)?.map(({ sample }) => sample.p50Ms) ?? [];
  };

  it('has all that it keeps under the hash tag of its mesh', async () => {
    const mesh = randomUUID();
    const { series } = newSeries(server.url, mesh);
    const before = new Set(await redis.keys('*'));
    await series.append(pollAt(seconds(0), { [edge]: { p50Ms: 1 } }));
    await series.append(pollAt(seconds(3600), { [edge]: { p50Ms: 1 } }));
    await series.putCheckpoint(new Uint8Array([1]));
    const made = (await redis.keys('*')).filter((key) => !before.has(key));
    // what was put and one shard, of each resolution, and the checkpoint
    expect(made.length).toBe(7);
    expect(made.filter((key) => !key.startsWith(`{mcp:${mesh}}:series`))).toEqual([]);
    await series.close();
  });

  it('that is not there fails with LOG_UNAVAILABLE, whatever is asked', async () => {
    const gone = await RedisServer.start();
    await gone.stop();
    const { series } = newSeries(gone.url);
    const unavailable = { code: 'LOG_UNAVAILABLE' };
    await Promise.all([
      expect(series.append(pollAt(seconds(0), {}))).rejects.toMatchObject(unavailable),
      expect(read(series)).rejects.toMatchObject(unavailable),
      expect(series.latest()).rejects.toMatchObject(unavailable),
      expect(series.trim()).rejects.toMatchObject(unavailable),
      expect(series.size()).rejects.toMatchObject(unavailable),
      expect(series.checkpoint()).rejects.toMatchObject(unavailable),
    ]);
    await series.close();
  });

  it('that refuses writes fails with LOG_UNAVAILABLE, and takes the poll when it has room again', async () => {
    const full = await RedisServer.start({ settings: { maxmemory: '1' } });
    const { series } = newSeries(full.url);
    const poll = pollAt(seconds(0), { [edge]: { p50Ms: 1 } });
    await expect(series.append(poll)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    expect(await series.latest()).toBeUndefined();
    await full.command('CONFIG SET maxmemory 0');
    expect(await series.append(poll)).toBe(true);
    expect(await series.latest()).toEqual(poll);
    await series.close();
    await full.stop();
  });

  it('takes each poll once, and says so, though connections break before the reply', async () => {
    const proxy = await CutProxy.start(server.port);
    const { series } = newSeries(`redis://127.0.0.1:${proxy.port}`);
    const polls = Array.from({ length: 40 }, (_, place) =>
      pollAt(seconds(place), { [edge]: { p50Ms: place } }),
    );
    const cutting = setInterval(() => proxy.cut(), 5);
    const taken: boolean[] = [];
    for (const poll of polls) taken.push(await series.append(poll));
    clearInterval(cutting);
    expect(taken).toEqual(polls.map(() => true));
    expect(await read(series)).toEqual(polls.map((_, place) => place));
    await series.close();
    await proxy.stop();
  });

  it('that evicts what it likes makes holes only', async () => {
    const evicting = await RedisServer.start({
      settings: { 'maxmemory-policy': 'allkeys-random', maxmemory: '2mb', appendonly: 'no' },
    });
    const { series } = newSeries(evicting.url);
    const edges = Array.from(
      { length: 1000 },
      (_, index) => `shop/Deployment/web-${index}>shop/Deployment/cart:80`,
    );
    let at = seconds(0);
    for (let place = 0; place < 80; place += 1, at += 15_000) {
      const sampleOf = (index: number): EdgeSample => ({
        successPerSecond: Math.sin(index * at) ** 2,
        startedPerSecond: Math.cos(index * at) ** 2,
        readBytesPerSecond: Math.sin(index + at) ** 2,
        writtenBytesPerSecond: Math.cos(index + at) ** 2,
        p50Ms: place,
      });
      const samples = Object.fromEntries(edges.map((name, index) => [name, sampleOf(index)]));
      expect(await series.append(pollAt(at, samples))).toBe(true);
    }
    const { points, damagedPages } = await series.read({ edges, from: 0, to: Infinity, resolution: 'poll' });
    const all = [...points.values()].flat();
    expect(damagedPages).toBe(0);
    expect(all.length).toBeGreaterThan(0);
    expect(all.length).toBeLessThan(80 * 1000);
    expect(all.filter(({ at: place, sample }) => sample.p50Ms !== (place - seconds(0)) / 15_000)).toEqual([]);
    await series.trim();
    await series.close();
    await evicting.stop();
  });
});
