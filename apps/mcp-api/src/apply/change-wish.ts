import {
  decideApply,
  decideSet,
  type DecidedSetWrite,
  type DesiredKey,
  type DesiredStates,
  type SetCommand,
} from '@mcp/desired-state';
import type { Actor, Correction, DesiredPresence, DesiredState, ImpactCode, Staging } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import type { FoundImpact } from './found-impact.js';
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
  /** What the caller says may come of it. */
  readonly acceptImpact: readonly ImpactCode[];
  /** It puts back what others changed; then its key is its id. */
  readonly correction?: Correction;
  /** The plan that it carries out, whose id is that of the change. */
  readonly plan?: {
    readonly id: string;
    readonly plannedAt: number;
    readonly undoes?: string;
    /** What it was to come to; absent: whatever it comes to now. */
    readonly impacts?: readonly Pick<FoundImpact, 'code' | 'digest'>[];
    readonly staging?: PlannedStaging;
    /** The set whose audit it ends. */
    readonly enforces?: string;
  };
}

/** As `Staging`, with what has to be accepted before it begins. */
export interface PlannedStaging extends Staging {
  readonly audit?: NonNullable<Staging['audit']> & { readonly impacts: readonly FoundImpact[] };
}

/** The change of one object. */
export interface AskedChange {
  readonly changeId: string;
  readonly key: DesiredKey;
  readonly revision: number;
}

/** Who asks, as which change, when, and what of its impact is accepted. */
export interface Asking {
  readonly id: string;
  readonly actor: Actor;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly accepted: readonly ImpactCode[];
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
  { objects, together, idempotencyKey, reason, traceparent, plan, correction }: ChangeWish,
  { id, actor, at, accepted }: Asking,
  states: DesiredStates,
): WishDecision {
  const terms = {
    actor,
    at,
    ...(reason !== '' && { reason }),
    ...(traceparent !== undefined && { traceparent }),
    ...(accepted.length > 0 && { accepted }),
    ...(correction !== undefined && { correction }),
  };
  const asked = { idempotencyKey, id };
  if (together) {
    const planned = plan !== undefined && {
      plannedAt: plan.plannedAt,
      ...(plan.undoes !== undefined && { undoes: plan.undoes }),
      ...(plan.staging !== undefined && { staging: recordedStaging(plan.staging) }),
      ...(plan.enforces !== undefined && { enforces: plan.enforces }),
    };
    const command = { ...terms, ...planned, setId: id, objects: objects.map(commandOf) };
    const decision = decideSet(command, states);
    switch (decision.decision) {
      case 'refused':
        throw refusalOf(decision, decision.key, asked);
      case 'already-asked':
        return { ...decision, changeId: states.sets.has(id) ? id : (decision.changes[0]?.changeId ?? id) };
      case 'accepted':
        return { ...decision, body: inNameOrder(objects).map(bodyOf) };
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

/** Names of workloads and callers are not the log's to keep. */
function recordedStaging({ audit, ...rest }: PlannedStaging): Staging {
  const impacts = audit?.impacts.map(({ code, digest }) => ({ code, digest })) ?? [];
  return audit === undefined ? rest : { ...rest, audit: { ...audit, impacts } };
}

/** Who asks again may get another order. */
function inNameOrder(objects: ChangeWish['objects']): readonly ObjectWish[] {
  const nameOf = ({ key }: ObjectWish) => formatResourceKey(key);
  return [...objects].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function bodyOf({ key, spec }: ObjectWish): Pick<DesiredState, 'key' | 'spec'> {
  return { key, ...(spec !== undefined && { spec }) };
}

function commandOf(wish: ObjectWish): SetCommand['objects'][number] {
  const { expectedRevision } = wish;
  return { ...bodyOf(wish), ...(expectedRevision !== undefined && { expectedRevision }) };
}
