import {
  changeSubject,
  desiredSubject,
  type Actor,
  type ChangeRequest,
  type Correction,
  type DesiredState,
  type ImpactCode,
  type NewEvent,
  type Subject,
} from '@mcp/events';
import { deepEqual, formatResourceKey } from '@mcp/mesh';
import type { DesiredSpec } from './drift.js';
import {
  isLive,
  observedNow,
  objectDrift,
  phaseOf,
  type DesiredKey,
  type DesiredObject,
  type DesiredStates,
} from './desired-states.js';
import { isWork } from './work.js';

/** Asks for an object to be so, or for there to be none. Already valid; ids and the time come with it. */
export interface ApplyCommand {
  readonly changeId: string;
  readonly key: DesiredKey;
  /** Absent: there is to be no such object. */
  readonly spec?: DesiredSpec;
  /** Id of the set that it is one of. */
  readonly set?: string;
  /** What the caller said may come of it; of a change of a set, the set has it. */
  readonly accepted?: readonly ImpactCode[];
  /** It puts back what others changed. */
  readonly correction?: Correction;
  /** The revision the caller saw; 0: nothing was asked for yet. Undefined: whatever it is. */
  readonly expectedRevision?: number;
  readonly actor: Actor;
  readonly reason?: string;
  readonly traceparent?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export type ApplyRefusal =
  | 'STALE_REVISION'
  | 'NOTHING_TO_WITHDRAW'
  | 'NAMESPACE_UNKNOWN'
  | 'NAMESPACE_OUT_OF_SCOPE'
  | 'CHANGE_ID_REUSED';

/** What to record: each write about one subject, at the version it is expected to be at. */
export interface DecidedWrite {
  readonly subject: Subject;
  readonly expectedVersion: number;
  readonly event: NewEvent<'ChangeRequested'> | NewEvent<'DesiredStateSet'>;
}

export type ApplyDecision =
  /** Recording `writes`, all or none, accepts the change. A version conflict means: decide again on a newer state. */
  | {
      readonly decision: 'accepted';
      readonly changeId: string;
      readonly revision: number;
      readonly writes: readonly DecidedWrite[];
    }
  /** It is asked for already, by this change. Nothing to record. */
  | { readonly decision: 'already-asked'; readonly changeId: string; readonly revision: number }
  /** `revision` is the one the object is at. */
  | {
      readonly decision: 'refused';
      readonly code: ApplyRefusal;
      readonly message: string;
      readonly revision: number;
    };

/**
 * Decides about a request for a change.
 *
 * The same change id with the same spec is the same request, whatever has happened since: derive the id from the caller's
 * idempotency key, and a repeated request finds its first answer. Asking for what is desired already makes no new
 * revision while the same actor's change has still to be applied or the object is as desired; else it does, and is applied anew.
 * A namespace is only called unknown while the list of namespaces is live; otherwise the API server will tell.
 */
export function decideApply(command: ApplyCommand, states: DesiredStates): ApplyDecision {
  const { changeId, key, spec } = command;
  const object = states.objects.get(formatResourceKey(key));
  const current = object?.revision ?? 0;
  const refused = (code: ApplyRefusal, message: string): ApplyDecision => ({
    decision: 'refused',
    code,
    message,
    revision: current,
  });

  const known = states.changes.get(changeId);
  if (known !== undefined) {
    return deepEqual(known.key, key) && deepEqual(known.spec, spec)
      ? { decision: 'already-asked', changeId, revision: known.revision }
      : refused(
          'CHANGE_ID_REUSED',
          `change ${changeId} asked for something else; use another idempotency key`,
        );
  }
  if (command.expectedRevision !== undefined && command.expectedRevision !== current) {
    return refused(
      'STALE_REVISION',
      `${formatResourceKey(key)} is at revision ${current}, not ${command.expectedRevision}; read it and ask again`,
    );
  }
  if (states.scope !== 'all' && !states.scope.includes(key.namespace)) {
    return refused(
      'NAMESPACE_OUT_OF_SCOPE',
      `namespace ${key.namespace} is not looked at (only ${states.scope.join(', ')}), so the change could not be seen to converge`,
    );
  }
  if (isLive(states, 'Namespace') && !states.namespaces.has(key.namespace)) {
    return refused('NAMESPACE_UNKNOWN', `the cluster has no namespace ${key.namespace}`);
  }
  if (object !== undefined && deepEqual(object.spec, spec) && stillStands(states, object, command.actor)) {
    return { decision: 'already-asked', changeId: object.changeId, revision: current };
  }
  if (spec === undefined && object === undefined && isKnownAbsent(states, key))
    return refused('NOTHING_TO_WITHDRAW', `there is no ${formatResourceKey(key)}`);
  return {
    decision: 'accepted',
    changeId,
    revision: current + 1,
    writes: writesOf(command, current, { replaces: object?.changeId, before: beforeOf(states, key) }),
  };
}

function isKnownAbsent(states: DesiredStates, key: DesiredKey): boolean {
  return isLive(states, key.kind) && observedNow(states, formatResourceKey(key)) === undefined;
}

function stillStands(states: DesiredStates, object: DesiredObject, actor: Actor): boolean {
  const change = states.changes.get(object.changeId);
  // A change is applied with the rights of who asked for it, which may be lost until then; so nobody joins another's.
  if (change !== undefined && isWork(change)) return isSameActor(change.actor, actor);
  // What was applied and is not observed may have been undone before anyone saw it.
  const applied = change === undefined || ['applied', 'converged'].includes(phaseOf(change));
  return applied && objectDrift(states, object.key)?.drift === 'none';
}

function isSameActor(a: Actor, b: Actor): boolean {
  return a.name === b.name && a.provenBy === b.provenBy;
}

/** Undefined where it is not known. */
function beforeOf(states: DesiredStates, key: DesiredKey): ChangeRequest['before'] {
  if (isKnownAbsent(states, key)) return 'none';
  const seen = observedNow(states, formatResourceKey(key));
  if (seen === undefined) return undefined;
  const { uid, resourceVersion, spec, unmodelled } = seen;
  return {
    uid,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(spec === undefined || unmodelled !== undefined ? {} : { spec }),
  };
}

function writesOf(
  command: ApplyCommand,
  current: number,
  { replaces, before }: { readonly [K in 'replaces' | 'before']: ChangeRequest[K] | undefined },
): readonly DecidedWrite[] {
  const { changeId, key, spec, set, accepted, correction, actor, at, reason, traceparent } = command;
  const envelope = {
    version: 1,
    occurredAt: at,
    actor,
    correlation: changeId,
    ...(reason === undefined ? {} : { reason }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const desired: DesiredState = { changeId, key, ...(spec === undefined ? {} : { spec }) };
  return [
    {
      subject: changeSubject(changeId),
      expectedVersion: 0,
      event: {
        ...envelope,
        id: `${changeId}/requested`,
        type: 'ChangeRequested',
        data: {
          ...desired,
          revision: current + 1,
          ...(replaces === undefined ? {} : { replaces }),
          ...(set === undefined ? {} : { set }),
          ...(before === undefined ? {} : { before }),
          ...(accepted === undefined ? {} : { accepted }),
          ...(correction === undefined ? {} : { correction }),
        },
      },
    },
    {
      subject: desiredSubject(key),
      expectedVersion: current,
      event: {
        ...envelope,
        id: `${changeId}/desired`,
        type: 'DesiredStateSet',
        causation: `${changeId}/requested`,
        data: desired,
      },
    },
  ];
}
