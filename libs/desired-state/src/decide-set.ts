import { changeSetSubject, type Actor, type NewEvent } from '@mcp/events';
import { decideApply, type ApplyCommand, type ApplyDecision, type DecidedWrite } from './decide-apply.js';
import type { DesiredKey, DesiredStates } from './desired-states.js';

/** Asks for several objects to be so, each after all before it. Already valid; ids and the time come with it. */
export interface SetCommand {
  readonly setId: string;
  /** Each about another object. */
  readonly objects: readonly Pick<ApplyCommand, 'key' | 'spec' | 'expectedRevision'>[];
  readonly actor: Actor;
  readonly reason?: string;
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
      /** In order. An object that is as desired already is in none. */
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
  const { setId, objects, ...terms } = command;
  const known = states.sets.get(setId);
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
  if (known !== undefined)
    return {
      decision: 'already-asked',
      changes: asked.filter(({ changeId }) => known.changes.includes(changeId)),
    };
  if (accepted.length === 0) return { decision: 'already-asked', changes: asked };
  const changes = accepted.map(({ changeId, key, revision }) => ({ changeId, key, revision }));
  const request = requestOf(
    command,
    changes.map(({ changeId }) => changeId),
  );
  return { decision: 'accepted', changes, writes: [request, ...accepted.flatMap(({ writes }) => writes)] };
}

function requestOf(
  { setId, actor, at, reason, traceparent }: SetCommand,
  changes: readonly string[],
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
      data: { setId, changes },
    },
  };
}
