import { deepEqual } from '@mcp/mesh';

/** What is known already, where it equals what there is now: so that a part that did not change stays the same object. */
export function kept<T>(known: T | undefined, now: T): T {
  return known !== undefined && deepEqual(known, now) ? known : now;
}
