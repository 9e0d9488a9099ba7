import type { DesiredPresence } from '@mcp/events';
import { differingFields, saysExactly } from '@mcp/mesh';

export type DesiredSpec = DesiredPresence['spec'];

/**
 * How an observed object stands to the desired one; a state of the object, not of a change.
 * `pending`: not observed as desired yet. `none`: as desired. `drifted`: it was as desired and no longer is.
 * `deleted`: it was as desired and is gone. Where there is to be no object, it is as desired while there is none.
 */
export type Drift = 'pending' | 'none' | 'drifted' | 'deleted';

/** `differingFields` are dotted, for example `spec.targetRef.name`; a list differs as a whole. Empty where there is no object. */
export interface DriftAnswer {
  readonly drift: Drift;
  readonly differingFields: readonly string[];
}

/** What was seen of an object; without a spec it cannot be read. */
export interface SeenSpec {
  readonly spec?: DesiredSpec | undefined;
  /** What the object says besides. */
  readonly unmodelled?: readonly string[];
}

/**
 * `observed` is undefined where there is no object. `reached` says whether it has been observed as desired since the newest revision was set.
 * An object that exists and cannot be read differs in all of `spec`; one that says more than the desired spec, in what it says more.
 * `desired` is undefined where there is to be no object; one that is there differs as a whole, and so in no field.
 */
export function driftOf(
  desired: DesiredSpec | undefined,
  observed: SeenSpec | undefined,
  reached: boolean,
): DriftAnswer {
  if (desired === undefined) {
    const drift = observed === undefined ? 'none' : reached ? 'drifted' : 'pending';
    return { drift, differingFields: [] };
  }
  if (observed === undefined) return { drift: reached ? 'deleted' : 'pending', differingFields: [] };
  const differing =
    observed.spec === undefined ? ['spec'] : fieldsThatDiffer(desired, { ...observed, spec: observed.spec });
  if (differing.length === 0) return { drift: 'none', differingFields: [] };
  return { drift: reached ? 'drifted' : 'pending', differingFields: differing };
}

/**
 * Whether an object is to count as observed as desired from now on: it did before, or one of these lives of its name is so. Where there is to
 * be none, no life tells that; the end of the last one does.
 * Any life counts, not only the newest: which is the newest is known late, and what was seen of the others is no less true.
 */
export function isReached(
  { spec, reached }: { readonly spec?: DesiredSpec; readonly reached: boolean },
  lives: readonly { readonly spec?: unknown; readonly unmodelled?: readonly string[] }[],
): boolean {
  return reached || (spec !== undefined && lives.some((life) => saysExactly(life, spec)));
}

/** The fields in which an object is not as desired, in order, each once. */
export function fieldsThatDiffer(
  desired: DesiredSpec,
  { spec, unmodelled = [] }: SeenSpec & { readonly spec: DesiredSpec },
): readonly string[] {
  const paths = differingFields('spec', desired, spec).map(({ path }) => path);
  return [...new Set([...paths, ...unmodelled])].sort();
}
