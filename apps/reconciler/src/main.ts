import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { manifestToCommit, meshSource, openSharedLog } from '@mcp/adapters';
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
import { Reconciler } from './reconciler.js';
import { ReconcilerModule } from './reconciler.module.js';

await runApp({
  name: 'reconciler',
  summary: 'applies to the cluster what was asked for, and records what its apply did',
  settings: [ProcessSettings, EventLogSettings, SourceSettings, SimulationSettings, LeadershipSettings],
  start: async (environment, signal) => {
    const logSettings = readSettings(EventLogSettings, environment);
    const mesh = await meshSource(
      readSettings(SourceSettings, environment),
      readSettings(SimulationSettings, environment),
      readSettings(LeadershipSettings, environment),
    );
    const { logger, health, metrics, operations } = await startProcessParts('reconciler', environment);
    const opened = await openSharedLog(logSettings, health);
    const app = await NestFactory.createApplicationContext(
      ReconcilerModule.create({
        log: opened.log,
        board: opened.board,
        target: mesh.policyTarget(),
        identity: () => mesh.identity(),
        leadership: mesh.leadership('reconciler'),
        manifestOf: manifestToCommit,
        logger,
        health,
        metrics,
      }),
      { logger: false },
    );
    const reconciler = app.get(Reconciler);
    health.started();
    logger.info('reconciler started', { target: mesh.place, log: opened.place });
    return {
      done: reconciler.run(signal).finally(async () => {
        await app.close();
        await opened.close();
        await operations.close();
      }),
    };
  },
});
