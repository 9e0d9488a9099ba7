import { type DynamicModule, Module } from '@nestjs/common';
import { createHash, randomUUID } from 'node:crypto';
import type { EventLog, RequestBoard } from '@mcp/event-log';
import { untraced, type Health, type Leadership, type Logger, type Metrics, type Tracer } from '@mcp/runtime';
import type { ClusterSource } from '@mcp/sources';
import { Collector } from './collector.js';
import { CollectorMetrics } from './collector.metrics.js';
import { observeRetention } from './retention.metrics.js';
import { type KeptLog, Retention } from './retention.js';
import type { TrafficParts } from './traffic/traffic-parts.js';

/** What the collector is given from outside. */
export interface CollectorDependencies {
  readonly log: EventLog;
  readonly board: RequestBoard;
  readonly source: ClusterSource;
  readonly traffic: TrafficParts;
  readonly leadership: Leadership;
  readonly logger: Logger;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly kept: KeptLog;
}

@Module({})
export class CollectorModule {
  static create(given: CollectorDependencies): DynamicModule {
    const { log, board, source, traffic, leadership, logger, tracer = untraced, health, metrics } = given;
    return {
      module: CollectorModule,
      providers: [
        { provide: CollectorMetrics, useFactory: () => new CollectorMetrics(metrics) },
        {
          provide: Collector,
          inject: [CollectorMetrics],
          useFactory: (collectorMetrics: CollectorMetrics) => {
            const outside = {
              now: Date.now,
              newId: randomUUID,
              hash: (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32),
            };
            const retention = new Retention(log, given.kept, logger);
            const collector = new Collector(
              { log, board, source, traffic, retention, outside, logger, tracer, metrics: collectorMetrics },
              leadership,
            );
            health.register('collector', () => collector.health());
            collectorMetrics.observe(collector, leadership);
            observeRetention(metrics, retention);
            return collector;
          },
        },
      ],
      exports: [Collector],
    };
  }
}
