import { deepEqual } from '@mcp/mesh';
import type { GraphEntity } from './entity.js';
import { inGraphOrder, type Located } from './graph-filter.js';

/** The difference between two graphs. A key is in it once: upserted with the whole new entity, or removed. */
export interface GraphDelta {
  readonly upserted: readonly GraphEntity[];
  readonly removed: readonly Located[];
}

/** What turns one graph into the other: `applyDelta(before, diff(before, after))` is `after`. */
export function diff(before: Iterable<GraphEntity>, after: Iterable<GraphEntity>): GraphDelta {
  const left = new Map([...before].map((entity) => [entity.key, entity]));
  const upserted: GraphEntity[] = [];
  for (const entity of after) {
    if (!deepEqual(left.get(entity.key), entity)) upserted.push(entity);
    left.delete(entity.key);
  }
  return { upserted, removed: [...left.values()].map(({ key, namespaces }) => ({ key, namespaces })) };
}

/** The graph after the delta, in the order in which graphs are given. */
export function applyDelta(before: Iterable<GraphEntity>, delta: GraphDelta): readonly GraphEntity[] {
  const entities = new Map([...before].map((entity) => [entity.key, entity]));
  for (const { key } of delta.removed) entities.delete(key);
  for (const entity of delta.upserted) entities.set(entity.key, entity);
  return [...entities.values()].sort(inGraphOrder);
}
