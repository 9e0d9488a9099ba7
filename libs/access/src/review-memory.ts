import { createHash } from 'node:crypto';
import { AccessUnknown } from '@mcp/sources';
import { ExpiringCache } from './expiring-cache.js';

/** How long the API server is believed: what a revoked token or a lost right still works at most. */
const keepYesMs = 10_000;
/** What was refused may be allowed soon: a token that was just made, a role that was just bound. */
const keepNoMs = 1_000;

/** Of each. Refusals are kept apart, so that guessing pushes nobody out. */
const mostKept = 2_000;

/** Strangers may ask too; what they ask must not drown the API server. */
const mostAtOnce = 50;

/** Answers of the API server to reviews, remembered for a short time; asked for once by all who want one at the same time. */
export class ReviewMemory<Yes, No> {
  readonly #yes = new ExpiringCache<Yes>(mostKept);
  readonly #no = new ExpiringCache<{ readonly no: No }>(mostKept);
  readonly #asking = new Map<string, Promise<Answer<Yes, No>>>();

  constructor(private readonly now: () => number) {}

  /**
   * `question` names what is asked, and only its digest is kept. A yes is not remembered beyond `until`. Fails as `ask` does, which
   * is not remembered, and with `AccessUnknown` where too much is being asked already.
   */
  async answer(
    question: string,
    ask: () => Promise<Answer<Yes, No>>,
    until = Infinity,
  ): Promise<Answer<Yes, No>> {
    const key = createHash('sha256').update(question).digest('base64');
    const yes = this.#yes.get(key, this.now());
    if (yes !== undefined) return { yes };
    return this.#no.get(key, this.now()) ?? this.#asking.get(key) ?? this.#ask(key, ask, until);
  }

  #ask(key: string, ask: () => Promise<Answer<Yes, No>>, until: number): Promise<Answer<Yes, No>> {
    if (this.#asking.size >= mostAtOnce) {
      throw new AccessUnknown('too much is being asked of the API server at once; try again', undefined);
    }
    const asking = this.#review(key, ask, until).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #review(key: string, ask: () => Promise<Answer<Yes, No>>, until: number): Promise<Answer<Yes, No>> {
    // what the API server says was true at some time after this
    const asked = this.now();
    const answer = await ask();
    if ('yes' in answer) this.#yes.keep(key, answer.yes, Math.min(asked + keepYesMs, until));
    else this.#no.keep(key, answer, asked + keepNoMs);
    return answer;
  }
}

export type Answer<Yes, No> = { readonly yes: Yes } | { readonly no: No };
