import { deepEqual } from './deep-equal.js';

/** Whether an object says this spec and nothing besides; never of one that could not be read. */
export function saysExactly(
  object: { readonly spec?: unknown; readonly unmodelled?: readonly string[] },
  spec: unknown,
): boolean {
  return object.unmodelled === undefined && deepEqual(object.spec, spec);
}
