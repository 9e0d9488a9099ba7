import type { JsonObject, KubernetesObject, Manifest, ObjectMeta } from './kubernetes-object.js';
import type { ResourceType } from './resource-type.js';
import { resources, storedApiVersion } from './resource-type.js';

/** The object's metadata as sent, with what only the server writes as it is. */
export function merged(live: KubernetesObject, { metadata }: Manifest): ObjectMeta {
  const { generateName: _, ...sent } = metadata;
  const { name, namespace, uid, resourceVersion, creationTimestamp, generation, managedFields } =
    live.metadata;
  return {
    ...sent,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation === undefined ? {} : { generation }),
    ...(managedFields === undefined ? {} : { managedFields }),
  };
}

/** What a write may change: `status` at its own address only, and there nothing else. */
export function restricted(
  type: ResourceType,
  live: KubernetesObject | undefined,
  sent: Manifest & { readonly metadata: ObjectMeta },
  subresource?: 'status',
): KubernetesObject {
  const apiVersion = storedApiVersion(type);
  const statusOf = (object: JsonObject | undefined): JsonObject =>
    object?.['status'] === undefined ? {} : { status: object['status'] };
  if (subresource === 'status' && live !== undefined) {
    const { status: _, ...rest } = live;
    return {
      ...rest,
      apiVersion: live.apiVersion,
      kind: live.kind,
      metadata: live.metadata,
      ...statusOf(sent),
    };
  }
  if (!type.statusSubresource) return { ...sent, apiVersion };
  const { status: _, ...rest } = sent;
  return { ...rest, kind: sent.kind, metadata: sent.metadata, apiVersion, ...statusOf(live) };
}

/** The part of a configuration that an apply at this address is about. */
export function onlyWritable(type: ResourceType, manifest: Manifest, subresource?: 'status'): JsonObject {
  if (subresource === 'status') return { status: manifest['status'] };
  if (!type.statusSubresource) return manifest;
  const { status: _, ...rest } = manifest;
  return rest;
}

/** Service accounts and leases have no generation; every other kind that has a spec does. */
export function hasGeneration(type: ResourceType): boolean {
  return type.group !== '' && type !== resources.Lease;
}

/** What the generation counts the changes of. */
export function substanceOf(object: KubernetesObject): JsonObject {
  const { metadata: _, status: _status, ...substance } = object;
  return substance;
}

/** Two objects that are equal so are the same: nothing was written. */
export function withoutTimes(object: KubernetesObject): JsonObject {
  const managedFields = object.metadata.managedFields?.map(({ time: _, ...entry }) => entry);
  return { ...object, metadata: { ...object.metadata, managedFields } };
}
