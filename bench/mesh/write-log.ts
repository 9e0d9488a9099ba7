import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { EmbeddedRequestBoard, type EventLog, openEmbeddedSeries } from '@mcp/event-log';
import { Health, Metrics, silentLogger, SoleLeader } from '@mcp/runtime';
import { Collector, type CollectorDependencies, CollectorModule } from '../../apps/collector/src/index.js';
import { ToldCalls } from './told-calls.js';
import type { ToldMesh } from './told-mesh.js';

/** Has the collector record the mesh, and then its life until the log has so many events. */
export function writeLog(log: EventLog, mesh: ToldMesh, untilEvents: number): Promise<void> {
  return record(log, mesh, untilEvents, { absent: 'no part of this benchmark' }, () => Promise.resolve());
}

/** Has the collector record the mesh, and then the calls of all its workloads. Answers how many edges these are. */
export async function writeCallingLog(log: EventLog, mesh: ToldMesh): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
  const series = openEmbeddedSeries({ dataDir });
  const calls = new ToldCalls(mesh);
  try {
    const traffic = { source: calls, series, pollMs: 1, rememberDays: 30 };
    await record(log, mesh, 0, traffic, () => calls.tell());
    return calls.edges;
  } finally {
    await series.close();
    rmSync(dataDir, { recursive: true });
  }
}

async function record(
  log: EventLog,
  mesh: ToldMesh,
  untilEvents: number,
  traffic: CollectorDependencies['traffic'],
  whenRecorded: () => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  let waiting = () => 0;
  const source = mesh.source(async () => {
    while (waiting() > 0 && !stop.signal.aborted) await turn();
    const { sequence } = await log.head();
    if (sequence < untilEvents) return true;
    await whenRecorded();
    stop.abort();
    return false;
  });
  const board = new EmbeddedRequestBoard();
  const app = await NestFactory.createApplicationContext(
    CollectorModule.create({
      log,
      board,
      source,
      leadership: new SoleLeader('bench'),
      logger: silentLogger,
      health: new Health(),
      metrics: new Metrics({ ofProcess: false }),
      traffic,
      kept: { keepEvents: Infinity, keepMiB: Infinity, keepDays: 30 },
    }),
    { logger: false },
  );
  const collector = app.get(Collector);
  waiting = () => collector.waiting;
  await collector.run(stop.signal);
  await app.close();
  await board.close();
}
