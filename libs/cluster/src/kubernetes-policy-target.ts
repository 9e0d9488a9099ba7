import type { ApiResource, ClusterConnection, ObjectName, ServedResource } from '@mcp/kubernetes';
import {
  ApiDiscovery,
  applyObject,
  FieldConflict,
  getObject,
  isKubernetesError,
  TooManyRequests,
  Unavailable,
} from '@mcp/kubernetes';
import {
  fieldManager,
  policyGroup,
  readLiveAuthorizationPolicy,
  renderChangedAuthorizationPolicy,
} from '@mcp/linkerd';
import type { ResourceKey } from '@mcp/mesh';
import type { ApplyAnswer, LiveObject, PolicyApply, PolicyTarget } from '@mcp/sources';
import { TargetUnavailable } from '@mcp/sources';

const authorizationPolicies: ServedResource = {
  group: policyGroup,
  version: 'v1alpha1',
  plural: 'authorizationpolicies',
};

const notServed = `this cluster does not have AuthorizationPolicy (${policyGroup}); is Linkerd installed?`;

/** The policy of the cluster behind an API server, real or simulated. Reads and applies AuthorizationPolicies, nothing else. */
export class KubernetesPolicyTarget implements PolicyTarget {
  constructor(private readonly connection: ClusterConnection) {}

  async live(key: ResourceKey, signal: AbortSignal): Promise<LiveObject | undefined> {
    try {
      const object = await getObject(this.connection, authorizationPolicies, nameOf(key), signal);
      if (object === undefined) return undefined;
      const { uid, resourceVersion } = object.metadata;
      return { uid, resourceVersion, ...readLiveAuthorizationPolicy(object) };
    } catch (error) {
      throw signal.aborted ? error : unavailable(error);
    }
  }

  async apply(apply: PolicyApply, signal: AbortSignal): Promise<ApplyAnswer> {
    const { apiVersion, kind, metadata, spec } = renderChangedAuthorizationPolicy(
      apply.desired,
      apply.revision,
    );
    const { live } = apply;
    try {
      const { created, object } = await applyObject(this.connection, {
        resource: authorizationPolicies,
        object: nameOf(apply.desired.key),
        fields: {
          apiVersion,
          kind,
          ...(metadata.annotations && { metadata: { annotations: metadata.annotations } }),
          spec,
        },
        fieldManager,
        expected: live ?? 'absent',
        dryRun: apply.dryRun,
        signal,
      });
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
      if (isKubernetesError(error, 'NOT_FOUND') && !(await this.#isServed(signal))) {
        return { answer: 'rejected', status: 404, message: notServed };
      }
      return answerTo(error);
    }
  }

  /** The API server says of a kind that it does not have what a web server says of any path. */
  async #isServed(signal: AbortSignal): Promise<boolean> {
    const { group, version, plural } = authorizationPolicies;
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

function nameOf({ kind, namespace, name }: ResourceKey): ObjectName {
  if (kind !== 'AuthorizationPolicy') throw new Error(`we do not manage objects of kind ${kind}`);
  return { namespace, name };
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
