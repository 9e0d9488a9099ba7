import {
  driftModeSubject,
  type Actor,
  type DriftMode,
  type NewEvent,
  type StoppedEnforcement,
  type Subject,
} from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { isLost } from './change-sets.js';
import { objectDrift, type DesiredKey, type DesiredStates, type ObjectDriftMode } from './desired-states.js';

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
 * in ten minutes that were overwritten, and after one that could not be applied.
 */
export function enforcementOf({ key }: ObjectDriftMode, states: DesiredStates, now: number): Enforcement {
  const object = states.objects.get(formatResourceKey(key));
  if (object === undefined || object.open.length > 0) return { do: 'nothing' };
  const newest = states.changes.get(object.changeId);
  if (newest?.correction !== undefined && isLost(newest)) {
    const { code, message } = newest.problem ?? { code: 'NOT_APPLIED', message: 'it was not applied' };
    return { do: 'stop', code, message: `its correction ${newest.id} ended: ${message}` };
  }
  const drift = objectDrift(states, key)?.drift;
  if (drift !== 'drifted' && drift !== 'deleted') return { do: 'nothing' };
  const corrections = [...states.changes.values()].filter(
    (change) =>
      change.correction !== undefined &&
      change.applied !== undefined &&
      formatResourceKey(change.key) === formatResourceKey(key) &&
      now - (change.history[0]?.recordedAt ?? 0) <= withinMs,
  );
  if (corrections.length >= mostCorrections)
    return {
      do: 'stop',
      code: 'FOUGHT',
      message: `${corrections.length} corrections within ten minutes were overwritten: agree with whoever writes it, then set the mode again`,
    };
  return { do: 'correct', revision: object.revision };
}

/** Those that are enforced. */
export function enforcedObjects(states: DesiredStates): readonly ObjectDriftMode[] {
  return [...states.driftModes.values()].filter(({ mode }) => mode === 'enforce');
}

/** How many objects were enforced and are not any more, until somebody sets their mode again. */
export function stoppedEnforcements({ driftModes }: DesiredStates): number {
  return [...driftModes.values()].filter(({ stopped }) => stopped !== undefined).length;
}
