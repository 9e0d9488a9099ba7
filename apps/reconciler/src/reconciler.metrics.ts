import { type OutcomeType, outcomeTypes, type RefusalCode, refusalCodes } from '@mcp/events';
import type { Metrics } from '@mcp/runtime';
import type { RecordableOutcome } from './outcome-recorder.js';
import type { WorkQueue } from './work-queue.js';

/** A withdrawal is recorded where it is asked for. */
const refusals = refusalCodes.filter((code) => code !== 'WITHDRAWN');

/** Every outcome that can be recorded here; of a refusal also why. */
const outcomeSeries = outcomeTypes.flatMap((outcome): readonly OutcomeSeries[] =>
  outcome === 'ChangeRefused' ? refusals.map((code) => ({ outcome, code })) : [{ outcome, code: '' }],
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
    const gauge = (name: string, help: string, read: (queue: WorkQueue) => number): void =>
      metrics.gauge(`mcp_reconciler_${name}`, help, () => (this.queue === undefined ? 0 : read(this.queue)));
    gauge('queue_objects', 'Objects that wait for a pass or a retry, or are in one.', ({ size }) => size);
    gauge(
      'queue_oldest_seconds',
      'For how long the object has been in the queue that has been longest, retries included; 0 where there is none.',
      ({ oldestMs }) => oldestMs / 1_000,
    );
    gauge(
      'longest_pass_seconds',
      'For how long the pass has been under way that has been longest; 0 where none is.',
      ({ longestPassMs }) => longestPassMs / 1_000,
    );
  }
}
