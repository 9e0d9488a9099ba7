import { deepEqual } from './deep-equal.js';

/** A field that is not the same in two objects; undefined where it is not there. */
export interface DifferingField {
  /** Dotted, for example `spec.targetRef.name`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** In the order of their paths. Lists are compared as a whole. `path`: of the two values. */
export function differingFields(path: string, before: unknown, after: unknown): readonly DifferingField[] {
  if (deepEqual(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [{ path, before, after }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => differingFields(`${path}.${name}`, before[name], after[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
