import 'reflect-metadata';
import { setImmediate as turn } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { EmbeddedRequestBoard, type EventLog } from '@mcp/event-log';
import { Health, Metrics, silentLogger, SoleLeader } from '@mcp/runtime';
import { Collector, CollectorModule } from '../../apps/collector/src/index.js';
import type { ToldMesh } from './told-mesh.js';

/** Has the collector record the mesh, and then its life until the log has so many events. */
export async function writeLog(log: EventLog, mesh: ToldMesh, untilEvents: number): Promise<void> {
  const stop = new AbortController();
  let waiting = () => 0;
  const source = mesh.source(async () => {
    while (waiting() > 0 && !stop.signal.aborted) await turn();
    const { sequence } = await log.head();
    if (sequence >= untilEvents) stop.abort();
    return sequence < untilEvents;
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
      traffic: { absent: 'no part of this benchmark' },
      keepEvents: Number.MAX_SAFE_INTEGER,
    }),
    { logger: false },
  );
  const collector = app.get(Collector);
  waiting = () => collector.waiting;
  await collector.run(stop.signal);
  await app.close();
  await board.close();
}
