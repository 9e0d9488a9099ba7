import { Entity } from '@mcp/contracts';
import type { GraphEntity } from '@mcp/graph';
import { entityToProto } from '../to-proto/entity.to-proto.js';

/** An entity as it goes over the wire; encoded once, whoever gets it. */
export interface EncodedEntity {
  readonly key: string;
  /** Empty for what belongs to the whole mesh. */
  readonly namespace: string;
  readonly entity: GraphEntity;
  readonly bytes: Uint8Array;
}

export function encodeEntity(entity: GraphEntity): EncodedEntity {
  const { key, namespace } = entity;
  return { key, namespace, entity, bytes: Entity.encode(entityToProto(entity)).finish() };
}
