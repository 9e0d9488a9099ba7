import { objectPath, type ObjectName, type ServedResource } from './api-resource.js';
import type { ClusterConnection } from './cluster-connection.js';
import { isKubernetesError, Rejected, Unavailable } from './errors.js';
import { isKubernetesObject, type KubernetesObject } from './kubernetes-object.js';

/**
 * What the plan was made for. Of an object that exists, its version; the uid besides, so that one deleted meanwhile is not
 * created again by an apply that meant to change it.
 */
export type ExpectedObject = 'absent' | { readonly resourceVersion: string; readonly uid?: string };

export interface ApplyRequest {
  readonly resource: ServedResource;
  readonly object: ObjectName;
  /** The fields we want to own and their values: `apiVersion`, `kind`, and no more of `metadata` than labels and annotations. */
  readonly fields: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata?: {
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly [field: string]: unknown;
  };
  readonly fieldManager: string;
  readonly expected: ExpectedObject;
  /** All checks and admission, nothing stored. */
  readonly dryRun?: boolean;
  /** Takes fields from their managers. Without it, their ownership is a `FieldConflict`. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface AppliedObject {
  readonly created: boolean;
  /** As the API server has it now, or would have it after a dry run. */
  readonly object: KubernetesObject;
}

/**
 * No object has this version: the first that etcd gives to anything is 2. Where no object is, the API server does not compare
 * versions and creates it; so this is server-side apply that creates and never changes (seen on 1.20; a server that would
 * refuse a version on creation fails the apply, and does no harm).
 */
const versionOfNoObject = '1';

/**
 * Server-side apply against the object that the plan was made for.
 *
 * Fails with `VersionConflict` when the object is not as expected: changed, deleted, or there already.
 * Fails with `FieldConflict` when other managers own fields that would change.
 * Fails with `Rejected` or `Forbidden` when schema, admission or RBAC say no, with `NotFound` when the namespace or kind is missing.
 * Fails with `Unavailable` when it may or may not have been applied.
 */
export async function applyObject(
  connection: ClusterConnection,
  apply: ApplyRequest,
): Promise<AppliedObject> {
  const path = objectPath(apply.resource, apply.object);
  const { status, body } = await connection
    .request('PATCH', path, {
      query: {
        fieldManager: apply.fieldManager,
        force: apply.force === true ? true : undefined,
        dryRun: apply.dryRun === true ? 'All' : undefined,
        // servers that know it refuse unknown fields instead of dropping them
        fieldValidation: 'Strict',
      },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: {
        ...apply.fields,
        metadata: { ...apply.fields.metadata, ...apply.object, ...preconditions(apply.expected) },
      },
      ...(apply.signal === undefined ? {} : { signal: apply.signal }),
    })
    .catch((error: unknown) => {
      throw isSchemaRefusal(error) ? new Rejected(error.attempted, error.rawMessage, error.status) : error;
    });
  return { created: status === 201, object: parseObject(`PATCH ${path}`, status, body) };
}

/** The parts of `metadata` that the server compares with the live object. */
function preconditions(expected: ExpectedObject): { resourceVersion: string; uid?: string } {
  if (expected === 'absent') return { resourceVersion: versionOfNoObject };
  const { resourceVersion, uid } = expected;
  return uid === undefined ? { resourceVersion } : { resourceVersion, uid };
}

/** Older API servers answer 500 to a patch that does not fit the schema; repeating it would not help. */
function isSchemaRefusal(error: unknown): error is Unavailable {
  return (
    error instanceof Unavailable &&
    error.status === 500 &&
    error.rawMessage.startsWith('failed to create typed patch object')
  );
}

/** The object, undefined where there is none. */
export async function getObject(
  connection: ClusterConnection,
  resource: ServedResource,
  object: ObjectName,
  signal?: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const path = objectPath(resource, object);
  try {
    const { status, body } = await connection.request('GET', path, signal === undefined ? {} : { signal });
    return parseObject(`GET ${path}`, status, body);
  } catch (error) {
    if (isKubernetesError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

export interface DeleteRequest {
  readonly resource: ServedResource;
  readonly object: ObjectName;
  /** The life and version that the plan was made for. */
  readonly expected: { readonly uid: string; readonly resourceVersion: string };
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Deletes the object if it is still the one that the plan was made for; an object that has finalizers is gone only when they are.
 *
 * Answers `already-gone` when there is no object of this name.
 * Fails with `VersionConflict` when it has changed, or is another one of the same name.
 */
export async function deleteObject(
  connection: ClusterConnection,
  deletion: DeleteRequest,
): Promise<'deleted' | 'already-gone'> {
  try {
    await connection.request('DELETE', objectPath(deletion.resource, deletion.object), {
      body: {
        preconditions: { uid: deletion.expected.uid, resourceVersion: deletion.expected.resourceVersion },
        ...(deletion.dryRun === true ? { dryRun: ['All'] } : {}),
      },
      ...(deletion.signal === undefined ? {} : { signal: deletion.signal }),
    });
    return 'deleted';
  } catch (error) {
    if (isKubernetesError(error, 'NOT_FOUND')) return 'already-gone';
    throw error;
  }
}

function parseObject(attempted: string, status: number, body: unknown): KubernetesObject {
  if (isKubernetesObject(body)) return body;
  throw new Unavailable(attempted, 'the answer is not an object', status, undefined);
}
