import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { KubernetesAuthorizer } from '@mcp/access';
import { manifestToCommit, settingsBetweenMeshAndLog, startBetweenMeshAndLog } from '@mcp/adapters';
import { runApp } from '@mcp/runtime';
import { Reconciler } from './reconciler.js';
import { ReconcilerModule } from './reconciler.module.js';

await runApp({
  name: 'reconciler',
  summary: 'applies to the cluster what was asked for, and records what its apply did',
  settings: settingsBetweenMeshAndLog,
  start: async (environment, signal) => {
    const shared = await startBetweenMeshAndLog('reconciler', environment);
    const { mesh, opened, parts } = shared;
    const { logger, health, metrics, tracing } = parts;
    const app = await NestFactory.createApplicationContext(
      ReconcilerModule.create({
        log: opened.log,
        board: opened.board,
        target: mesh.policyTarget(),
        authorizer: new KubernetesAuthorizer(mesh.accessReviews()),
        identity: () => mesh.identity(),
        leadership: mesh.leadership('reconciler'),
        manifestOf: manifestToCommit,
        logger,
        tracer: tracing.tracer,
        health,
        metrics,
      }),
      { logger: false },
    );
    const reconciler = app.get(Reconciler);
    health.started();
    logger.info('reconciler started', { target: mesh.place, log: opened.place });
    const done = reconciler.run(signal).finally(async () => {
      await app.close();
      await shared.close();
    });
    return { done };
  },
});
