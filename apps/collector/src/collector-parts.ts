import type { EventLog, RequestBoard } from '@mcp/event-log';
import type { SourcePhase } from '@mcp/events';
import type { ResourceKind } from '@mcp/mesh';
import type { Logger } from '@mcp/runtime';
import type { ClusterSource } from '@mcp/sources';
import type { Surroundings } from './decide-observation.js';
import type { Retention } from './retention.js';
import type { TrafficMetrics } from './traffic/traffic-metrics.js';
import type { TrafficParts } from './traffic/traffic-parts.js';

export interface CollectorMetrics {
  readonly observed: (count: number) => void;
  readonly recorded: (count: number) => void;
  readonly appendFailed: () => void;
  readonly traffic: TrafficMetrics;
}

/** What the log has of the cluster. */
export interface CollectorFigures {
  readonly known: number;
  readonly unreadable: number;
  /** How each kind is being followed; nothing of those that were not asked for yet. */
  readonly phases: ReadonlyMap<ResourceKind, SourcePhase>;
}

/** What a collector works with. */
export interface CollectorParts {
  readonly log: EventLog;
  readonly board: RequestBoard;
  readonly source: ClusterSource;
  readonly retention: Retention;
  readonly traffic: TrafficParts;
  readonly outside: Omit<Surroundings, 'scope'>;
  readonly logger: Logger;
  readonly metrics: CollectorMetrics;
}
