import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import type { ResourceType } from './resource-type.js';

/** How a client wants to see objects: whole, under the version it asked for, or only their metadata. */
export interface Representation {
  readonly kind: string;
  readonly listKind: string;
  readonly apiVersion: string;
  readonly object: (object: KubernetesObject) => JsonObject;
  /** In a list, built-in kinds come without `apiVersion` and `kind`, as from a real API server. */
  readonly item: (object: KubernetesObject) => JsonObject;
}

export function representationOf(type: ResourceType, apiVersion: string, accept = ''): Representation {
  return accept.includes('as=PartialObjectMetadata') ? metadataOnly : whole(type, apiVersion);
}

function whole(type: ResourceType, apiVersion: string): Representation {
  const object = (stored: KubernetesObject): JsonObject => ({ ...stored, apiVersion });
  return {
    kind: type.kind,
    listKind: `${type.kind}List`,
    apiVersion,
    object,
    item: type.builtIn ? ({ apiVersion: _, kind: _kind, ...rest }) => rest : object,
  };
}

const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };

function partialOf({ metadata }: KubernetesObject): JsonObject {
  return { ...partial, metadata };
}

const metadataOnly: Representation = {
  ...partial,
  listKind: 'PartialObjectMetadataList',
  object: partialOf,
  item: partialOf,
};
