import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { settingsBetweenMeshAndLog, startBetweenMeshAndLog } from '@mcp/adapters';
import { runApp } from '@mcp/runtime';
import { Collector } from './collector.js';
import { CollectorModule } from './collector.module.js';

await runApp({
  name: 'collector',
  summary: 'records in the event log what the cluster is',
  settings: settingsBetweenMeshAndLog,
  start: async (environment, signal) => {
    const shared = await startBetweenMeshAndLog('collector', environment);
    const { mesh, opened, parts, logSettings } = shared;
    const { logger, health, metrics } = parts;
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
    const done = collector.run(signal).finally(async () => {
      await app.close();
      await shared.close();
    });
    return { done };
  },
});
