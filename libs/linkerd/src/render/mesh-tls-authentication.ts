import type { MeshTLSAuthenticationSpec } from '@mcp/mesh';
import { renderReference } from './reference.js';
import { unlessEmpty } from './unless-empty.js';

export function renderMeshTLSAuthentication({ identities, identityRefs }: MeshTLSAuthenticationSpec): object {
  return {
    ...unlessEmpty('identities', identities),
    ...unlessEmpty('identityRefs', identityRefs.map(renderReference)),
  };
}
