import { changeSubject, type Actor, type NewEvent, type Subject } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { changeSetView } from './change-set-view.js';
import { changeView, phaseOf, type Change, type DesiredStates } from './desired-states.js';
import { endOfStaging, stagingOf } from './staging.js';
import { isWork } from './work.js';

/** Asks that a change that waits be not applied. */
export interface WithdrawCommand {
  readonly changeId: string;
  readonly actor: Actor;
  readonly reason?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export type WithdrawDecision =
  /** Recording `writes`, all or none, withdraws `changes`, or what was to follow them. A version conflict means: decide again on a newer state. */
  | {
      readonly decision: 'withdrawn';
      readonly what: 'changes' | 'staging';
      readonly changes: readonly Change[];
      readonly writes: readonly {
        readonly subject: Subject;
        readonly expectedVersion: number;
        readonly event: NewEvent<'ChangeRefused'> | NewEvent<'StagingEnded'>;
      }[];
    }
  | {
      readonly decision: 'refused';
      readonly code: 'CHANGE_NOT_FOUND' | 'NOTHING_WAITS' | 'ALREADY_STARTED';
      readonly message: string;
    };

/**
 * Decides to end what waits of a change, or, where all of it was applied, what is to follow it by itself. One whose apply was begun may have been applied by now: it is undone, not withdrawn. The versions of
 * the writes see to it that it is one or the other.
 */
export function decideWithdraw(command: WithdrawCommand, states: DesiredStates): WithdrawDecision {
  const { changeId, actor, reason, at } = command;
  const alone = changeView(states, changeId);
  const changes: readonly Change[] =
    changeSetView(states, changeId)?.members ?? (alone === undefined ? [] : [alone]);
  const [first] = changes;
  if (first === undefined)
    return {
      decision: 'refused',
      code: 'CHANGE_NOT_FOUND',
      message: `no change ${changeId} is known`,
    };
  const waiting = changes.filter(isWork);
  if (waiting.length === 0)
    return (
      stagingWithdrawn(command, states, changes) ?? {
        decision: 'refused',
        code: 'NOTHING_WAITS',
        message: `nothing of change ${changeId} waits any more: that of ${formatResourceKey(first.key)} is ${phaseOf(first)}`,
      }
    );
  const begun = waiting.find(({ started }) => started !== undefined);
  if (begun !== undefined)
    return {
      decision: 'refused',
      code: 'ALREADY_STARTED',
      message: `the apply of ${formatResourceKey(begun.key)} was begun; wait for what becomes of it, then undo it`,
    };
  return {
    decision: 'withdrawn',
    what: 'changes',
    changes: waiting,
    writes: waiting.map((change) => ({
      subject: changeSubject(change.id),
      expectedVersion: change.version,
      event: {
        id: `${change.id}/withdrawn`,
        type: 'ChangeRefused',
        version: 1,
        occurredAt: at,
        actor,
        correlation: change.id,
        ...(reason === undefined ? {} : { reason }),
        data: {
          revision: change.revision,
          code: 'WITHDRAWN',
          message: `${actor.name} withdrew it before it was applied`,
        },
      },
    })),
  };
}

/** Undefined where nothing is to follow. */
function stagingWithdrawn(
  { changeId, actor, reason, at }: WithdrawCommand,
  states: DesiredStates,
  changes: readonly Change[],
): Extract<WithdrawDecision, { decision: 'withdrawn' }> | undefined {
  const set = states.sets.get(changeId);
  const stage = set && stagingOf(states, set, 0)?.state;
  if (set === undefined || (stage !== 'auditing' && stage !== 'watched')) return undefined;
  const end = { outcome: 'stopped', code: 'WITHDRAWN', message: `${actor.name} withdrew it` } as const;
  const { event, ...write } = endOfStaging(set, end, { actor, at });
  const writes = [{ ...write, event: { ...event, ...(reason !== undefined && { reason }) } }];
  return { decision: 'withdrawn', what: 'staging', changes, writes };
}
