import { setTimeout as sleep } from 'node:timers/promises';
import {
  changeSetView,
  decideUndo,
  endOfStaging,
  setsUnderWay,
  stagingOf,
  type ChangeSet,
  type DesiredStates,
  type StagingView,
} from '@mcp/desired-state';
import type { EventLog } from '@mcp/event-log';
import { impactCodes, type Actor, type EndedStaging } from '@mcp/events';
import { CallRefused, codeOf } from '@mcp/grpc';
import type { Logger } from '@mcp/runtime';
import type { Ledger, Refusals } from '@mcp/traffic';
import type { ChangeImpact } from '../apply/change-impact.js';
import type { ChangeRequests } from '../apply/change-requests.js';
import type { ChangeWish } from '../apply/change-wish.js';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import { mayPass } from '../passing-trouble.js';
import { auditedUnknownCallers, callerName, changedFor, deniedKnownCallers } from './denied-callers.js';
import type { SeenTraffic } from './seen-traffic.js';

export interface StagedTimes {
  /** Between two looks. */
  readonly lookEveryMs: number;
  /** What happens before the end of a watch is known so long after it at the latest. */
  readonly seenWithinMs: number;
}

const usualTimes: StagedTimes = { lookEveryMs: 2_000, seenWithinMs: 60_000 };

export interface StagedParts {
  readonly log: Pick<EventLog, 'append' | 'head'>;
  readonly desired: Following<DesiredStates>;
  readonly refusals: Following<Refusals>;
  readonly ledger: Following<Ledger>;
  readonly seen: Pick<SeenTraffic, 'since'>;
  readonly requests: Pick<ChangeRequests, 'record'>;
  readonly impact: Pick<ChangeImpact, 'assess'>;
  readonly logger: Logger;
}

const itself: Actor = { name: 'mcp-api', provenBy: 'component' };

/** Of those who are denied, at most so many are named. */
const mostNamed = 3;

/**
 * Carries staged changes on: enforces what was audited, and undoes what denies known callers. What is to be done follows from the log alone, and
 * is asked for under ids that follow from that of the change, by the rights of who asked for it; so any number of servers may do this at once,
 * and one that begins anew goes on.
 */
export class StagedChanges {
  constructor(
    private readonly parts: StagedParts,
    private readonly times: StagedTimes = usualTimes,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal);
      await sleep(this.times.lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { log, desired, refusals, ledger, logger } = this.parts;
    if (setsUnderWay(desired.now.state).length === 0) return;
    let seenSince: number | undefined;
    try {
      // what a server that has just begun has read may lack the denials, and what became of the change
      const head = await log.head();
      for (const fold of [desired, refusals, ledger]) await caughtUpTo(fold, head, signal);
      seenSince = await this.parts.seen.since(signal);
    } catch (error) {
      if (!signal.aborted) logger.warn('staged changes cannot be looked at', { error });
      return;
    }
    for (const set of setsUnderWay(desired.now.state)) {
      const stage = stagingOf(this.parts.desired.now.state, set, seenSince);
      if (stage === undefined) continue;
      try {
        await this.#advance(set, stage, signal);
      } catch (error) {
        await this.#trouble(set, error, signal);
      }
    }
  }

  async #advance(set: ChangeSet, stage: StagingView, signal: AbortSignal): Promise<void> {
    switch (stage.state) {
      case 'auditing':
        if (!this.#isOver(stage) || this.#unknownCallers(stage.since)) return;
        await this.#enforce(set, signal);
        return;
      case 'watched':
        if (await this.#undoIfDenied(set, signal)) return;
        if (this.#isOver(stage))
          await this.#end(set, {
            outcome: 'passed',
            code: '',
            message: 'nobody was denied who had been let in',
          });
        return;
      case 'stopped':
        await this.#end(set, { outcome: 'stopped', code: stage.code, message: stage.message });
        return;
      case 'applying':
      case 'enforced':
      case 'undone':
      case 'passed':
    }
  }

