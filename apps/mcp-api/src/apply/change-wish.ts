import {
  decideApply,
  decideSet,
  type DecidedSetWrite,
  type DesiredKey,
  type DesiredStates,
  type SetCommand,
} from '@mcp/desired-state';
import type { Actor, DesiredPresence, DesiredState } from '@mcp/events';
import { refusalOf } from './change-refusals.js';

/** What one object is to be. */
export interface ObjectWish {
  readonly key: DesiredKey;
  /** Absent: there is to be no such object. */
  readonly spec?: DesiredPresence['spec'];
  readonly expectedRevision?: number | undefined;
}

/** What someone asks for. */
export interface ChangeWish {
  /** Each about another object. */
  readonly objects: readonly [ObjectWish, ...ObjectWish[]];
  /** They belong together and are applied in this order; otherwise there is one. */
  readonly together: boolean;
  /** Empty: none. */
  readonly idempotencyKey: string;
  readonly reason: string;
  readonly traceparent: string | undefined;
}

/** The change of one object. */
export interface AskedChange {
  readonly changeId: string;
  readonly key: DesiredKey;
  readonly revision: number;
}

export type WishDecision =
  | {
      readonly decision: 'accepted';
      readonly changes: readonly AskedChange[];
      readonly writes: readonly DecidedSetWrite[];
      /** What makes another request of it. */
      readonly body: object;
    }
  /** It is asked for already, by this change or set. */
  | {
      readonly decision: 'already-asked';
      readonly changeId: string;
      readonly changes: readonly AskedChange[];
    };

/** What is to be recorded. Refusals are thrown. */
export function decideWish(
  { objects, together, idempotencyKey, reason, traceparent }: ChangeWish,
  { id, actor, at }: { readonly id: string; readonly actor: Actor; readonly at: number },
  states: DesiredStates,
): WishDecision {
  const terms = {
    actor,
    at,
    ...(reason !== '' && { reason }),
    ...(traceparent !== undefined && { traceparent }),
  };
  const asked = { idempotencyKey, id };
  if (together) {
    const decision = decideSet({ ...terms, setId: id, objects: objects.map(commandOf) }, states);
    switch (decision.decision) {
      case 'refused':
        throw refusalOf(decision, decision.key, asked);
      case 'already-asked':
        return { ...decision, changeId: states.sets.has(id) ? id : (decision.changes[0]?.changeId ?? id) };
      case 'accepted':
        return { ...decision, body: objects.map(bodyOf) };
    }
  }
  const [object] = objects;
  const { key } = object;
  const decision = decideApply({ ...terms, changeId: id, ...commandOf(object) }, states);
  switch (decision.decision) {
    case 'refused':
      throw refusalOf(decision, key, asked);
    case 'already-asked': {
      const { changeId, revision } = decision;
      return { decision: 'already-asked', changeId, changes: [{ changeId, key, revision }] };
    }
    case 'accepted': {
      const { revision, writes } = decision;
      return {
        decision: 'accepted',
        changes: [{ changeId: id, key, revision }],
        writes,
        body: bodyOf(object),
      };
    }
  }
}

function bodyOf({ key, spec }: ObjectWish): Pick<DesiredState, 'key' | 'spec'> {
  return { key, ...(spec !== undefined && { spec }) };
}

function commandOf(wish: ObjectWish): SetCommand['objects'][number] {
  const { expectedRevision } = wish;
  return { ...bodyOf(wish), ...(expectedRevision !== undefined && { expectedRevision }) };
}
