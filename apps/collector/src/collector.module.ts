import { type DynamicModule, Module } from '@nestjs/common';
import { createHash, randomUUID } from 'node:crypto';
import type { EventLog, RequestBoard } from '@mcp/event-log';
import { sourcePhases } from '@mcp/events';
import { resourceKinds } from '@mcp/mesh';
import type { Health, Leadership, Logger, Metrics } from '@mcp/runtime';
import type { ClusterSource } from '@mcp/sources';
import type { CollectorMetrics } from './collector-parts.js';
import { Collector } from './collector.js';
import { Retention } from './retention.js';
import { trafficMetrics } from './traffic/traffic-metrics.js';
import type { TrafficParts } from './traffic/traffic-parts.js';

/** What the collector is given from outside. */
export interface CollectorDependencies {
  readonly log: EventLog;
  readonly board: RequestBoard;
  readonly source: ClusterSource;
  readonly traffic: TrafficParts;
  readonly leadership: Leadership;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Events the log keeps; older ones become a baseline. */
  readonly keepEvents: number;
}

@Module({})
export class CollectorModule {
  static create(given: CollectorDependencies): DynamicModule {
    const { log, board, source, traffic, leadership, logger, health, metrics } = given;
    return {
      module: CollectorModule,
      providers: [
        {
          provide: Collector,
          useFactory: () => {
            const outside = {
              now: Date.now,
              newId: randomUUID,
              hash: (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32),
            };
            const retention = new Retention(log, given.keepEvents, logger);
            const collector = new Collector(
              { log, board, source, traffic, retention, outside, logger, metrics: collectorMetrics(metrics) },
              leadership,
            );
            health.register('collector', () => collector.health());
            metrics.gauge(
              'mcp_collector_waiting',
              'Observations that wait to be recorded.',
              () => collector.waiting,
            );
            metrics.gauge(
              'mcp_collector_known_objects',
              'Objects of the cluster that the log has, while this process leads.',
              () => collector.figures.known,
            );
            metrics.gauge(
              'mcp_collector_unreadable_objects',
              'Of these, those that cannot be read.',
              () => collector.figures.unreadable,
            );
            metrics.gaugeOf(
              'mcp_collector_kind_phase',
              '1 for the phase in which the kind is followed, while this process leads.',
              ['kind', 'phase'],
              () => {
                const { phases } = collector.figures;
                return resourceKinds.flatMap((kind) =>
                  sourcePhases.map((phase) => [{ kind, phase }, Number(phases.get(kind) === phase)] as const),
                );
              },
            );
            metrics.gauge('mcp_collector_leader', '1 while this process leads.', () =>
              Number(leadership.leading),
            );
            return collector;
          },
        },
      ],
      exports: [Collector],
    };
  }
}

function collectorMetrics(metrics: Metrics): CollectorMetrics {
  const count = metrics.counter('mcp_collector_events_total', 'What became of observations.', 'outcome', [
    'observed',
    'recorded',
    'failed',
  ]);
  return {
    observed: (by) => count('observed', by),
    recorded: (by) => count('recorded', by),
    appendFailed: () => count('failed'),
    traffic: trafficMetrics(metrics),
  };
}
