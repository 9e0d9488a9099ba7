import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { meshSource, openSharedLog } from '@mcp/adapters';
import {
  EventLogSettings,
  LeadershipSettings,
  ProcessSettings,
  readSettings,
  runApp,
  SimulationSettings,
  SourceSettings,
  startProcessParts,
} from '@mcp/runtime';
import { Collector } from './collector.js';
import { CollectorModule } from './collector.module.js';

await runApp({
  name: 'collector',
  summary: 'records in the event log what the cluster is',
  settings: [ProcessSettings, EventLogSettings, SourceSettings, SimulationSettings, LeadershipSettings],
  start: async (environment, signal) => {
    const logSettings = readSettings(EventLogSettings, environment);
    const mesh = await meshSource(
      readSettings(SourceSettings, environment),
      readSettings(SimulationSettings, environment),
      readSettings(LeadershipSettings, environment),
    );
    const { logger, health, metrics, operations } = await startProcessParts('collector', environment);
    const opened = await openSharedLog(logSettings, health);
    const app = await NestFactory.createApplicationContext(
      CollectorModule.create({
        log: opened.log,
        board: opened.board,
        source: mesh.clusterSource(),
        leadership: mesh.leadership('collector'),
        logger,
        health,
        metrics,
        keepEvents: logSettings.keepEvents,
      }),
      { logger: false },
    );
    const collector = app.get(Collector);
    health.started();
    logger.info('collector started', { source: mesh.place, log: opened.place });
    return {
      done: collector.run(signal).finally(async () => {
        await app.close();
        await opened.close();
        await operations.close();
      }),
    };
  },
});
