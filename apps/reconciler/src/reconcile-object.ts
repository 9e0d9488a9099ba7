import { phaseOf, planApply, workOn, type Change, type Plan } from '@mcp/desired-state';
import { isEventLogError, type EventLog } from '@mcp/event-log';
import type { DesiredState, EventData } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { inSpan, type Tracer, untraced } from '@mcp/runtime';
import { TargetUnavailable, type ApplyAnswer, type LiveObject, type PolicyTarget } from '@mcp/sources';
import type { AskerRights } from './asker-rights.js';
import type { DesiredView } from './desired-view.js';
import type { OutcomeRecorder } from './outcome-recorder.js';
import {
  applyOf,
  lookUntilFresh,
  notACluster,
  refusalOf,
  wouldDiffer,
  type Refusal,
} from './planned-apply.js';
import type { Outcome } from './work-queue.js';

/**
 * Brings one object to what was asked for last, and records what became of every change of it.
 *
 * A change is work until its first outcome. Before each apply its start is recorded under the epoch, so a deposed leader
 * does not begin one; the apply names the version that was planned for, so one that was begun earlier cannot overwrite
 * what came after. A restart between apply and record finds the mark of the change on the object and records it.
 */
export class ObjectReconciler {
  constructor(
    private readonly log: Pick<EventLog, 'head'>,
    private readonly view: DesiredView,
    private readonly target: PolicyTarget,
    private readonly recorder: OutcomeRecorder,
    /** The YAML to commit where we may not apply. */
    private readonly manifestOf: (desired: DesiredState) => string,
    private readonly askers: AskerRights,
    private readonly tracer: Tracer = untraced,
  ) {}

  /**
   * One level-based pass for an object, named as `formatResourceKey` does.
   * Fails with `DeposedWriter` when another leads: stop.
   */
  async reconcile(object: string, signal: AbortSignal): Promise<Outcome> {
    try {
      return await this.#reconcileOrDefer(object, signal);
    } catch (error) {
      if (!isEventLogError(error, 'VERSION_CONFLICT') && !isEventLogError(error, 'KEY_REUSED')) throw error;
      // The view was behind.
      await this.view.caughtUpTo(await this.log.head(), signal);
      return { outcome: 'retry' };
    }
  }

  async #reconcileOrDefer(object: string, signal: AbortSignal): Promise<Outcome> {
    try {
      const outcome = await lookUntilFresh(() => this.#look(object, signal));
      return outcome === 'stale' ? { outcome: 'retry' } : outcome;
    } catch (error) {
      if (!(error instanceof TargetUnavailable)) throw error;
      signal.throwIfAborted();
      return this.#defer(object, error, signal);
    }
  }

