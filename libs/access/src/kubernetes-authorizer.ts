import type { Actor } from '@mcp/events';
import type { AccessReviews, Deed } from '@mcp/sources';
import { NotAllowed, type Authorizer } from './authorizer.js';
import { ReviewMemory } from './review-memory.js';

/** Lets callers do what the roles of the cluster let them: SubjectAccessReview. */
export class KubernetesAuthorizer implements Authorizer {
  readonly #memory: ReviewMemory<true, string>;

  constructor(
    private readonly reviews: Pick<AccessReviews, 'may'>,
    now: () => number = Date.now,
  ) {
    this.#memory = new ReviewMemory(now);
  }

  async mustBeAllowed({ provenBy, ...user }: Actor, deeds: readonly Deed[]): Promise<void> {
    for (const deed of deeds) {
      const answer = await this.#memory.answer(JSON.stringify([user, deed]), async () => {
        const { allowed, reason } = await this.reviews.may(user, deed);
        return allowed ? { yes: true } : { no: reason };
      });
      if ('no' in answer) throw new NotAllowed({ ...user, provenBy }, deed, answer.no);
    }
  }
}
