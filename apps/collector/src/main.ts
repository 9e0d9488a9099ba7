import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { openTrafficSource, settingsBetweenMeshAndLog, startBetweenMeshAndLog } from '@mcp/adapters';
import { readSettings, runApp, SimulationSettings, SourceSettings, TrafficSettings } from '@mcp/runtime';
import { Collector } from './collector.js';
import { CollectorModule } from './collector.module.js';
import { trafficParts } from './traffic/traffic-parts.js';

await runApp({
  name: 'collector',
  summary: 'records in the event log what the cluster is',
  settings: settingsBetweenMeshAndLog,
  start: async (environment, signal) => {
    const settings = readSettings(TrafficSettings, environment);
    const traffic = openTrafficSource(
      settings,
      readSettings(SourceSettings, environment),
      readSettings(SimulationSettings, environment),
    );
    const shared = await startBetweenMeshAndLog('collector', environment);
    const { mesh, opened, parts, logSettings } = shared;
    const { logger, health, metrics, tracing } = parts;
    const app = await NestFactory.createApplicationContext(
      CollectorModule.create({
        log: opened.log,
        board: opened.board,
        source: mesh.clusterSource(metrics),
        traffic: trafficParts(traffic, opened.series, settings),
        leadership: mesh.leadership('collector'),
        logger,
        tracer: tracing.tracer,
        health,
        metrics,
        kept: logSettings,
      }),
      { logger: false },
    );
    const collector = app.get(Collector);
    health.started();
    logger.info('collector started', { source: mesh.place, log: opened.place });
    const done = collector.run(signal).finally(async () => {
      await app.close();
      await traffic.close();
      await shared.close();
    });
    return { done };
  },
});