  async #look(object: string, signal: AbortSignal): Promise<Outcome | 'stale'> {
    const newest = workOn(this.view.states, object).at(-1);
    if (newest === undefined) return { outcome: 'done' };
    const live = await this.target.live(newest.key, signal);
    await this.#settleFormer(object, live, signal);
    const change = workOn(this.view.states, object).at(-1);
    if (change === undefined) return { outcome: 'done' };
    return this.#attempt(change, live, signal);
  }

  /** Settles every change that a newer revision has replaced: by the mark on the object it was applied, else it never will be. */
  async #settleFormer(object: string, live: LiveObject | undefined, signal: AbortSignal): Promise<void> {
    const by = this.view.states.objects.get(object)?.changeId;
    for (const change of workOn(this.view.states, object)) {
      if (by === undefined || change.id === by) continue;
      const { revision } = change;
      if (live?.change?.id === change.id) {
        const { uid, resourceVersion } = live;
        const data = { revision, uid, resourceVersion, modified: true };
        await this.recorder.record(change, [{ type: 'ChangeApplied', data }], signal);
      } else {
        await this.recorder.record(change, [{ type: 'ChangeSuperseded', data: { revision, by } }], signal);
      }
    }
  }

  /** One span, under which everything is that follows: what is recorded, and what the object carries. */
  #attempt(change: Change, live: LiveObject | undefined, signal: AbortSignal): Promise<Outcome | 'stale'> {
    const { id, key, revision, traceparent: parent } = change;
    const attributes = { 'mcp.change': id, 'mcp.object': formatResourceKey(key), 'mcp.revision': revision };
    return inSpan(this.tracer, 'apply change', { parent, attributes }, async (span) => {
      const outcome = await this.#advance(under(change, span), live, signal);
      if (outcome === 'stale') span.end('the object changed in between');
      else if (outcome.outcome === 'terminal') span.end(outcome.reason);
      return outcome;
    });
  }

  async #advance(
    change: Change,
    live: LiveObject | undefined,
    signal: AbortSignal,
  ): Promise<Outcome | 'stale'> {
    const { revision } = change;
    const plan = planApply({ ...change, changeId: change.id }, live, this.view.states);
    switch (plan.plan) {
      case 'nothing': {
        const { uid, resourceVersion, because } = plan;
        return this.#settle(
          change,
          { answer: 'applied', uid, resourceVersion, modified: because === 'by-us' },
          signal,
        );
      }
      case 'refuse':
        return this.#refuse(change, refusalOf(plan, desiredBy(change), this.manifestOf), signal);
      case 'create':
      case 'update': {
        const refusal = await this.askers.refusal(change, plan.plan);
        if (refusal !== undefined) return this.#refuse(change, refusal, signal);
        const planned = { ...applyOf(plan, desiredBy(change), revision), ...traceOf(change) };
        const dryRun = await this.target.apply({ ...planned, dryRun: true }, signal);
        if (dryRun.answer !== 'applied') return this.#settle(change, dryRun, signal);
        await this.recorder.record(
          change,
          [
            ...(phaseOf(change) === 'requested'
              ? [{ type: 'DryRunPassed', data: { revision } } as const]
              : []),
            { type: 'ApplyStarted', data: { revision, ...startedBy(plan) } },
          ],
          signal,
        );
        signal.throwIfAborted();
        const answer = await this.target.apply({ ...planned, dryRun: false }, signal);
        const started = this.view.states.changes.get(change.id) ?? change;
        return this.#settle(under(started, change), answer, signal);
      }
    }
  }

  /** Records what the API server said. */
  async #settle(change: Change, answer: ApplyAnswer, signal: AbortSignal): Promise<Outcome | 'stale'> {
    const { revision } = change;
    switch (answer.answer) {
      case 'applied': {
        const { uid, resourceVersion, modified } = answer;
        const data = { revision, uid, resourceVersion, modified };
        await this.recorder.record(change, [{ type: 'ChangeApplied', data }], signal);
        return { outcome: 'done' };
      }
      case 'rejected': {
        const { status, message } = answer;
        await this.recorder.record(
          change,
          [{ type: 'ChangeRejected', data: { revision, status, message } }],
          signal,
        );
        return { outcome: 'terminal', reason: 'REJECTED' };
      }
      case 'conflict': {
        const { conflicts } = answer;
        await this.recorder.record(
          change,
          [{ type: 'ChangeConflicted', data: { revision, conflicts } }],
          signal,
        );
        return { outcome: 'terminal', reason: 'CONFLICTED' };
      }
      case 'differs':
        return this.#refuse(change, wouldDiffer(change.key, answer.fields), signal);
      case 'not-a-cluster':
        return this.#refuse(change, notACluster(answer.manifest), signal);
      case 'stale':
        return 'stale';
    }
  }

  async #refuse(change: Change, refusal: Refusal, signal: AbortSignal): Promise<Outcome> {
    const { code, manifest } = refusal;
    const message = manifest === undefined ? refusal.message : `${refusal.message}:\n${manifest}`;
    const data = { revision: change.revision, code, message };
    await this.recorder.record(change, [{ type: 'ChangeRefused', data }], signal);
    return { outcome: 'terminal', reason: code };
  }

  /** Records why the newest change has to wait, where that is news, and asks for another pass. */
  async #defer(object: string, error: TargetUnavailable, signal: AbortSignal): Promise<Outcome> {
    const { code, message, retryAfterMs } = error;
    const change = workOn(this.view.states, object).at(-1);
    if (change !== undefined && (change.problem?.code !== code || change.problem.message !== message)) {
      const data = { revision: change.revision, code, message };
      await this.recorder.record(change, [{ type: 'ApplyDeferred', data }], signal);
    }
    return { outcome: 'retry', ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }) };
  }
}

/** The change, in the trace of what is being done about it. */
function under(change: Change, { traceparent }: { readonly traceparent?: string | undefined }): Change {
  return traceparent === undefined ? change : { ...change, traceparent };
}

function traceOf({ traceparent }: Change): Pick<Change, 'traceparent'> {
  return traceparent === undefined ? {} : { traceparent };
}

/** What a plan says in the event that it is being carried out. */
function startedBy(
  plan: Extract<Plan, { plan: 'create' | 'update' }>,
): Omit<EventData<'ApplyStarted'>, 'revision'> {
  return plan.plan === 'create'
    ? { plan: 'create' }
    : { plan: 'update', liveResourceVersion: plan.live.resourceVersion };
}

function desiredBy({ id: changeId, key, spec }: Change): DesiredState {
  return { changeId, key, spec };
}
