import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog, type EventLog } from '@mcp/event-log';
import { changesBetween, diff, meshGraphFold, type MeshGraph } from '@mcp/graph';
import { Projection } from '@mcp/projections';
import { connectRedisLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import type { Benchmark, Row } from './benchmark.js';
import { interleaved, pairedRatio, spreadOf, timed } from './figures.js';
import { ToldMesh } from './mesh/told-mesh.js';
import { writeLog } from './mesh/write-log.js';
import { mebibytes, ms, number, ratio } from './words.js';

/** One after the other, they go through the whole log, and no two of a run are the same place. */
const goldenRatio = 0.618;
const targetMs = 3_000;

export const timeTravel: Benchmark = {
  name: 'time-travel',
  title: 'A moment of the past',
  async run({ quick }) {
    const rounds = quick ? 3 : 9;
    const services = quick ? 100 : 10_000;
    const events = quick ? 10_000 : 1_000_000;
    const snapshotEveryEvents = events / 5;
    const server = await RedisServer.start({ settings: { appendfsync: 'everysec' } });
    const dataDir = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
    try {
      const openers = {
        Redis: () => connectRedisLog({ url: server.url, mesh: 'bench' }),
        embedded: () => openEmbeddedLog({ dataDir, mesh: 'bench' }),
      };
      const rows: Row[] = [];
      const sizes: number[] = [];
      for (const place of ['Redis', 'embedded'] as const) {
        const log = await openers[place]();
        await writeLog(log, new ToldMesh(services), events);
        await followOnce(log, snapshotEveryEvents);
        sizes.push(await snapshotBytes(log));
        rows.push(await looksBack(place, log, rounds), await compares(place, log, quick ? 1_000 : 200_000));
        await log.close();
      }
      return {
        rows,
        notes: [
          `The graph of ${number(services)} services and their pods at ${rounds} places all over a log of ${number(events)} events, a snapshot every ${number(snapshotEveryEvents)}; the newest takes ${mebibytes(spreadOf(sizes).max)}.`,
          'Ours: `Projection.at(position)`. Baseline: the same places without snapshots, from the first event; of a difference, both graphs so, and each entity compared as a whole.',
        ],
      };
    } finally {
      await server.stop();
      rmSync(dataDir, { recursive: true });
    }
  },
};

async function looksBack(place: string, log: EventLog, rounds: number): Promise<Row> {
  const { sequence } = await log.head();
  let [ours, baseline] = [0, 0];
  const lookBack = async (from: EventLog, turn: number) => {
    const at = await placeAt(log, Math.ceil(sequence * ((turn * goldenRatio) % 1)));
    return timed(() => new Projection({ log: from, fold: meshGraphFold }).at(at));
  };
  const measured = await interleaved(rounds, {
    ours: () => lookBack(log, ++ours),
    baseline: () => lookBack(withoutSnapshots(log), ++baseline),
  });
  const spread = spreadOf(measured.ours);
  return {
    what: `${place}: a place of the past`,
    ours: ms(spread),
    baseline: ms(spreadOf(measured.baseline)),
    ratio: ratio(pairedRatio(measured.ours, measured.baseline)),
    target: '< 3 s at most',
    met: spread.max < targetMs,
  };
}

/** Fewer rounds than of looks back: the baseline of one takes minutes. */
const comparisons = 3;

async function compares(place: string, log: EventLog, events: number): Promise<Row> {
  const { sequence } = await log.head();
  const ends = [await placeAt(log, sequence - events), await placeAt(log, sequence)] as const;
  const between = async (from: EventLog, differ: (before: MeshGraph, after: MeshGraph) => unknown) => {
    const projection = new Projection({ log: from, fold: meshGraphFold });
    const [before, after] = [await projection.at(ends[0]), await projection.at(ends[1])];
    differ(before.state, after.state);
  };
  const measured = await interleaved(comparisons, {
    ours: () => timed(() => between(log, (a, b) => [...changesBetween(a.entities(), b.entities())])),
    baseline: () => timed(() => between(withoutSnapshots(log), (a, b) => diff(a.entities(), b.entities()))),
  });
  const spread = spreadOf(measured.ours);
  return {
    what: `${place}: the difference over a day, ${number(events)} events`,
    ours: ms(spread),
    baseline: ms(spreadOf(measured.baseline)),
    ratio: ratio(pairedRatio(measured.ours, measured.baseline)),
    target: '< 6 s at most',
    met: spread.max < 2 * targetMs,
  };
}

/** A projection saves its snapshots on the way. */
async function followOnce(log: EventLog, snapshotEveryEvents: number): Promise<void> {
  const stop = new AbortController();
  const projection = new Projection({ log, fold: meshGraphFold, snapshotEveryEvents });
  const running = projection.run(stop.signal);
  await projection.whenCaughtUp(stop.signal);
  stop.abort();
  await running;
}

async function placeAt(log: EventLog, sequence: number) {
  for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' })) {
    const event = batch.find(({ position }) => position.sequence === sequence);
    if (event !== undefined) return event.position;
  }
  throw new Error(`there is no event ${sequence}`);
}

async function snapshotBytes(log: EventLog): Promise<number> {
  const newest = await log.snapshots.load(meshGraphFold.name, meshGraphFold.version);
  return newest?.chunks.reduce((sum, { length }) => sum + length, 0) ?? 0;
}

function withoutSnapshots(log: EventLog): EventLog {
  const snapshots = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };
  return new Proxy(log, {
    get(whole, name) {
      if (name === 'snapshots') return snapshots;
      const member: unknown = Reflect.get(whole, name, whole);
      return typeof member === 'function' ? (member.bind(whole) as unknown) : member;
    },
  });
}
