import { changeSetSubject, type Actor, type EndedStaging, type NewEvent } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { isLost, membersOfSet, whyLost } from './change-sets.js';
import type { Change, ChangeSet, DesiredStates } from './desired-states.js';

/** How far a set has come that goes on by itself. Times are milliseconds since the epoch, by the log's clock. */
export type StagingView =
  /** Not all of it is applied yet. */
  | { readonly state: 'applying' }
  /** All of it is applied, and its Servers audit: until then, if nothing comes up. */
  | { readonly state: 'auditing'; readonly since: number; readonly until: number }
  /** The audit is over, and this set enforces. */
  | { readonly state: 'enforced'; readonly by: string }
  /** A denial of a known caller undoes it, until then. */
  | { readonly state: 'watched'; readonly since: number; readonly until: number }
  | { readonly state: 'undone'; readonly by: string }
  /** The time is over, and no known caller was denied. */
  | { readonly state: 'passed' }
  /** It does not go on. What it had come to stays. */
  | { readonly state: 'stopped'; readonly code: string; readonly message: string };

/**
 * Undefined for a set that does not go on by itself. A time in which traffic was not seen does not count: `seenSince` is when it began to be
 * seen without a gap, undefined where it is not seen now.
 */
export function stagingOf(
  states: DesiredStates,
  set: ChangeSet,
  seenSince: number | undefined,
): StagingView | undefined {
  const { staging, stagingEnded } = set;
  if (staging === undefined) return undefined;
  if (set.enforcedBy !== undefined) return { state: 'enforced', by: set.enforcedBy };
  const members = membersOfSet(states, set);
  const by = undoneBy(states, set);
  if (by !== undefined) return { state: 'undone', by };
  if (stagingEnded !== undefined) {
    const { outcome, code, message } = stagingEnded;
    return outcome === 'passed' ? { state: 'passed' } : { state: 'stopped', code, message };
  }
  const obstacle = obstacleOf(states, set, members);
  if (obstacle !== undefined) return { state: 'stopped', ...obstacle };
  if (!members.every(({ applied }) => applied !== undefined)) return { state: 'applying' };
  const since = Math.max(...members.map(appliedAt), seenSince ?? Infinity);
  const { audit, undoOnDenialsForMs = 0 } = staging;
  return audit === undefined
    ? { state: 'watched', since, until: since + undoOnDenialsForMs }
    : { state: 'auditing', since, until: since + audit.forMs };
}

/** The set that took it back, or a part of it. */
function undoneBy(states: DesiredStates, set: ChangeSet): string | undefined {
  return membersOfSet(states, set).find((member) => member.undoneBy !== undefined)?.undoneBy;
}

/** Why nothing follows a set, where something else became of it than was asked for. */
function obstacleOf(
  states: DesiredStates,
  set: ChangeSet,
  members: readonly Change[],
): { readonly code: string; readonly message: string } | undefined {
  if (members.length < set.changes.length)
    return { code: 'OVERTAKEN', message: 'an object of it was changed since' };
  const lost = members.find(isLost);
  if (lost !== undefined) {
    const { code, message } = whyLost(lost);
    return { code, message: `${formatResourceKey(lost.key)}: ${message}` };
  }
  for (const { id, key } of members) {
    const newest = states.objects.get(formatResourceKey(key))?.changeId;
    if (newest !== undefined && newest !== id)
      return {
        code: 'OVERTAKEN',
        message: `${formatResourceKey(key)} was changed since, by change ${newest}`,
      };
  }
  return undefined;
}

/** When its first apply was recorded. */
function appliedAt({ history }: Change): number {
  return history.find(({ phase }) => phase === 'applied')?.recordedAt ?? 0;
}

/** Those that go on by themselves, or may. */
export function setsUnderWay(states: DesiredStates): readonly ChangeSet[] {
  return [...states.sets.values()].filter(
    (set) =>
      set.staging !== undefined &&
      set.stagingEnded === undefined &&
      set.enforcedBy === undefined &&
      undoneBy(states, set) === undefined,
  );
}

/** What records that nothing more follows. A version conflict means: somebody else said so. */
export function endOfStaging(
  { id, version }: ChangeSet,
  end: Pick<EndedStaging, 'outcome' | 'code' | 'message'>,
  by: { readonly actor: Actor; readonly at: number },
): { readonly subject: string; readonly expectedVersion: number; readonly event: NewEvent<'StagingEnded'> } {
  return {
    subject: changeSetSubject(id),
    expectedVersion: version,
    event: {
      id: `${id}/staging-ended`,
      type: 'StagingEnded',
      version: 1,
      occurredAt: by.at,
      actor: by.actor,
      causation: `${id}/requested`,
      correlation: id,
      data: { setId: id, ...end },
    },
  };
}
