import { createHash } from 'node:crypto';
import type { ClusterUser } from '@mcp/events';
import { VisibleNamespaces } from '@mcp/mesh';
import { AccessUnknown, type AccessReviews } from '@mcp/sources';
import type { DeedSomewhere } from './authorizer.js';
import { ExpiringCache } from './expiring-cache.js';

/** As long as a right is believed: what a lost one still shows at most. */
const keepMs = 10_000;
const mostKept = 500;

/** A review takes some 2 ms; a thousand namespaces take a tenth of a second. */
const atOnce = 20;
/** Callers that wait for their turn; each may cost a review for each namespace. */
const mostWaiting = 50;

/** Finds out in which namespaces a user may do something: a review for each. One user after the other, so that the API server is not drowned. */
export class AllowedNamespaces {
  readonly #known = new ExpiringCache<VisibleNamespaces>(mostKept);
  readonly #asking = new Map<string, Promise<VisibleNamespaces>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly reviews: Pick<AccessReviews, 'may'>,
    private readonly now: () => number,
  ) {}

  /** Remembered for 10 s, refusals too. Fails with `AccessUnknown`, and as `namespaces` does; failures are not remembered. */
  async of(
    user: ClusterUser,
    deed: DeedSomewhere,
    namespaces: () => Iterable<string>,
  ): Promise<VisibleNamespaces> {
    const key = createHash('sha256')
      .update(JSON.stringify([user, deed]))
      .digest('base64');
    return (
      this.#known.get(key, this.now()) ?? this.#asking.get(key) ?? this.#ask(key, user, deed, namespaces)
    );
  }

  #ask(
    key: string,
    user: ClusterUser,
    deed: DeedSomewhere,
    namespaces: () => Iterable<string>,
  ): Promise<VisibleNamespaces> {
    if (this.#asking.size >= mostWaiting) {
      throw new AccessUnknown('too much is being asked of the API server at once; try again', undefined);
    }
    const asking = this.#turn
      .then(() => this.#review(key, user, deed, namespaces()))
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    this.#turn = asking.catch(() => undefined);
    return asking;
  }

  async #review(
    key: string,
    user: ClusterUser,
    deed: DeedSomewhere,
    namespaces: Iterable<string>,
  ): Promise<VisibleNamespaces> {
    // what the API server says was true at some time after this
    const asked = this.now();
    const left = [...namespaces].values();
    const allowed: string[] = [];
    const reviewer = async (): Promise<void> => {
      for (const namespace of left)
        if ((await this.reviews.may(user, { ...deed, namespace })).allowed) allowed.push(namespace);
    };
    await Promise.all(Array.from({ length: atOnce }, reviewer));
    const visible = VisibleNamespaces.only(allowed);
    this.#known.keep(key, visible, asked + keepMs);
    return visible;
  }
}
