import {
  driftModeSubject,
  type Actor,
  type DriftMode,
  type NewEvent,
  type StoppedEnforcement,
  type Subject,
} from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { whyLost } from './change-sets.js';
import {
  objectDrift,
  observedNow,
  type Change,
  type DesiredKey,
  type DesiredStates,
  type ObjectDriftMode,
} from './desired-states.js';
import { notAppliedTo } from './not-applied.js';
import { isWork } from './work.js';

/** So many corrections of one object, in this time, may be overwritten before enforcement stops. */
const mostCorrections = 3;
const withinMs = 10 * 60_000;

export interface DriftModeCommand {
  readonly key: DesiredKey;
  readonly mode: DriftMode;
  readonly forceFrom: readonly string[];
  readonly actor: Actor;
  readonly reason?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A version conflict means: somebody else set it. */
export interface DriftModeWrite {
  readonly subject: Subject;
  readonly expectedVersion: number;
  readonly event: NewEvent<'DriftModeSet'> | NewEvent<'EnforcementStopped'>;
}

/** Undefined where nobody asked for the object: then there is nothing that it deviates from. */
export function decideDriftMode(
  { key, mode, forceFrom, actor, reason, at }: DriftModeCommand,
  states: DesiredStates,
): DriftModeWrite | undefined {
  if (!states.objects.has(formatResourceKey(key))) return undefined;
  return writeOf(states, key, actor, at, {
    type: 'DriftModeSet',
    ...(reason !== undefined && { reason }),
    data: { key, mode, forceFrom },
  });
}

export function stopEnforcement(
  { key, code, message }: StoppedEnforcement,
  by: { readonly actor: Actor; readonly at: number },
  states: DesiredStates,
): DriftModeWrite {
  const data = { key, code, message };
  return writeOf(states, key, by.actor, by.at, { type: 'EnforcementStopped', data });
}

type ModeEvent = DriftModeWrite['event'];

function writeOf(
  states: DesiredStates,
  key: DesiredKey,
  actor: Actor,
  at: number,
  event:
    | Pick<Extract<ModeEvent, { type: 'DriftModeSet' }>, 'type' | 'data' | 'reason'>
    | Pick<Extract<ModeEvent, { type: 'EnforcementStopped' }>, 'type' | 'data'>,
): DriftModeWrite {
  const subject = driftModeSubject(key);
  const version = states.driftModes.get(formatResourceKey(key))?.version ?? 0;
  const id = `${subject}/${version + 1}`;
  return {
    subject,
    expectedVersion: version,
    event: { ...event, id, version: 1, occurredAt: at, actor, correlation: subject },
  };
}

export type Enforcement =
  /** It is as desired, or a change of it is under way, or what it is now is not known. */
  | { readonly do: 'nothing' }
  /** Its desired state, which is this revision, is to be asked for again. */
  | { readonly do: 'correct'; readonly revision: number }
  | { readonly do: 'stop'; readonly code: string; readonly message: string };

/**
 * What enforcing the desired state of an object comes to now, in milliseconds since the epoch. It never fights: it stops after three corrections
 * in ten minutes that were overwritten, and after a change that could not be applied, since nobody knows then whether its desired state can be.
 * Who sets the mode again has looked at what was before.
 */
export function enforcementOf(
  { key, since }: ObjectDriftMode,
  states: DesiredStates,
  now: number,
): Enforcement {
  const object = states.objects.get(formatResourceKey(key));
  if (object === undefined || object.open.some((id) => isWaiting(states, id))) return { do: 'nothing' };
  const drift = objectDrift(states, key)?.drift;
  if (drift === 'none') return { do: 'nothing' };
  const newest = states.changes.get(object.changeId);
  const lost = notAppliedTo(states, object);
  if (lost !== undefined) {
    if (lost.correction !== undefined && endedAt(lost) < since)
      return { do: 'correct', revision: object.revision };
    const { code, message } = whyLost(lost);
    return { do: 'stop', code, message: `its change ${lost.id} ended: ${message}` };
  }
  if (drift === 'pending' && !isOverwritten(states, key, newest)) return { do: 'nothing' };
  const corrections = [...states.changes.values()].filter(
    (change) =>
      change.correction !== undefined &&
      change.applied !== undefined &&
      formatResourceKey(change.key) === formatResourceKey(key) &&
      askedAt(change) >= Math.max(since, now - withinMs),
  );
  if (corrections.length >= mostCorrections)
    return {
      do: 'stop',
      code: 'FOUGHT',
      message: `${corrections.length} corrections within ten minutes were overwritten: agree with whoever writes it, then set the mode again`,
    };
  return { do: 'correct', revision: object.revision };
}

/** It bears the mark of a change that left it as desired, and no longer is so: it was overwritten before anyone looked. */
function isOverwritten(states: DesiredStates, key: DesiredKey, newest: Change | undefined): boolean {
  const mark = observedNow(states, formatResourceKey(key))?.change?.id;
  return mark !== undefined && mark === newest?.id;
}

function isWaiting(states: DesiredStates, changeId: string): boolean {
  const change = states.changes.get(changeId);
  return change !== undefined && isWork(change);
}

function askedAt({ history }: Change): number {
  return history[0]?.recordedAt ?? 0;
}

function endedAt({ history }: Change): number {
  return history.at(-1)?.recordedAt ?? 0;
}

/** Those that are enforced. */
export function enforcedObjects(states: DesiredStates): readonly ObjectDriftMode[] {
  return [...states.driftModes.values()].filter(({ mode }) => mode === 'enforce');
}

/** How many objects were enforced and are not any more, until somebody sets their mode again. */
export function stoppedEnforcements({ driftModes }: DesiredStates): number {
  return [...driftModes.values()].filter(({ stopped }) => stopped !== undefined).length;
}
