import type { Actor, ClusterUser } from '@mcp/events';
import { VisibleNamespaces } from '@mcp/mesh';
import type { AccessReviews, Deed } from '@mcp/sources';
import { AllowedNamespaces } from './allowed-namespaces.js';
import { NotAllowed, type DeedSomewhere, type NamespaceAuthorizer } from './authorizer.js';
import { type Answer, ReviewMemory } from './review-memory.js';

/** Lets callers do what the roles of the cluster let them: SubjectAccessReview. */
export class KubernetesAuthorizer implements NamespaceAuthorizer {
  readonly #memory: ReviewMemory<true, string>;
  readonly #namespaces: AllowedNamespaces;

  constructor(
    private readonly reviews: Pick<AccessReviews, 'may'>,
    now: () => number = Date.now,
  ) {
    this.#memory = new ReviewMemory(now);
    this.#namespaces = new AllowedNamespaces(reviews, now);
  }

  async mustBeAllowed({ provenBy, ...user }: Actor, deeds: readonly Deed[]): Promise<void> {
    for (const deed of deeds) {
      const answer = await this.#ask(user, deed);
      if ('no' in answer) throw new NotAllowed({ ...user, provenBy }, deed, answer.no);
    }
  }

  async whereAllowed(
    { provenBy: _provenBy, ...user }: Actor,
    deed: DeedSomewhere,
    namespaces: () => Iterable<string>,
  ): Promise<VisibleNamespaces> {
    if ('yes' in (await this.#ask(user, deed))) return VisibleNamespaces.all;
    return this.#namespaces.of(user, deed, namespaces);
  }

  #ask(user: ClusterUser, deed: Deed): Promise<Answer<true, string>> {
    return this.#memory.answer(JSON.stringify([user, deed]), async () => {
      const { allowed, reason } = await this.reviews.may(user, deed);
      return allowed ? { yes: true } : { no: reason };
    });
  }
}
