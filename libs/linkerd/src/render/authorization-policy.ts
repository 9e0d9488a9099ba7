import type { DesiredState } from '@mcp/events';
import type { ObjectReference } from '@mcp/mesh';
import { changeIdAnnotation, policyGroup, revisionAnnotation } from '../names.js';

/** An AuthorizationPolicy as the API server takes it. */
export interface AuthorizationPolicyManifest {
  readonly apiVersion: string;
  readonly kind: 'AuthorizationPolicy';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly targetRef: ReferenceManifest;
    readonly requiredAuthenticationRefs: readonly ReferenceManifest[];
  };
}

/** No group is the core group. */
export type ReferenceManifest = Omit<ObjectReference, 'group'> & { readonly group?: string };

/** What a person commits elsewhere: the object without a mark of ours, since it is then not ours. */
export function renderAuthorizationPolicy({
  key,
  spec,
}: Pick<DesiredState, 'key' | 'spec'>): AuthorizationPolicyManifest {
  return {
    apiVersion: `${policyGroup}/v1alpha1`,
    kind: 'AuthorizationPolicy',
    metadata: { name: key.name, namespace: key.namespace },
    spec: {
      targetRef: renderReference(spec.targetRef),
      requiredAuthenticationRefs: spec.requiredAuthenticationRefs.map(renderReference),
    },
  };
}

/** What we apply: the object with the mark of the change that writes it. The inverse of `parseAuthorizationPolicy`. */
export function renderChangedAuthorizationPolicy(
  desired: DesiredState,
  revision: number,
): AuthorizationPolicyManifest {
  const manifest = renderAuthorizationPolicy(desired);
  const annotations = { [changeIdAnnotation]: desired.changeId, [revisionAnnotation]: String(revision) };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

function renderReference({ group, ...reference }: ObjectReference): ReferenceManifest {
  return { ...(group !== '' && { group }), ...reference };
}
