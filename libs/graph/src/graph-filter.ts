import type { GraphEntity } from './entity.js';

/** By what an entity is found and put in order. */
export type Located = Pick<GraphEntity, 'key' | 'namespaces'>;

export interface GraphFilter {
  /** Leaves out what is of none of them. What belongs to the whole mesh is always in, and an edge that touches one of them. */
  readonly namespaces?: ReadonlySet<string>;
}

export function passes(
  { namespaces: wanted }: GraphFilter,
  { namespaces }: Pick<Located, 'namespaces'>,
): boolean {
  if (wanted === undefined || namespaces.length === 0) return true;
  return namespaces.some((namespace) => wanted.has(namespace));
}

/** The namespace that it stands in order with; '' for what belongs to the whole mesh. */
export function orderedWith({ namespaces: [first = ''] }: Pick<Located, 'namespaces'>): string {
  return first;
}

/** By namespace, what belongs to the whole mesh first, then by key. */
export function inGraphOrder(a: Located, b: Located): number {
  const [left, right] = [orderedWith(a), orderedWith(b)];
  return left === right ? byKey(a, b) : left < right ? -1 : 1;
}

/** The order within a namespace. */
export function byKey(a: Pick<Located, 'key'>, b: Pick<Located, 'key'>): number {
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}
