import type { Source, Telemetry } from '@mcp/contracts';
import { telemetryToProto } from '../to-proto/edge.to-proto.js';
import { sourceToProto } from '../to-proto/mesh-wide.to-proto.js';
import type { EncodedEntity } from './encoded-entity.js';

/** How well each kind is followed, and traffic seen: what belongs to the whole mesh is in every graph, and first. */
export interface FollowedSources {
  readonly sources: readonly Source[];
  /** Undefined where its telemetry was never read. */
  readonly telemetry: Telemetry | undefined;
}

export function sourcesOf(entities: Iterable<Pick<EncodedEntity, 'namespaces' | 'entity'>>): FollowedSources {
  const sources: Source[] = [];
  let telemetry: Telemetry | undefined;
  for (const { namespaces, entity } of entities) {
    if (namespaces.length > 0) break;
    if (entity.kind === 'Source') sources.push(sourceToProto(entity.value));
    if (entity.kind === 'Telemetry') telemetry = telemetryToProto(entity.value);
  }
  return { sources, telemetry };
}
