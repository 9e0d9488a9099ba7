import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { desiredStatesFold } from '@mcp/desired-state';
import { openEmbeddedLog, type EventLog } from '@mcp/event-log';
import { meshGraphFold } from '@mcp/graph';
import { Projection, type Fold } from '@mcp/projections';
import { connectRedisLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import { ledgerFold, refusalsFold } from '@mcp/traffic';
import type { Benchmark, Row } from './benchmark.js';
import { Child } from './child.js';
import { interleaved, pairedRatio, spreadOf } from './figures.js';
import { ToldMesh } from './mesh/told-mesh.js';
import { writeCallingLog, writeLog } from './mesh/write-log.js';
import type { ApiInput, ApiReady } from './processes/api.js';
import { ms, number, ratio } from './words.js';

const tailEvents = 20_000;

export const start: Benchmark = {
  name: 'start',
  title: 'Start from a snapshot and a tail',
  async run({ quick }) {
    const services = quick ? 200 : 10_000;
    const rounds = quick ? 2 : 5;
    const tail = quick ? 1_000 : tailEvents;
    const server = await RedisServer.start({ settings: { appendfsync: 'everysec' } });
    const dataDir = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
    try {
      const openers = {
        Redis: () => connectRedisLog({ url: server.url, mesh: 'bench' }),
        embedded: () => openEmbeddedLog({ dataDir, mesh: 'bench' }),
      };
      const places = { Redis: { redisUrl: server.url }, embedded: { dataDir } };
      const rows: Row[] = [];
      let [events, edges] = [0, 0];
      for (const place of ['Redis', 'embedded'] as const) {
        const log = await openers[place]();
        ({ events, edges } = await prepare(log, services, tail));
        await log.close();
        rows.push(...(await starts(place, places[place], rounds)));
      }
      return {
        rows,
        notes: [
          `${number(services)} services and their pods, ${number(edges)} edges, ${number(events)} events recorded by the collector, snapshots ${number(tail)} events before the end.`,
          'Ready: the API answers. Counted from the opening of the log; a process of its own for each start, whose imports come before that.',
          'Baseline: the same start without snapshots, from the first event.',
          `${rounds} rounds.`,
        ],
      };
    } finally {
      await server.stop();
      rmSync(dataDir, { recursive: true });
    }
  },
};

async function starts(place: string, log: ApiInput['log'], rounds: number): Promise<Row[]> {
  const whole: number[] = [];
  const blocks: number[] = [];
  const measured = await interleaved(rounds, {
    ours: async () => {
      const { sinceOpenMs, sinceStartMs, longestBlockMs } = await startOnce({ log });
      whole.push(sinceStartMs);
      blocks.push(longestBlockMs);
      return sinceOpenMs;
    },
    baseline: async () => (await startOnce({ log, withoutSnapshots: true })).sinceOpenMs,
  });
  const spread = spreadOf(measured.ours);
  return [
    {
      what: `${place}: opening the log to ready`,
      ours: ms(spread),
      baseline: ms(spreadOf(measured.baseline)),
      ratio: ratio(pairedRatio(measured.ours, measured.baseline)),
      target: '< 2 s',
      met: spread.median < 2_000,
    },
    { what: `${place}: start of the process to ready`, ours: ms(spreadOf(whole)), baseline: '' },
    { what: `${place}: longest block of the event loop meanwhile`, ours: ms(spreadOf(blocks)), baseline: '' },
  ];
}

async function startOnce(input: ApiInput): Promise<ApiReady> {
  const api = Child.start('api', input);
  const ready = await api.next<ApiReady>();
  await api.end();
  return ready;
}

/** The mesh and its calls, some life, snapshots, and then the tail. */
async function prepare(
  log: EventLog,
  services: number,
  tail: number,
): Promise<{ readonly events: number; readonly edges: number }> {
  const mesh = new ToldMesh(services);
  const edges = await writeCallingLog(log, mesh);
  await writeLog(log, mesh, (await log.head()).sequence + tail);
  await saveSnapshot(log, meshGraphFold);
  await saveSnapshot(log, desiredStatesFold());
  await saveSnapshot(log, refusalsFold);
  await saveSnapshot(log, ledgerFold);
  await writeLog(log, mesh, (await log.head()).sequence + tail);
  return { events: (await log.head()).sequence, edges };
}

/** A projection saves one when it ends. */
async function saveSnapshot<State>(log: EventLog, fold: Fold<State>): Promise<void> {
  const stop = new AbortController();
  const projection = new Projection({ log, fold });
  const running = projection.run(stop.signal);
  await projection.whenCaughtUp(stop.signal);
  stop.abort();
  await running;
}
