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

  async mustBeAllowed(actor: Actor, deeds: readonly Deed[]): Promise<void> {
    for (const deed of deeds) {
      const answer = await this.#ask(userOf(actor), deed);
      if ('no' in answer) throw new NotAllowed(actor, deed, answer.no);
    }
  }

  async whereAllowed(
    actor: Actor,
    deed: DeedSomewhere,
    namespaces: () => Iterable<string>,
  ): Promise<VisibleNamespaces> {
    const user = userOf(actor);
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

/** The same from wherever they call. */
function userOf({ provenBy: _provenBy, from: _from, ...user }: Actor): ClusterUser {
  return user;
}
