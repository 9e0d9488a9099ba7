import type { MeshTLSAuthenticationSpec, PolicyObjectState } from '@mcp/mesh';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';
import { readReference } from './references.js';

export function parseMeshTLSAuthentication(
  raw: unknown,
): Parsed<PolicyObjectState<MeshTLSAuthenticationSpec>> {
  return parsePolicyObject(raw, (spec) => ({
    identities: spec.at('identities').strings(),
    identityRefs: spec.at('identityRefs').list(readReference),
  }));
}
