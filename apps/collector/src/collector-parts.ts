import type { EventLog, RequestBoard } from '@mcp/event-log';
import type { Logger } from '@mcp/runtime';
import type { ClusterSource } from '@mcp/sources';
import type { Surroundings } from './decide-observation.js';
import type { Retention } from './retention.js';

export interface CollectorMetrics {
  readonly observed: (count: number) => void;
  readonly recorded: (count: number) => void;
  readonly appendFailed: () => void;
}

/** What a collector works with. */
export interface CollectorParts {
  readonly log: EventLog;
  readonly board: RequestBoard;
  readonly source: ClusterSource;
  readonly retention: Retention;
  readonly outside: Omit<Surroundings, 'scope'>;
  readonly logger: Logger;
  readonly metrics: CollectorMetrics;
}
