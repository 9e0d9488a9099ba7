import { type DynamicModule, Module } from '@nestjs/common';
import { KubernetesAuthorizer } from '@mcp/access';
import type { MeshSource, OpenedLog } from '@mcp/adapters';
import { manifestToCommit } from '@mcp/adapters';
import type { ProcessParts } from '@mcp/runtime';
import { type CollectorDependencies, CollectorModule } from '../../collector/src/index.js';
import { ReconcilerModule } from '../../reconciler/src/index.js';

/** The two apps that have no door of their own; they meet the third only in the log, here too. */
@Module({})
export class AllInOneModule {
  static create(
    { log, board }: OpenedLog,
    mesh: MeshSource,
    traffic: CollectorDependencies['traffic'],
    { logger, health, metrics, tracing: { tracer } }: ProcessParts,
    kept: CollectorDependencies['kept'],
  ): DynamicModule {
    const collector = CollectorModule.create({
      log,
      board,
      source: mesh.clusterSource(metrics),
      traffic,
      leadership: mesh.leadership('collector'),
      logger: logger.with({ part: 'collector' }),
      tracer,
      health,
      metrics,
      kept,
    });
    const reconciler = ReconcilerModule.create({
      log,
      board,
      target: mesh.policyTarget(),
      authorizer: new KubernetesAuthorizer(mesh.accessReviews()),
      identity: () => mesh.identity(),
      leadership: mesh.leadership('reconciler'),
      manifestOf: manifestToCommit,
      logger: logger.with({ part: 'reconciler' }),
      tracer,
      health,
      metrics,
    });
    return { module: AllInOneModule, imports: [collector, reconciler] };
  }
}
