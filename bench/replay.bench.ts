import { meshGraphFold, type MeshGraph } from '@mcp/graph';
import { Projection } from '@mcp/projections';
import { connectRedisLog, type RedisEventLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import { Redis } from 'ioredis';
import type { Benchmark } from './benchmark.js';
import { interleaved, pairedRatio, percentilesOf, spreadOf, timed } from './figures.js';
import { ToldMesh } from './mesh/told-mesh.js';
import { writeLog } from './mesh/write-log.js';
import { mebibytes, number, perSecond, ratio } from './words.js';

const mesh = 'bench';
const stream = `{mcp:${mesh}}:log`;
const pageEvents = 1000;

export const replay: Benchmark = {
  name: 'replay',
  title: 'Replay',
  async run({ quick }) {
    const rounds = quick ? 2 : 9;
    const services = quick ? 100 : 1_000;
    const server = await RedisServer.start({ settings: { appendfsync: 'everysec' } });
    const redis = new Redis(server.url);
    const log = await connectRedisLog({ url: server.url, mesh });
    try {
      await writeLog(log, new ToldMesh(services), quick ? 5_000 : 100_000);
      const events = await redis.xlen(stream);
      const sizes = await eventBytes(redis);
      const rateOf = async (work: () => Promise<unknown>) => events / ((await timed(work)) / 1000);
      let graph: MeshGraph | undefined;
      const measured = await interleaved(rounds, {
        decoded: () => rateOf(() => readBare(redis)),
        read: () => rateOf(() => readThrough(log)),
        folded: () => rateOf(async () => (graph = await fold(log))),
        derived: () => rateOf(async () => (await fold(log)).entities()),
      });
      const baseline = perSecond(spreadOf(measured.decoded));
      const row = (what: string, rates: readonly number[]) => {
        const ratios = pairedRatio(rates, measured.decoded);
        const cells = { what, ours: perSecond(spreadOf(rates)), baseline, ratio: ratio(ratios) };
        return { ...cells, target: '≥ 0.5', met: ratios.median >= 0.5 };
      };
      return {
        rows: [
          row('read, checked and upcast', measured.read),
          row('folded into the graph', measured.folded),
          row('folded, and everything derived from it', measured.derived),
        ],
        notes: [
          `${number(events)} events that the collector recorded of ${number(services)} services, their rollouts and flapping pods, on Redis; ${number(graph?.entities().length ?? 0)} entities in the graph.`,
          `An event as JSON: p50 ${number(sizes.p50)}, p90 ${number(sizes.p90)}, p99 ${number(sizes.p99)}, most ${number(sizes.max)} bytes; ${mebibytes(sizes.sum)} in all.`,
          'Baseline: XRANGE of 1,000 entries at a time by ioredis, the next page asked for while this one goes through JSON.parse.',
          'Folded: `Projection.at(head)` without a snapshot, which pauses every 15 ms.',
          `${rounds} rounds.`,
        ],
      };
    } finally {
      await log.close();
      redis.disconnect();
      await server.stop();
    }
  },
};

async function readBare(redis: Redis): Promise<number> {
  const page = (from: string) => redis.xrange(stream, from, '+', 'COUNT', pageEvents);
  let parsed = 0;
  let coming: ReturnType<typeof page> | undefined = page('-');
  while (coming !== undefined) {
    const entries: Awaited<ReturnType<typeof page>> = await coming;
    const last = entries.at(-1);
    coming = entries.length < pageEvents || last === undefined ? undefined : page(`(${last[0]}`);
    for (const [, fields] of entries) if (JSON.parse(fields[3] ?? '') !== undefined) parsed += 1;
  }
  return parsed;
}

async function readThrough(log: RedisEventLog): Promise<number> {
  let read = 0;
  for await (const events of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
    read += events.length;
  return read;
}

async function fold(log: RedisEventLog): Promise<MeshGraph> {
  const projection = new Projection({ log, fold: meshGraphFold });
  return (await projection.at(await log.head())).state;
}

async function eventBytes(redis: Redis) {
  const sizes: number[] = [];
  for (let from = '-'; ;) {
    const entries = await redis.xrange(stream, from, '+', 'COUNT', pageEvents);
    for (const [, fields] of entries) sizes.push(Buffer.byteLength(fields[3] ?? ''));
    const last = entries.at(-1);
    if (last === undefined) break;
    from = `(${last[0]}`;
  }
  return { ...percentilesOf(sizes), sum: sizes.reduce((sum, size) => sum + size, 0) };
}
