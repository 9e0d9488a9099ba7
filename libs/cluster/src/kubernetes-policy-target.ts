import type { ApiResource, ClusterConnection, ObjectName, ServedResource } from '@mcp/kubernetes';
import {
  ApiDiscovery,
  applyObject,
  deleteObject,
  FieldConflict,
  getObject,
  isKubernetesError,
  TooManyRequests,
  Unavailable,
} from '@mcp/kubernetes';
import type { DesiredState } from '@mcp/events';
import {
  fieldManager,
  fieldsNotAsWritten,
  gatewayGroup,
  managedObjects,
  type ManagedObjects,
  readLiveObject,
  renderChangedObject,
} from '@mcp/linkerd';
import type {
  ApplyAnswer,
  DeleteAnswer,
  LiveObject,
  PolicyApply,
  PolicyDeletion,
  PolicyTarget,
} from '@mcp/sources';
import { TargetUnavailable } from '@mcp/sources';

type Key = DesiredState['key'];

/** The policy of the cluster behind an API server, real or simulated. Reads, applies and deletes objects of the managed kinds, nothing else. */
export class KubernetesPolicyTarget implements PolicyTarget {
  constructor(private readonly connection: ClusterConnection) {}

  async live(key: Key, signal: AbortSignal): Promise<LiveObject | undefined> {
    try {
      const object = await getObject(this.connection, managedObjects(key.kind), nameOf(key), signal);
      if (object === undefined) return undefined;
      const { uid, resourceVersion } = object.metadata;
      return { uid, resourceVersion, ...readLiveObject(key.kind, object) };
    } catch (error) {
      throw signal.aborted ? error : unavailable(error);
    }
  }

  async apply(apply: PolicyApply, signal: AbortSignal): Promise<ApplyAnswer> {
    const { desired, revision, live, dryRun, force = false, traceparent } = apply;
    const { apiVersion, kind, metadata, spec } = renderChangedObject(desired, revision, traceparent);
    const resource = managedObjects(desired.key.kind);
    try {
      const { created, object } = await applyObject(this.connection, {
        resource,
        object: nameOf(desired.key),
        fields: {
          apiVersion,
          kind,
          ...(metadata.annotations && { metadata: { annotations: metadata.annotations } }),
          spec,
        },
        fieldManager,
        expected: live ?? 'absent',
        ...{ dryRun, force, signal },
      });
      const fields = dryRun ? fieldsNotAsWritten(desired, object) : [];
      if (fields.length > 0) return { answer: 'differs', fields };
      const { uid, resourceVersion } = object.metadata;
      const modified = created || resourceVersion !== live?.resourceVersion;
      return { answer: 'applied', uid, resourceVersion, modified };
    } catch (error) {
      if (signal.aborted) throw error;
      if (
        error instanceof FieldConflict &&
        (await this.#versionOf(apply, signal)) !== live?.resourceVersion
      ) {
        return { answer: 'stale' };
      }
      if (isKubernetesError(error, 'NOT_FOUND') && !(await this.#isServed(resource, signal))) {
        return { answer: 'rejected', status: 404, message: notServed(resource) };
      }
      return answerTo(error);
    }
  }

  async delete({ key, live, dryRun }: PolicyDeletion, signal: AbortSignal): Promise<DeleteAnswer> {
    const resource = managedObjects(key.kind);
    const { uid, resourceVersion } = live;
    try {
      const expected = { uid, resourceVersion };
      const answer = await deleteObject(this.connection, {
        resource,
        object: nameOf(key),
        expected,
        dryRun,
        signal,
      });
      return answer === 'already-gone'
        ? { answer: 'stale' }
        : { answer: 'applied', uid, resourceVersion, modified: true };
    } catch (error) {
      if (signal.aborted) throw error;
      return refusalTo(error);
    }
  }

  /** The API server says of a kind that it does not have what a web server says of any path. */
  async #isServed({ group, version, plural }: ServedResource, signal: AbortSignal): Promise<boolean> {
    const resource: ApiResource = { group, versions: [version], plural };
    try {
      return (await new ApiDiscovery(this.connection).servedVersion(resource, signal)) !== undefined;
    } catch (error) {
      throw signal.aborted ? error : unavailable(error);
    }
  }

  /** The API server compares owners before versions, so that it reports conflicts with what was not planned for. */
  async #versionOf({ desired }: PolicyApply, signal: AbortSignal): Promise<string | undefined> {
    return (await this.live(desired.key, signal))?.resourceVersion;
  }
}

function nameOf({ namespace, name }: Key): ObjectName {
  return { namespace, name };
}

function notServed({ objectKind, group, version }: ManagedObjects): string {
  const of = group === gatewayGroup ? 'the Gateway API' : 'Linkerd';
  return `this cluster does not have ${objectKind} of ${group}/${version}; is ${of} installed, and new enough?`;
}

/** What a refusal of the API server means for the change; throws where it says nothing about the object. */
function answerTo(error: unknown): ApplyAnswer {
  if (error instanceof FieldConflict) {
    const conflicts = error.conflicts.map(({ manager, field }) => ({
      manager,
      field: field.replace(/^\./, ''),
    }));
    return { answer: 'conflict', conflicts };
  }
  return refusalTo(error);
}

function refusalTo(error: unknown): Extract<ApplyAnswer, { answer: 'stale' | 'rejected' }> {
  if (!isKubernetesError(error)) throw error;
  switch (error.code) {
    case 'VERSION_CONFLICT':
    case 'ALREADY_EXISTS':
      return { answer: 'stale' };
    case 'FORBIDDEN':
    case 'NOT_FOUND':
    case 'REJECTED':
      return { answer: 'rejected', status: error.status ?? 400, message: error.rawMessage };
    default:
      throw unavailable(error);
  }
}

/** A bug stays one. */
function unavailable(error: unknown): unknown {
  if (!isKubernetesError(error)) return error;
  const told = error instanceof Unavailable || error instanceof TooManyRequests;
  return new TargetUnavailable('ask the API server', told ? error.retryAfterMs : undefined, error);
}
