import { turnOf } from './change-sets.js';
import { hasEnded, type Change, type DesiredStates } from './desired-states.js';

/** Whether the reconciler still has to act on a change: it is neither applied nor ended. */
export function isWork(change: Change): boolean {
  return change.applied === undefined && !hasEnded(change);
}

/**
 * What the reconciler has to do about an object, oldest first: a change of a set when its turn has come. `id` is as `formatResourceKey`
 * writes it.
 */
export function workOn(states: DesiredStates, id: string): readonly Change[] {
  const open = states.objects.get(id)?.open ?? [];
  return open
    .flatMap((changeId) => states.changes.get(changeId) ?? [])
    .filter((change) => isWork(change) && turnOf(states, change) !== 'later');
}

/** The objects that there is work on, as `formatResourceKey` writes them. */
export function objectsWithWork(states: DesiredStates): string[] {
  return [...states.objects.keys()].filter((id) => workOn(states, id).length > 0);
}
