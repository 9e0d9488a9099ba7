import { type OutcomeType, outcomeTypes, type RefusalCode, refusalCodes } from '@mcp/events';
import type { Metrics } from '@mcp/runtime';
import type { RecordableOutcome } from './outcome-recorder.js';
import type { WorkQueue } from './work-queue.js';

/** Every outcome that can be recorded; of a refusal also why. */
const outcomeSeries = outcomeTypes.flatMap((outcome): readonly OutcomeSeries[] =>
  outcome === 'ChangeRefused' ? refusalCodes.map((code) => ({ outcome, code })) : [{ outcome, code: '' }],
);

type OutcomeSeries = { readonly outcome: OutcomeType; readonly code: RefusalCode | '' };

const passEnds = ['done', 'retry', 'terminal', 'fault'] as const;

export class ReconcilerMetrics {
  /** Counts one pass by how it ended. */
  readonly passes: (end: (typeof passEnds)[number]) => void;
  /** Counts what was recorded of a change. */
  readonly recorded: (outcome: RecordableOutcome) => void;
  /** The queue of the present term, if this process leads. */
  queue: WorkQueue | undefined;

  constructor(metrics: Metrics) {
    this.passes = metrics.counter(
      'mcp_reconciler_passes_total',
      'Passes over one object, by how they ended.',
      'end',
      passEnds,
    );
    const outcomes = metrics.counterOf(
      'mcp_reconciler_outcomes_total',
      'What became of changes, as recorded; of those refused, why.',
      outcomeSeries,
    );
    this.recorded = ({ type, data }) =>
      outcomes({ outcome: type, code: type === 'ChangeRefused' ? data.code : '' });
    metrics.gauge(
      'mcp_reconciler_queue_objects',
      'Objects that wait for a pass or a retry, or are in one.',
      () => this.queue?.size ?? 0,
    );
  }
}
