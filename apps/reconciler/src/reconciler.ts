import { objectsWithWork, type DryRunQuestion } from '@mcp/desired-state';
import type { Authorizer } from '@mcp/access';
import { dryRunTopic, isEventLogError, type EventLog, type RequestBoard } from '@mcp/event-log';
import type { DesiredPresence, SourceIdentity } from '@mcp/events';
import type { Leadership, Logger, PartHealth, Tracer } from '@mcp/runtime';
import type { PolicyTarget } from '@mcp/sources';
import { AskerRights } from './asker-rights.js';
import { DryRunResponder } from './answer-dry-run.js';
import { ChangeSettler } from './change-settler.js';
import type { Clock } from './clock.js';
import type { ProjectedView } from './projected-view.js';
import { OutcomeRecorder } from './outcome-recorder.js';
import { ObjectReconciler } from './reconcile-object.js';
import type { ReconcilerMetrics } from './reconciler.metrics.js';
import { SetTrial } from './set-trial.js';
import { sameSource } from './source-check.js';
import { WorkQueue, type WorkQueueOptions } from './work-queue.js';

export interface ReconcilerParts {
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
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly work: Pick<WorkQueueOptions, 'random' | 'concurrency' | 'firstBackoffMs' | 'maxBackoffMs'>;
}

/** After a lead that ended for another reason than the end of the process. */
const leadAgainAfterMs = 1000;

/**
 * Follows what is asked for, always; answers dry runs once the log is read; and while it leads, makes the cluster so.
 */
export class Reconciler {
  #sameSource = false;

  constructor(
    private readonly parts: ReconcilerParts,
    private readonly view: ProjectedView,
    private readonly metrics: ReconcilerMetrics,
  ) {}

  /**
   * Runs until the signal aborts, and then until the passes under way have ended.
   * Fails with `SourceMismatch`, and when a part fails for good, also while it ends.
   */
  async run(signal: AbortSignal): Promise<void> {
    const fault = new AbortController();
    const running = AbortSignal.any([signal, fault.signal]);
    const parts = [this.view.run(running), this.#work(running)];
    const settled = await Promise.allSettled(
      parts.map((part) =>
        part.catch((error: unknown) => {
          fault.abort(error);
          if (!isReasonOf(signal, error)) throw error;
        }),
      ),
    );
    const failed = settled.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Ready once the log is read and is of the right mesh; a replica that waits for its turn to lead is ready too. */
  health(): PartHealth {
    if (!this.view.live) return { ready: false, reason: 'the event log is not read, or not reachable' };
    if (!this.#sameSource) return { ready: false, reason: 'waiting to know that the log is of this mesh' };
    return {
      ready: true,
      reason: this.parts.leadership.leading ? 'leading' : 'waiting for its turn to lead',
    };
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { log, identity } = this.parts;
    await this.#whenLogAnswers(signal, async () => this.view.caughtUpTo(await log.head(), signal));
    await sameSource(this.view, identity, this.parts, signal);
    this.#sameSource = !signal.aborted;
    await Promise.all([this.#serveDryRuns(signal), this.#lead(signal)]);
  }

  async #serveDryRuns(signal: AbortSignal): Promise<void> {
    const { board, target, manifestOf } = this.parts;
    const responder = new DryRunResponder(this.view, target, manifestOf);
    await board.serve(
      dryRunTopic,
      // Our own API asks, and has validated what it asks.
      (question, asked) => responder.answer(question as DryRunQuestion, asked),
      signal,
    );
  }

  async #lead(signal: AbortSignal): Promise<void> {
    await this.#whenLogAnswers(signal, () =>
      this.parts.leadership.run(signal, (leading) => this.#whileLeading(leading)),
    );
  }

  /** Does it again for as long as it fails because the log cannot be asked, or because another claimed the role. */
  async #whenLogAnswers(signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (isReasonOf(signal, error)) return;
        if (!isEventLogError(error)) throw error;
        if (signal.aborted) return;
        this.parts.logger.warn('the log refused or did not answer; trying again', { error });
        await this.parts.clock.sleep(leadAgainAfterMs, signal);
      }
    }
  }

  /** One term as the leader. Fails with `DeposedWriter` as soon as another has claimed the role. */
  async #whileLeading(leading: AbortSignal): Promise<void> {
    const { log, target, authorizer, leadership, manifestOf, clock, logger, tracer, work } = this.parts;
    const epoch = await log.claim('reconciler', leadership.holder);
    // What a former leader recorded until it was deposed is in the log by now.
    await this.view.caughtUpTo(await log.head(), leading);
    logger.info('leading', { epoch: epoch.number, holder: epoch.holder });

    const deposed = new AbortController();
    const term = AbortSignal.any([leading, deposed.signal]);
    const recorder = new OutcomeRecorder(log, epoch, this.view, clock, this.metrics.recorded);
    const settler = new ChangeSettler(recorder, manifestOf);
    const askers = new AskerRights(authorizer, clock);
    const sets = new SetTrial(this.view, target, settler, askers);
    const objects = new ObjectReconciler(log, this.view, target, recorder, settler, sets, askers, tracer);
    const queue = new WorkQueue((object, signal) => objects.reconcile(object, signal), {
      ...work,
      clock,
      onOutcome: (object, outcome) => {
        this.metrics.passes(outcome.outcome);
        logger.info('reconciled', { object, ...outcome });
      },
      onFault: (object, error) => {
        if (term.aborted) return;
        if (isEventLogError(error, 'DEPOSED_WRITER')) return deposed.abort(error);
        this.metrics.passes('fault');
        logger.error('a pass failed; it will be tried again', { object, error });
      },
    });
    const stopListening = this.view.onWork((object) => queue.add(object));
    this.metrics.queue = queue;
    try {
      for (const object of objectsWithWork(this.view.states)) queue.add(object);
      await queue.run(term);
    } finally {
      this.metrics.queue = undefined;
      stopListening();
      logger.info('no longer leading', { epoch: epoch.number });
    }
    deposed.signal.throwIfAborted();
  }
}

/** Not a failure: someone was told to end, and did. */
function isReasonOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && error === signal.reason;
}
