import type { AuthorizationPolicySpec, PolicyObjectState } from '@mcp/mesh';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';
import { readReference } from './references.js';

/** An absent list of authentications is refused, since it would read as everyone. */
export function parseAuthorizationPolicy(raw: unknown): Parsed<PolicyObjectState<AuthorizationPolicySpec>> {
  return parsePolicyObject(raw, (spec) => {
    const refs = spec.at('requiredAuthenticationRefs');
    if (!refs.present) refs.fail('MISSING', `${refs.path} is required; an empty list means everyone`);
    const { group, kind, name } = readReference(spec.at('targetRef'));
    return { targetRef: { group, kind, name }, requiredAuthenticationRefs: refs.list(readReference) };
  });
}
