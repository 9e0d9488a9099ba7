import { Entity } from '@mcp/contracts';
import type { Located, SeenEntity } from '@mcp/graph';
import { entityToProto } from '../to-proto/entity.to-proto.js';

/** An entity as it goes over the wire; encoded once, whoever gets it. */
export interface EncodedEntity extends Located {
  readonly entity: SeenEntity;
  readonly bytes: Uint8Array;
}

export function encodeEntity(entity: SeenEntity): EncodedEntity {
  const { key, namespaces } = entity;
  return { key, namespaces, entity, bytes: Entity.encode(entityToProto(entity)).finish() };
}
