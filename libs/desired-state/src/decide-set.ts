import { changeSetSubject, type Actor, type ImpactCode, type NewEvent, type Staging } from '@mcp/events';
import { decideApply, type ApplyCommand, type ApplyDecision, type DecidedWrite } from './decide-apply.js';
import { deepEqual } from '@mcp/mesh';
import { membersOfSet } from './change-sets.js';
import { revisionOf, type ChangeSet, type DesiredKey, type DesiredStates } from './desired-states.js';

/** Asks for several objects to be so, each after all before it. Already valid; ids and the time come with it. */
export interface SetCommand {
  readonly setId: string;
  /** Each about another object. */
  readonly objects: readonly Pick<ApplyCommand, 'key' | 'spec' | 'expectedRevision'>[];
  readonly actor: Actor;
  readonly reason?: string;
  /** When it was planned, in milliseconds since the epoch; absent where it is asked for at once. */
  readonly plannedAt?: number;
  /** The change that it takes back. */
  readonly undoes?: string;
  /** How it is to go on by itself. */
  readonly staging?: Staging;
  /** The set whose audit it ends. */
  readonly enforces?: string;
  /** What the caller said may come of it. */
  readonly accepted?: readonly ImpactCode[];
  readonly traceparent?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface DecidedSetWrite {
  readonly subject: string;
  readonly expectedVersion: number;
  readonly event: DecidedWrite['event'] | NewEvent<'ChangeSetRequested'>;
}

/** A change of a set: recorded with it, or by which the object is so already. */
export interface SetChange {
  readonly changeId: string;
  readonly key: DesiredKey;
  readonly revision: number;
}

export type SetDecision =
  /** Recording `writes`, all or none, accepts the set. A version conflict means: decide again on a newer state. */
  | {
      readonly decision: 'accepted';
      /** In order. An object that is asked for so already is in none: they wait for its change. */
      readonly changes: readonly SetChange[];
      readonly writes: readonly DecidedSetWrite[];
    }
  /** The set was asked for before; or all is so already, and `changes` are those by which it is. */
  | { readonly decision: 'already-asked'; readonly changes: readonly SetChange[] }
  | (Extract<ApplyDecision, { decision: 'refused' }> & { readonly key: DesiredKey });

/**
 * Decides about a request for several changes: of each as `decideApply`, and of all or none.
 *
 * The same set id with the same objects is the same request, whatever has happened since.
 */
export function decideSet(command: SetCommand, states: DesiredStates): SetDecision {
  const { setId, objects, actor, at, reason, traceparent } = command;
  const terms = {
    actor,
    at,
    ...(reason === undefined ? {} : { reason }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const known = states.sets.get(setId);
  if (known !== undefined) return askedBefore(command, known, states);
  const asked: SetChange[] = [];
  const accepted: (SetChange & { readonly writes: readonly DecidedWrite[] })[] = [];
  for (const [index, object] of objects.entries()) {
    const { key } = object;
    const changeId = `${setId}-${index + 1}`;
    const decision = decideApply({ ...terms, ...object, changeId, set: setId }, states);
    if (decision.decision === 'refused') return { ...decision, key };
    if (decision.decision === 'accepted') accepted.push({ ...decision, key });
    else asked.push({ changeId: decision.changeId, key, revision: decision.revision });
  }
  if (accepted.length === 0) return { decision: 'already-asked', changes: asked };
  const changes = accepted.map(({ changeId, key, revision }) => ({ changeId, key, revision }));
  const request = requestOf(
    command,
    changes.map(({ changeId }) => changeId),
    asked.map(({ changeId }) => changeId),
  );
  return { decision: 'accepted', changes, writes: [request, ...accepted.flatMap(({ writes }) => writes)] };
}

/** Asked for again, the objects may come in another order. Of those whose change is no longer held only the number is known. */
function askedBefore({ setId, objects }: SetCommand, known: ChangeSet, states: DesiredStates): SetDecision {
  const ids = [...known.changes, ...(known.standing ?? [])];
  const before = ids.flatMap((id) => states.changes.get(id) ?? []);
  const isBefore = ({ key, spec }: SetCommand['objects'][number]) =>
    before.some((change) => deepEqual(change.key, key) && deepEqual(change.spec, spec));
  const others = objects.filter((object) => !isBefore(object));
  const [other = objects[0]] = others;
  if (other !== undefined && (objects.length !== ids.length || others.length > ids.length - before.length))
    return {
      decision: 'refused',
      code: 'CHANGE_ID_REUSED',
      message: `change ${setId} asked for something else; use another idempotency key`,
      ...{ key: other.key, revision: revisionOf(states, other.key) },
    };
  const recorded = membersOfSet(states, known);
  const changes = recorded.map(({ id, key, revision }) => ({ changeId: id, key, revision }));
  return { decision: 'already-asked', changes };
}

function requestOf(
  { setId, actor, at, reason, traceparent, plannedAt, undoes, accepted, staging, enforces }: SetCommand,
  changes: readonly string[],
  standing: readonly string[],
): DecidedSetWrite {
  return {
    subject: changeSetSubject(setId),
    expectedVersion: 0,
    event: {
      id: `${setId}/requested`,
      type: 'ChangeSetRequested',
      version: 1,
      occurredAt: at,
      actor,
      correlation: setId,
      ...(reason === undefined ? {} : { reason }),
      ...(traceparent === undefined ? {} : { traceparent }),
      data: {
        setId,
        changes,
        ...(standing.length === 0 ? {} : { standing }),
        ...(plannedAt === undefined ? {} : { plannedAt }),
        ...(undoes === undefined ? {} : { undoes }),
        ...(accepted === undefined ? {} : { accepted }),
        ...(staging === undefined ? {} : { staging }),
        ...(enforces === undefined ? {} : { enforces }),
      },
    },
  };
}
