import type { Epoch, EventLog } from '@mcp/event-log';
import type { RecordedEvent } from '@mcp/events';
import type { Logger } from '@mcp/runtime';
import type { TrafficMetrics } from './traffic.metrics.js';

/** What one lead of the collector does about traffic. */
export interface TrafficTask {
  /**
   * Takes events of the log that are read for others too, from its start and in order, before `run`. What it is not given it reads itself;
   * what it is given twice changes nothing.
   */
  evolve(event: RecordedEvent): void;

  /** Until the signal aborts. Fails with `DeposedWriter`, and with what no later try can mend. */
  run(epoch: Epoch, signal: AbortSignal): Promise<void>;

  /** Says that nobody looks any more, once, after `run` has ended. One try, which ends by itself. */
  farewell(epoch: Epoch): Promise<void>;
}

export interface TrafficSurroundings {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly outside: { readonly now: () => number; readonly newId: () => string };
  readonly metrics: TrafficMetrics;
}
