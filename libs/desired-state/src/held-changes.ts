import { formatResourceKey } from '@mcp/mesh';
import type { Change, DesiredStates } from './desired-states.js';

/**
 * How many changes are held that have ended and that a newer one of the same object has followed. The others are always held: those that have
 * not ended, and the newest of each object.
 */
export interface HeldChanges {
  readonly most: number;
  /** Milliseconds since they ended or were followed, whichever was later, by the time of the log. */
  readonly forMs: number;
}

/** For 30 days, and 10,000 at most: about 20 MiB, where one is some 2 KiB. */
export const heldChanges: HeldChanges = { most: 10_000, forMs: 30 * 24 * 60 * 60 * 1000 };

/** Forgets what is no longer to be held. `now`: when the log took the newest event, in milliseconds since the epoch. */
export function forgetChanges(states: DesiredStates, { most, forMs }: HeldChanges, now: number): void {
  for (;;) {
    const oldest = states.retired[0];
    if (oldest === undefined || (states.retired.length <= most && now - oldest.at <= forMs)) return;
    states.retired.shift();
    const change = states.changes.get(oldest.id);
    if (change !== undefined) forget(states, change);
  }
}

function forget(states: DesiredStates, change: Change): void {
  const id = formatResourceKey(change.key);
  const object = states.objects.get(id);
  if (object !== undefined)
    states.objects.set(id, { ...object, forgottenUpTo: Math.max(object.forgottenUpTo, change.revision) });
  states.changes.delete(change.id);
  const set = change.set === undefined ? undefined : states.sets.get(change.set);
  if (set?.changes.some((member) => states.changes.has(member)) === false) states.sets.delete(set.id);
  countForgotten(states, 1, change.history[0]?.recordedAt ?? 0);
}

/** Changes that are not held, of which the last was asked for at this time at the latest. */
export function countForgotten(states: DesiredStates, changes: number, askedAt: number): void {
  states.forgottenChanges += changes;
  states.completeAfter = Math.max(states.completeAfter, askedAt);
}
