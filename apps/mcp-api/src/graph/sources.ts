import type { Source } from '@mcp/contracts';
import { sourceToProto } from '../to-proto/mesh-wide.to-proto.js';
import type { EncodedEntity } from './encoded-entity.js';

/** How well each kind is followed. Sources belong to the whole mesh, so they are in every graph, and first. */
export function sourcesOf(entities: readonly EncodedEntity[]): readonly Source[] {
  const sources: Source[] = [];
  for (const { namespace, entity } of entities) {
    if (namespace !== '') break;
    if (entity.kind === 'Source') sources.push(sourceToProto(entity.value));
  }
  return sources;
}
