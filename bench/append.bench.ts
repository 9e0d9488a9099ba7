import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog, type EventLog, type Write } from '@mcp/event-log';
import { connectRedisLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import { Redis } from 'ioredis';
import { open } from 'lmdb';
import type { Benchmark, Row } from './benchmark.js';
import { interleaved, pairedRatio, percentilesOf, spreadOf, timed } from './figures.js';
import { ToldMesh } from './mesh/told-mesh.js';
import { writeLog } from './mesh/write-log.js';
import { number, perSecond, ratio } from './words.js';

/** Events of one append, and appends that are under way at once. */
interface Shape {
  readonly batch: number;
  readonly inFlight: number;
  readonly events: number;
}

const shapes: readonly Shape[] = [
  { batch: 1, inFlight: 1, events: 3_000 },
  { batch: 1, inFlight: 64, events: 10_000 },
  { batch: 10, inFlight: 1, events: 10_000 },
  { batch: 10, inFlight: 8, events: 20_000 },
  { batch: 100, inFlight: 1, events: 20_000 },
  { batch: 500, inFlight: 1, events: 20_000 },
];

/** Every durable append of the embedded log waits for the disk, so there are fewer of the small ones. */
const embeddedShapes: readonly Shape[] = [
  { batch: 1, inFlight: 1, events: 200 },
  { batch: 1, inFlight: 64, events: 2_000 },
  { batch: 10, inFlight: 1, events: 1_000 },
  { batch: 10, inFlight: 8, events: 4_000 },
  { batch: 500, inFlight: 1, events: 10_000 },
];

export const append: Benchmark = {
  name: 'append',
  title: 'Append',
  async run({ quick }) {
    const rounds = quick ? 2 : 7;
    const recorded = await recordedEvents();
    const bytes = percentilesOf(recorded.map(({ event }) => Buffer.byteLength(JSON.stringify(event))));
    const scaled = (shape: Shape) => (quick ? { ...shape, events: Math.ceil(shape.events / 10) } : shape);
    const rows: Row[] = [];
    for (const shape of shapes.map(scaled)) rows.push(await onRedis(shape, rounds, recorded));
    for (const shape of embeddedShapes.map(scaled)) rows.push(await embedded(shape, rounds, recorded));
    return {
      rows,
      notes: [
        `Events that the collector recorded, each about a subject of its own; as JSON p50 ${number(bytes.p50)}, p99 ${number(bytes.p99)}, most ${number(bytes.max)} bytes.`,
        'Redis: append-only file on, `appendfsync everysec`, the setting in which the server itself costs least. Baseline: one pipeline of bare XADDs of the same JSON for each append, by ioredis.',
        'Embedded: every append is on the disk before it is acknowledged. Baseline: bare puts of the same JSON by lmdb, in one transaction for each append.',
        `${rounds} rounds.`,
      ],
    };
  },
};

async function onRedis(shape: Shape, rounds: number, recorded: readonly Write[]): Promise<Row> {
  const server = await RedisServer.start({ settings: { appendfsync: 'everysec' } });
  const redis = new Redis(server.url);
  try {
    const measured = await interleaved(rounds, {
      ours: async () => {
        await redis.flushall();
        const log = await connectRedisLog({ url: server.url, mesh: 'bench' });
        const rate = await appendRate(log, shape, recorded);
        await log.close();
        return rate;
      },
      baseline: async () => {
        await redis.flushall();
        return eventRate(shape, batchesOf(shape, recorded), async (writes) => {
          const pipeline = redis.pipeline();
          for (const { event } of writes) pipeline.xadd('bare', '*', 'e', JSON.stringify(event));
          await pipeline.exec();
        });
      },
    });
    return rowOf('Redis', shape, measured);
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

async function embedded(shape: Shape, rounds: number, recorded: readonly Write[]): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
  const bare = open<string, number>({ path: join(folder, 'bare') });
  const log = await openEmbeddedLog({ dataDir: join(folder, 'log'), mesh: 'bench' });
  let key = 0;
  try {
    const measured = await interleaved(rounds, {
      ours: () => appendRate(log, shape, recorded),
      baseline: () =>
        eventRate(shape, batchesOf(shape, recorded), async (writes) => {
          await bare.transaction(() => {
            for (const { event } of writes) void bare.put((key += 1), JSON.stringify(event));
          });
        }),
    });
    return rowOf('embedded', shape, measured);
  } finally {
    await log.close();
    await bare.close();
    rmSync(folder, { recursive: true });
  }
}

function rowOf(
  place: string,
  { batch, inFlight }: Shape,
  measured: Record<'ours' | 'baseline', number[]>,
): Row {
  const ratios = pairedRatio(measured.ours, measured.baseline);
  return {
    what: `${place}: ${batch} ${batch === 1 ? 'event' : 'events'} an append, ${inFlight} at once`,
    ours: perSecond(spreadOf(measured.ours)),
    baseline: perSecond(spreadOf(measured.baseline)),
    ratio: ratio(ratios),
    ...(batch >= 10 && place === 'Redis' && { target: '≥ 0.5', met: ratios.median >= 0.5 }),
  };
}

function appendRate(log: EventLog, shape: Shape, recorded: readonly Write[]): Promise<number> {
  return eventRate(shape, batchesOf(shape, recorded), (writes) => log.append({ writes }));
}

/** Events a second, with so many batches under way at once. */
async function eventRate(
  { events, inFlight }: Shape,
  batches: readonly (readonly Write[])[],
  write: (writes: readonly Write[]) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const writer = async () => {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) await write(batch);
  };
  const tookMs = await timed(() => Promise.all(Array.from({ length: inFlight }, writer)));
  return events / (tookMs / 1000);
}

/** Each event about another subject, that does not exist yet. */
function batchesOf({ batch, events }: Shape, recorded: readonly Write[]): readonly (readonly Write[])[] {
  const round = randomUUID();
  return Array.from({ length: events / batch }, (_, number) =>
    Array.from({ length: batch }, (_, index) => {
      const place = number * batch + index;
      const { subject, event } = recorded[place % recorded.length]!;
      return { subject: `${subject}/${round}/${place}`, expectedVersion: 0, event };
    }),
  );
}

async function recordedEvents(): Promise<readonly Write[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
  const log = await openEmbeddedLog({ dataDir: folder, mesh: 'bench' });
  const writes: Write[] = [];
  try {
    await writeLog(log, new ToldMesh(200), 5_000);
    for await (const events of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
      for (const { subject, subjectVersion: _, recordedAt: __, position: ___, ...event } of events)
        writes.push({ subject, expectedVersion: 0, event });
  } finally {
    await log.close();
    rmSync(folder, { recursive: true });
  }
  return writes;
}
