import type { Actor } from '@mcp/events';

/** Says who a caller is. */
export interface Authenticator {
  /** `authorization` is the header of that name. Fails with `NotAuthenticated`. */
  authenticate(authorization: string | undefined): Promise<Actor>;
}

export class NotAuthenticated extends Error {
  readonly code = 'UNAUTHENTICATED';
  constructor(why: string, remedy = 'send the header "authorization: Bearer <token>"') {
    super(`${why}; ${remedy} (UNAUTHENTICATED)`);
  }
}

/** Everyone may call, and nobody is known. */
export const nobodyIsAsked: Authenticator = {
  authenticate: async () => ({ name: 'anonymous', provenBy: 'none' }),
};
