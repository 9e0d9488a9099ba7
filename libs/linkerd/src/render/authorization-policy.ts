import type { AuthorizationPolicySpec } from '@mcp/mesh';
import { renderReference } from './reference.js';

/** An empty list of authentications is everyone, so it is always said. */
export function renderAuthorizationPolicy(spec: AuthorizationPolicySpec): object {
  return {
    targetRef: renderReference(spec.targetRef),
    requiredAuthenticationRefs: spec.requiredAuthenticationRefs.map(renderReference),
  };
}
