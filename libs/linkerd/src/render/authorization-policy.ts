import type { DesiredState } from '@mcp/events';
import type { ObjectReference } from '@mcp/mesh';
import { changeIdAnnotation, policyGroup, revisionAnnotation } from '../names.js';

/** An AuthorizationPolicy as the API server takes it, with the mark of the change that wrote it. */
export interface AuthorizationPolicyManifest {
  readonly apiVersion: string;
  readonly kind: 'AuthorizationPolicy';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly targetRef: ReferenceManifest;
    readonly requiredAuthenticationRefs: readonly ReferenceManifest[];
  };
}

/** No group is the core group. */
export type ReferenceManifest = Omit<ObjectReference, 'group'> & { readonly group?: string };

/** The inverse of `parseAuthorizationPolicy`, as far as the desired state goes. */
export function renderAuthorizationPolicy(
  desired: DesiredState,
  revision: number,
): AuthorizationPolicyManifest {
  return {
    apiVersion: `${policyGroup}/v1alpha1`,
    kind: 'AuthorizationPolicy',
    metadata: {
      name: desired.key.name,
      namespace: desired.key.namespace,
      annotations: { [changeIdAnnotation]: desired.changeId, [revisionAnnotation]: String(revision) },
    },
    spec: {
      targetRef: renderReference(desired.spec.targetRef),
      requiredAuthenticationRefs: desired.spec.requiredAuthenticationRefs.map(renderReference),
    },
  };
}

function renderReference({ group, ...reference }: ObjectReference): ReferenceManifest {
  return { ...(group !== '' && { group }), ...reference };
}
