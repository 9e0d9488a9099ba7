import {
  isWork,
  phaseOf,
  planApply,
  workOn,
  type Change,
  type DesiredStates,
  type Plan,
} from '@mcp/desired-state';
import { isEventLogError, type EventLog } from '@mcp/event-log';
import type { EventData } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { inSpan, type Tracer, untraced } from '@mcp/runtime';
import { TargetUnavailable, type ApplyAnswer, type LiveObject, type PolicyTarget } from '@mcp/sources';
import type { AskerRights } from './asker-rights.js';
import { desiredBy, type ChangeSettler } from './change-settler.js';
import type { DesiredView } from './desired-view.js';
import type { OutcomeRecorder } from './outcome-recorder.js';
import { carryOut, liveStateOf, lookUntilFresh } from './planned-apply.js';
import { brokenBy, type SetTrial } from './set-trial.js';
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
    private readonly settler: ChangeSettler,
    private readonly sets: SetTrial,
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
    await this.#settleKnown(object, live, signal);
    const change = workOn(this.view.states, object).at(-1);
    if (change === undefined) return { outcome: 'done' };
    return this.#attempt(change, live, signal);
  }

  /**
   * Settles every change of which it is known what became. By the mark on the object, or by what was seen of it since, it was applied; else one that
   * a newer revision has replaced never will be. One whose apply was begun may be applied yet, by a leader that was paused: it waits until the
   * newest was applied, which leaves another version.
   */
  async #settleKnown(object: string, live: LiveObject | undefined, signal: AbortSignal): Promise<void> {
    const by = this.view.states.objects.get(object)?.changeId;
    if (by === undefined) return;
    const work = workOn(this.view.states, object);
    for (const change of work) {
      const { revision } = change;
      const isFormer = change.id !== by;
      const applied = isFormer && live?.change?.id === change.id ? live : seenApplied(change, work);
      if (applied !== undefined) {
        const { uid, resourceVersion } = applied;
        const data = {
          revision,
          uid,
          ...(resourceVersion !== undefined && { resourceVersion }),
          modified: true,
        };
        await this.recorder.record(change, [{ type: 'ChangeApplied', data }], signal);
      } else if (isFormer && (change.started === undefined || !isToBeDone(this.view.states, by))) {
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
    const plan = planApply({ ...change, changeId: change.id }, liveStateOf(live), this.view.states);
    if (plan.plan === 'nothing') return this.settler.settleDone(change, plan, signal);
    // not before: what was applied already was, whatever became of the rest of its set
    const broken = brokenBy(this.view.states, change);
    if (broken !== undefined) return this.settler.refuse(change, broken, signal);
    switch (plan.plan) {
      case 'refuse':
        return this.settler.refuse(change, plan, signal);
      case 'create':
      case 'update':
      case 'delete': {
        const refusal = await this.askers.refusal(change, plan.plan);
        if (refusal !== undefined) return this.settler.refuse(change, refusal, signal);
        if (await this.sets.wouldBreak(change, signal)) return { outcome: 'retry', afterMs: 0 };
        const { traceparent } = change;
        const write = { desired: desiredBy(change), revision, traceparent };
        let dryRun = await carryOut(this.target, plan, { ...write, dryRun: true }, signal);
        const force = mayTake(change, dryRun);
        if (force) dryRun = await carryOut(this.target, plan, { ...write, dryRun: true, force }, signal);
        if (dryRun.answer !== 'applied') return this.settler.settle(change, dryRun, signal);
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
        const answer = await carryOut(this.target, plan, { ...write, dryRun: false, force }, signal);
        const started = this.view.states.changes.get(change.id) ?? change;
        return this.settler.settle(under(started, change), answer, signal);
      }
    }
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

/** What the log shows of an apply that is not on record. Of several deletions of one object, the last that was begun saw it there. */
function seenApplied(change: Change, work: readonly Change[]): Change['shown'] {
  const { shown, spec } = change;
  if (shown === undefined || spec !== undefined) return shown;
  const last = work.filter(({ started }) => started?.liveUid === shown.uid).at(-1);
  return last?.id === change.id ? shown : undefined;
}

function isToBeDone(states: DesiredStates, changeId: string): boolean {
  const change = states.changes.get(changeId);
  return change !== undefined && isWork(change);
}

/** Whether all that stands in the way are fields of managers from which a correction may take them. The version that was planned for is kept. */
function mayTake({ correction }: Change, answer: ApplyAnswer): boolean {
  if (correction === undefined || answer.answer !== 'conflict') return false;
  return answer.conflicts.every(({ manager }) => correction.forceFrom.includes(manager));
}

/** What a plan says in the event that it is being carried out. */
function startedBy(
  plan: Extract<Plan, { plan: 'create' | 'update' | 'delete' }>,
): Omit<EventData<'ApplyStarted'>, 'revision'> {
  switch (plan.plan) {
    case 'create':
      return { plan: 'create' };
    case 'update':
      return { plan: 'update', liveResourceVersion: plan.live.resourceVersion };
    case 'delete': {
      const { uid: liveUid, resourceVersion: liveResourceVersion } = plan.live;
      return { plan: 'delete', liveResourceVersion, liveUid };
    }
  }
}
