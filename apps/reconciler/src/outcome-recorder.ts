import { createHash } from 'node:crypto';
import type { Change } from '@mcp/desired-state';
import { isEventLogError, type Append, type Epoch, type EventLog } from '@mcp/event-log';
import { changeSubject, type Actor, type EventData, type NewEvent, type OutcomeType } from '@mcp/events';
import { canonicalJson } from '@mcp/mesh';
import type { Clock } from './clock.js';
import type { DesiredView } from './desired-view.js';

export type RecordableOutcome = {
  [T in OutcomeType]: { readonly type: T; readonly data: EventData<T> };
}[OutcomeType];

const reconciler: Actor = { name: 'reconciler', provenBy: 'component' };

/** Between two tries of an append that the log did not answer. */
const appendRetryMs = 500;

/** Records what became of a change, under the epoch of one leader. */
export class OutcomeRecorder {
  constructor(
    private readonly log: EventLog,
    private readonly epoch: Epoch,
    private readonly view: DesiredView,
    private readonly clock: Clock,
    /** Told of each outcome that is in the log. */
    private readonly recorded: (outcome: RecordableOutcome) => void = () => undefined,
  ) {}

  /**
   * Records the outcomes of a change, all or none, and settles when the view shows them.
   *
   * An append that the log did not answer is repeated under its key until the log answers or the signal aborts; it is tried
   * once even when the signal has aborted. Fails with `DeposedWriter` when another leads, and with `VersionConflict` when
   * the change has moved on since: look again.
   */
  async record(change: Change, outcomes: readonly RecordableOutcome[], signal: AbortSignal): Promise<void> {
    const append = this.#appendOf(change, outcomes);
    for (;;) {
      try {
        const { position } = await this.log.append(append);
        for (const outcome of outcomes) this.recorded(outcome);
        await this.view.caughtUpTo(position, signal);
        return;
      } catch (error) {
        const unanswered =
          isEventLogError(error, 'OUTCOME_UNKNOWN') || isEventLogError(error, 'LOG_UNAVAILABLE');
        if (!unanswered || signal.aborted) throw error;
        await this.clock.sleep(appendRetryMs, signal);
      }
    }
  }

  #appendOf(change: Change, outcomes: readonly RecordableOutcome[]): Append {
    const what = outcomes.map(({ type }) => type).join('+');
    return {
      writes: outcomes.map((outcome, index) => ({
        subject: changeSubject(change.id),
        expectedVersion: change.version + index,
        event: this.#eventOf(change, outcome, change.version + index + 1),
      })),
      idempotency: {
        scope: 'reconciler',
        // The version makes each attempt its own.
        key: `${change.id}/${what}/${change.version}`,
        bodyHash: createHash('sha256').update(canonicalJson(outcomes)).digest('hex'),
      },
      epoch: this.epoch,
    };
  }

  #eventOf(change: Change, { type, data }: RecordableOutcome, version: number): NewEvent {
    const causation = change.history[0]?.eventId;
    return {
      id: `${change.id}/${version}`,
      type,
      version: 1,
      occurredAt: this.clock.now(),
      actor: reconciler,
      data,
      correlation: change.id,
      ...(causation === undefined ? {} : { causation }),
      ...(change.traceparent === undefined ? {} : { traceparent: change.traceparent }),
      ...(type === 'ChangeApplied' ? { resourceVersion: data.resourceVersion } : {}),
    };
  }
}
