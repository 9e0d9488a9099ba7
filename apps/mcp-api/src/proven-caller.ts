import { type Authenticator, meshCaller, NotAuthenticated } from '@mcp/access';
import type { Actor } from '@mcp/events';
import { meshIdentityHeader } from '@mcp/grpc';
import type { CallHeaders } from './call-headers.js';

/**
 * Who makes a call: whom the mesh proved, or whose token it has. A call with both is refused: it does not say in whose name it is.
 * `meshIdentity`: what identities of the mesh end with; undefined: they prove nothing. The server leaves the header of the mesh only on
 * calls of which it is true. Fails as the authenticator does.
 */
export async function provenCaller(
  headers: CallHeaders,
  authenticator: Authenticator,
  meshIdentity: string | undefined,
): Promise<Actor> {
  const [authorization] = headers.get('authorization');
  const identities = headers.get(meshIdentityHeader);
  if (meshIdentity === undefined || identities.length === 0) {
    return authenticator.authenticate(authorization?.toString());
  }
  if (authorization !== undefined) {
    throw new NotAuthenticated(
      'the call has a token and an identity of the mesh, and so two names',
      'leave the token out, or take the port for tokens',
    );
  }
  return meshCaller(identities, meshIdentity);
}
