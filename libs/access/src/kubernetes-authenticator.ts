import type { Actor, ClusterUser } from '@mcp/events';
import type { AccessReviews } from '@mcp/sources';
import { NotAuthenticated, type Authenticator } from './authenticator.js';
import { bearerToken, endOfToken } from './bearer-token.js';
import { ReviewMemory } from './review-memory.js';

/** Knows callers by the tokens of the cluster, as the API server does: TokenReview. */
export class KubernetesAuthenticator implements Authenticator {
  readonly #memory: ReviewMemory<ClusterUser, 'not taken'>;

  /** `audience`: whom a token must be for; absent: the API server itself. */
  constructor(
    private readonly reviews: Pick<AccessReviews, 'userOf'>,
    private readonly audience?: string,
    now: () => number = Date.now,
  ) {
    this.#memory = new ReviewMemory(now);
  }

  /** Fails with `NotAuthenticated` or `AccessUnknown`; the token is in neither. */
  async authenticate(authorization: string | undefined): Promise<Actor> {
    const token = bearerToken(authorization);
    const answer = await this.#memory.answer(
      token,
      async () => {
        const user = await this.reviews.userOf(token, this.audience);
        return user === undefined ? { no: 'not taken' } : { yes: user };
      },
      endOfToken(token),
    );
    if ('yes' in answer) return { ...answer.yes, provenBy: 'kubernetes' };
    throw new NotAuthenticated(
      'the API server does not take the token: it is not known, has ended, or is for another cluster or audience',
    );
  }
}
