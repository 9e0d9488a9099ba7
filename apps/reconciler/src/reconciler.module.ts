import { type DynamicModule, Module } from '@nestjs/common';
import type { Authorizer } from '@mcp/access';
import type { EventLog, RequestBoard } from '@mcp/event-log';
import type { DesiredPresence, SourceIdentity } from '@mcp/events';
import { untraced, type Health, type Leadership, type Logger, type Metrics, type Tracer } from '@mcp/runtime';
import type { PolicyTarget } from '@mcp/sources';
import { systemClock } from './clock.js';
import { ProjectedView } from './projected-view.js';
import { Reconciler } from './reconciler.js';
import { ReconcilerMetrics } from './reconciler.metrics.js';

/** What the reconciler is given from outside. */
export interface ReconcilerDependencies {
  readonly log: EventLog;
  readonly board: RequestBoard;
  readonly target: PolicyTarget;
  /** What those who ask may do now. */
  readonly authorizer: Authorizer;
  /** Whose mesh the target is. */
  readonly identity: () => Promise<SourceIdentity>;
  readonly leadership: Leadership;
  /** The YAML to commit where we may not apply. */
  readonly manifestOf: (desired: DesiredPresence) => string;
  readonly logger: Logger;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  readonly health: Health;
  readonly metrics: Metrics;
}

/** An apply waits for the API server nearly all of its time; more at once would only press it. */
const concurrency = 4;

/** From a quarter of a second to five minutes: a server that is away for an hour is asked some twenty times. */
const backoff = { firstBackoffMs: 250, maxBackoffMs: 300_000 };

@Module({})
export class ReconcilerModule {
  static create(given: ReconcilerDependencies): DynamicModule {
    const { log, leadership, logger, tracer = untraced, health, metrics } = given;
    return {
      module: ReconcilerModule,
      providers: [
        { provide: ReconcilerMetrics, useFactory: () => new ReconcilerMetrics(metrics) },
        { provide: ProjectedView, useFactory: () => new ProjectedView(log, logger) },
        {
          provide: Reconciler,
          inject: [ProjectedView, ReconcilerMetrics],
          useFactory: (view: ProjectedView, reconcilerMetrics: ReconcilerMetrics) => {
            const work = { random: Math.random, concurrency, ...backoff };
            const reconciler = new Reconciler(
              { ...given, tracer, clock: systemClock, work },
              view,
              reconcilerMetrics,
            );
            health.register('reconciler', () => reconciler.health());
            metrics.gauge('mcp_reconciler_leader', '1 while this process leads.', () =>
              Number(leadership.leading),
            );
            return reconciler;
          },
        },
      ],
      exports: [Reconciler],
    };
  }
}
