import type { JsonObject, Manifest, ManifestMeta } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import type { ResourceType } from './resource-type.js';
import { apiVersionOf } from './resource-type.js';
import type { StatusCause } from './status.js';
import { badRequest, invalid } from './status.js';

const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * Reads what a writer sent for this collection, and this name where there is one. Null counts as absent.
 * Throws `ApiFault`: 400 where the body is no such object, 422 where its name, labels or annotations are not valid.
 */
export function parseManifest(
  type: ResourceType,
  namespace: string,
  name: string | undefined,
  body: unknown,
): Manifest {
  const object = withoutNulls(body);
  if (!isJsonObject(object)) throw badRequest('the body must be an object');
  const served = type.versions.map((version) => apiVersionOf(type.group, version));
  // an API server knows its own kinds by the address alone
  const { apiVersion, kind } = type.builtIn ? { apiVersion: served[0], kind: type.kind, ...object } : object;
  if (typeof apiVersion !== 'string' || !served.includes(apiVersion) || kind !== type.kind) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}, Kind=${String(kind)}) does not match the expected API version (${served.join(' or ')}, Kind=${type.kind})`,
    );
  }
  const metadata = object['metadata'] ?? {};
  if (!isJsonObject(metadata)) throw badRequest('metadata must be an object');
  return { ...object, apiVersion, kind, metadata: parseMeta(type, namespace, name, metadata) };
}

function parseMeta(
  type: ResourceType,
  namespace: string,
  name: string | undefined,
  metadata: JsonObject,
): ManifestMeta {
  const sent = {
    name: metadata['name'] ?? name,
    generateName: metadata['generateName'],
    namespace: metadata['namespace'] ?? namespace,
  };
  if (sent.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (name !== undefined && sent.name !== name) {
    throw badRequest(
      `the name of the object (${typeof sent.name === 'string' ? sent.name : ''}) does not match the name on the URL (${name})`,
    );
  }
  const given = sent.name ?? sent.generateName;
  const causes = [
    ...nameCauses(given),
    ...textMapCauses(metadata['labels'], 'metadata.labels'),
    ...textMapCauses(metadata['annotations'], 'metadata.annotations'),
  ];
  if (causes.length > 0) throw invalid(type, typeof given === 'string' ? given : '', causes);
  for (const field of ['uid', 'resourceVersion']) {
    const value = metadata[field];
    if (value !== undefined && typeof value !== 'string')
      throw badRequest(`metadata.${field} must be a string`);
  }
  const { resourceVersion, uid, namespace: _, ...rest } = metadata;
  return {
    ...rest,
    ...(sent.name === undefined ? {} : { name: sent.name as string }),
    ...(namespace === '' ? {} : { namespace }),
    // an empty version or uid is no precondition
    ...(resourceVersion === undefined || resourceVersion === ''
      ? {}
      : { resourceVersion: resourceVersion as string }),
    ...(uid === undefined || uid === '' ? {} : { uid: uid as string }),
  };
}

function nameCauses(name: unknown): readonly StatusCause[] {
  const field = 'metadata.name';
  if (name === undefined) {
    return [
      { reason: 'FieldValueRequired', message: 'Required value: name or generateName is required', field },
    ];
  }
  if (typeof name !== 'string' || !namePattern.test(name.replace(/-$/, ''))) {
    return [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain is expected`,
        field,
      },
    ];
  }
  if (name.length > 253) {
    return [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: "${name}": must be no more than 253 characters`,
        field,
      },
    ];
  }
  return [];
}

function textMapCauses(map: unknown, field: string): readonly StatusCause[] {
  if (map === undefined) return [];
  if (isJsonObject(map) && Object.values(map).every((value) => typeof value === 'string')) return [];
  return [{ reason: 'FieldValueTypeInvalid', message: 'Invalid value: must be a map of strings', field }];
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}
