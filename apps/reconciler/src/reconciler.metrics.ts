import type { Metrics } from '@mcp/runtime';
import type { WorkQueue } from './work-queue.js';

const passEnds = ['done', 'retry', 'terminal', 'fault'] as const;

export class ReconcilerMetrics {
  /** Counts one pass by how it ended. */
  readonly passes: (end: (typeof passEnds)[number]) => void;
  /** The queue of the present term, if this process leads. */
  queue: WorkQueue | undefined;

  constructor(metrics: Metrics) {
    this.passes = metrics.counter(
      'mcp_reconciler_passes_total',
      'Passes over one object, by how they ended',
      'end',
      passEnds,
    );
    metrics.gauge(
      'mcp_reconciler_queue_objects',
      'Objects that wait for a pass or are in one',
      () => this.queue?.size ?? 0,
    );
  }
}
