import { inGraphOrder, joinedEdges, type SeenEdge, type SeenEntity, seenEntity } from '@mcp/graph';
import type { VisibleNamespaces } from '@mcp/mesh';
import { mapInSlices } from '@mcp/runtime';
import { encodeEntity, type EncodedEntity } from './encoded-entity.js';
import type { NamespaceFilter } from './namespace-filter.js';

/** Without what may not be seen, and those edges as one that differ only in that. Edges come last. */
export async function seenEntities(
  entities: readonly SeenEntity[],
  visible: VisibleNamespaces,
): Promise<readonly SeenEntity[]> {
  if (visible.areAll) return entities;
  const seen = (await mapInSlices(entities, (entity) => seenEntity(entity, visible))).filter(
    (entity) => entity !== undefined,
  );
  const edges = seen.filter((entity): entity is SeenEdge => entity.kind === 'Edge');
  return [...seen.filter(({ kind }) => kind !== 'Edge'), ...joinedEdges(edges)];
}

/**
 * A graph as someone sees it. `whole` came through the filter; what may not be seen is left out, and what is in the filter only by that
 * with it. In graph order.
 */
export async function seenGraph(
  whole: readonly EncodedEntity[],
  visible: VisibleNamespaces,
  filter: NamespaceFilter,
): Promise<readonly EncodedEntity[]> {
  const encoded = new Map<SeenEntity, EncodedEntity>(whole.map((of) => [of.entity, of]));
  const seen = await seenEntities(
    whole.map(({ entity }) => entity),
    visible,
  );
  const shown = seen.filter(filter.keeps).sort(inGraphOrder);
  return mapInSlices(shown, (entity) => encoded.get(entity) ?? encodeEntity(entity));
}
