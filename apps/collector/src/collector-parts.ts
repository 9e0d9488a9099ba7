import type { EventLog, RequestBoard } from '@mcp/event-log';
import type { Logger, Tracer } from '@mcp/runtime';
import type { ClusterSource } from '@mcp/sources';
import type { CollectorMetrics } from './collector.metrics.js';
import type { Surroundings } from './decide-observation.js';
import type { Retention } from './retention.js';
import type { TrafficParts } from './traffic/traffic-parts.js';

/** What a collector works with. */
export interface CollectorParts {
  readonly log: EventLog;
  readonly board: RequestBoard;
  readonly source: ClusterSource;
  readonly retention: Retention;
  readonly traffic: TrafficParts;
  readonly outside: Omit<Surroundings, 'scope'>;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly metrics: CollectorMetrics;
}
