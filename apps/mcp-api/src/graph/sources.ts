import type { Source, Telemetry } from '@mcp/contracts';
import type { SeenEntity } from '@mcp/graph';
import { telemetryToProto } from '../to-proto/edge.to-proto.js';
import { sourceToProto } from '../to-proto/mesh-wide.to-proto.js';
import type { EncodedEntity } from './encoded-entity.js';

/** How well each kind is followed, and traffic seen: what belongs to the whole mesh is in every graph, and first. */
export interface FollowedSources {
  readonly sources: readonly Source[];
  /** Undefined where its telemetry was never read. */
  readonly telemetry: Telemetry | undefined;
}

/** Of entities in the order of the graph. */
export function sourcesOf(entities: Iterable<SeenEntity>): FollowedSources {
  const sources: Source[] = [];
  let telemetry: Telemetry | undefined;
  for (const { namespaces, kind, value } of entities) {
    if (namespaces.length > 0) break;
    if (kind === 'Source') sources.push(sourceToProto(value));
    if (kind === 'Telemetry') telemetry = telemetryToProto(value);
  }
  return { sources, telemetry };
}

export function* decoded(entities: Iterable<EncodedEntity>): Generator<SeenEntity> {
  for (const { entity } of entities) yield entity;
}
