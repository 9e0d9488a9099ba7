import type { TriedOut } from '../apply/dry-run-object.js';
import type { ChangeWish, ObjectWish, PlannedStaging } from '../apply/change-wish.js';
import type { FoundImpact } from '../apply/found-impact.js';
import type { Actor } from '@mcp/events';

/** A plan as the board keeps it: plain JSON. */
export interface PlannedChange {
  readonly id: string;
  readonly actor: Pick<Actor, 'name' | 'provenBy'>;
  /** In the order in which they are to be applied; each at the revision that it has now. */
  readonly objects: readonly [PlannedObject, ...PlannedObject[]];
  readonly reason: string;
  /** The change that it takes back. */
  readonly undoes?: string;
  readonly impacts: readonly Pick<FoundImpact, 'code' | 'digest'>[];
  /** How it is to go on by itself; its objects are as they are applied first. */
  readonly staging?: PlannedStaging;
  /** In milliseconds since the epoch. */
  readonly plannedAt: number;
  readonly expiresAt: number;
}

export interface PlannedObject {
  readonly wish: ObjectWish & { readonly expectedRevision: number };
  readonly looked: Looked;
}

/** What an object was when it was looked at. */
export interface Looked {
  readonly plan: TriedOut['plan'];
  /** Absent: there was none. */
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export function lookedAt(tried: TriedOut): Looked {
  const live = 'live' in tried ? tried.live : undefined;
  return {
    plan: tried.plan,
    ...(live !== undefined && { uid: live.uid, resourceVersion: live.resourceVersion }),
  };
}

export function wishOf(
  { id, objects, reason, plannedAt, undoes, impacts, staging }: PlannedChange,
  asking: Pick<ChangeWish, 'acceptImpact' | 'traceparent'>,
): ChangeWish {
  const [first, ...more] = objects;
  return {
    ...asking,
    objects: [first.wish, ...more.map(({ wish }) => wish)],
    together: true,
    idempotencyKey: '',
    reason,
    plan: {
      ...{ id, plannedAt, impacts },
      ...(undoes !== undefined && { undoes }),
      ...(staging !== undefined && { staging }),
    },
  };
}