  #isOver({ until }: { readonly until: number }): boolean {
    return this.clock() >= until + this.times.seenWithinMs;
  }

  /** Those who are new wait to be in the ledger, within the hour. */
  #unknownCallers(since: number): boolean {
    return (
      auditedUnknownCallers(this.parts.refusals.now.state, this.parts.ledger.now.state, since).length > 0
    );
  }

  /** Fails with what was not agreed to when it was planned. */
  async #enforce(set: ChangeSet, signal: AbortSignal): Promise<void> {
    const { audit, ...rest } = set.staging ?? {};
    const [first, ...more] = audit?.then ?? [];
    if (audit === undefined || first === undefined) return;
    const expected = (server: typeof first) => ({
      ...server,
      expectedRevision: revisionIn(this.parts.desired.now.state, set, server.key.name, server.key.namespace),
    });
    const id = `${set.id}-enforced`;
    await this.#ask(
      set,
      {
        objects: [expected(first), ...more.map(expected)],
        reason: reasonAfter(`the audit of ${set.id} is over`, set),
        acceptImpact: set.accepted ?? [],
        plan: {
          ...{ id, plannedAt: set.plannedAt ?? this.clock(), impacts: audit.impacts, enforces: set.id },
          ...(rest.undoOnDenialsForMs !== undefined && { staging: rest }),
        },
      },
      signal,
    );
    this.parts.logger.info('the audit of a change is over; it is enforced', { change: set.id, by: id });
  }

  /** Answers whether the watch is over by it, or waits for it. */
  async #undoIfDenied(set: ChangeSet, signal: AbortSignal): Promise<boolean> {
    const { state } = this.parts.desired.now;
    const root = set.enforces ?? set.id;
    const id = `${root}-undone`;
    const undo = changeSetView(state, id);
    if (undo !== undefined) {
      if (undo.ended && !undo.members.every(({ applied }) => applied !== undefined))
        await this.#end(set, {
          outcome: 'stopped',
          code: 'UNDO_FAILED',
          message: `its undo ${id} was asked for and is ${undo.phase}`,
        });
      return true;
    }
    const applied = changeSetView(state, set.id)?.members.map(({ history }) => history) ?? [];
    const since = Math.max(
      ...applied.map((history) => history.find(({ phase }) => phase === 'applied')?.recordedAt ?? 0),
    );
    const denied = deniedKnownCallers(this.parts.refusals.now.state, this.parts.ledger.now.state, since);
    if (denied.length === 0) return false;
    const decision = decideUndo(state, root);
    if (decision.decision === 'refused') throw new CallRefused(decision.code, decision.message);
    const { simulation, objects } = await this.parts.impact.assess(decision.objects, signal, {
      inShort: false,
    });
    const due = changedFor(denied, simulation);
    if (due.length === 0) return false;
    const names = due.slice(0, mostNamed).map(callerName).join(', ');
    const more = due.length > mostNamed ? ` and ${due.length - mostNamed} more` : '';
    await this.#ask(
      set,
      {
        objects,
        reason: reasonAfter(`undone by itself, since it denied ${names}${more}`, set),
        // agreed to when it was asked for: what there was before
        acceptImpact: impactCodes,
        plan: { id, plannedAt: this.clock(), undoes: root },
      },
      signal,
    );
    this.parts.logger.warn('a change denied known callers; it is undone', { change: root, by: id });
    return true;
  }

  /** By the rights of who asked for the set, as they are now. */
  async #ask(
    { actor }: ChangeSet,
    wish: Pick<ChangeWish, 'objects' | 'reason' | 'acceptImpact' | 'plan'>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.parts.requests.record(
      { ...wish, together: true, idempotencyKey: '', traceparent: undefined },
      actor,
      signal,
    );
  }

  /** What passes is tried again at the next look; anything else stops the set. */
  async #trouble(set: ChangeSet, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const passes = !(error instanceof Error) || mayPass(error);
    this.parts.logger.warn('a staged change could not go on', { change: set.id, passes, error });
    if (passes) return;
    await this.#end(set, { outcome: 'stopped', code: codeOf(error), message: error.message }).catch(
      (failed: unknown) =>
        this.parts.logger.warn('that could not be recorded; trying again', { change: set.id, error: failed }),
    );
  }

  /** Somebody else may have recorded it first. */
  async #end(set: ChangeSet, end: Pick<EndedStaging, 'outcome' | 'code' | 'message'>): Promise<void> {
    const write = endOfStaging(set, end, { actor: itself, at: this.clock() });
    const idempotency = { scope: 'staging', key: write.event.id, bodyHash: write.event.id };
    await this.parts.log.append({ writes: [write], idempotency });
    this.parts.logger.info('a staged change goes on no more', { change: set.id, ...end });
  }
}

/** The revision at which the set left the object. */
function revisionIn(
  states: DesiredStates,
  { changes }: ChangeSet,
  name: string,
  namespace: string,
): number | undefined {
  return changes
    .flatMap((id) => states.changes.get(id) ?? [])
    .find(({ key }) => key.kind === 'Server' && key.name === name && key.namespace === namespace)?.revision;
}

/** In one line. */
function reasonAfter(what: string, { reason }: ChangeSet): string {
  return reason === undefined ? what : `${what}; it was for: ${reason}`;
}
