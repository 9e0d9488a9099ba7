import { accessOutside, accessUnder } from '../answers/access.js';
import type { ClientClasses, TlsState } from './client-class.js';
import { decide } from '../answers/decide.js';
import type { PortPolicy } from '../ports/port-policy.js';
import type { AccessRequest, Client } from '../question.js';
import type { ReachAnswer, ReachRow } from './reach-answer.js';
import { answerToAny, answerToRequest } from './reach-answer.js';
import type { ReachTarget } from './reach-target.js';
import { authorizationsOf, PolicyContents } from './reach-target.js';
import type { Decision } from '../verdict.js';

type Answers = ReachRow['answers'];

/**
 * The answers of targets to all clients. A target divides the clients by what its policy looks at, and decides once for each part;
 * targets that decide alike share the answers, which are kept until the last of them was asked for.
 */
export class TargetAnswers {
  readonly #plans: readonly (Plan | undefined)[];
  /** How many targets are still to be asked for, by key. */
  readonly #left = new Map<string, number>();
  readonly #known = new Map<string, Answers>();

  constructor(
    targets: readonly ReachTarget[],
    private readonly clients: ClientClasses,
    private readonly request: AccessRequest,
  ) {
    const contents = new PolicyContents(request);
    const arrivals = new Map<readonly TlsState[], number>();
    this.#plans = targets.map(({ workload: { namespace }, port, dialledPort = port, governedBy }) => {
      if (governedBy.kind === 'nothing' || port === undefined || dialledPort === undefined) return undefined;
      const { endpoint, policy } = governedBy;
      const tls = clients.tlsAt({ namespace, endpoint, port }, dialledPort);
      if (!arrivals.has(tls)) arrivals.set(tls, arrivals.size);
      const key = `${arrivals.get(tls)} ${contents.keyOf(policy)}`;
      this.#left.set(key, (this.#left.get(key) ?? 0) + 1);
      return { policy, tls, key };
    });
  }

  /** Of the target at this place, once for each place. */
  rowOf({ workload, group, port, governedBy }: ReachTarget, place: number): ReachRow {
    const row = { workload, groups: [group], port };
    if (governedBy.kind === 'nothing')
      return { ...row, answers: this.#toAll(this.#outside(governedBy.decision)) };
    const { policy } = governedBy;
    const { server, protocol } = policy;
    const plan = this.#plans[place];
    return {
      ...row,
      ...(server && { server }),
      ...(protocol && { protocol }),
      answers: plan === undefined ? [] : this.#answers(plan),
    };
  }

  #answers(plan: Plan): Answers {
    const { key } = plan;
    const answers = this.#known.get(key) ?? this.#workOut(plan);
    const left = (this.#left.get(key) ?? 1) - 1;
    this.#left.set(key, left);
    if (left > 0) this.#known.set(key, answers);
    else this.#known.delete(key);
    return answers;
  }

  #workOut({ policy, tls }: Plan): Answers {
    const divided = this.#divide(policy, tls);
    const answers = new AnswerList();
    const answerOfPart = new Map<number, number>();
    const answerOfClass = this.clients.classes.map((each, place) => {
      const part = divided[place] ?? 0;
      let answer = answerOfPart.get(part);
      if (answer === undefined) {
        const client = this.clients.seen(each, tls[each.arrival] ?? 'unknown');
        answerOfPart.set(part, (answer = answers.add(this.#answer(policy, client))));
      }
      return answer;
    });
    for (const [client, of] of this.clients.classOf.entries()) answers.give(answerOfClass[of] ?? 0, client);
    return answers.list;
  }

  /** A number for each class of clients, the same only for those that nothing in the policy tells apart. */
  #divide(policy: PortPolicy, tls: readonly TlsState[]): readonly number[] {
    const { classes, identities, addresses } = this.clients;
    const authorizations = authorizationsOf(policy);
    const patterns = new Set(
      authorizations.flatMap(({ authentication }) =>
        authentication.kind === 'identities' ? [authentication.identities] : [],
      ),
    );
    const cuts = new Set<number>();
    for (const { networks } of authorizations)
      if (networks !== undefined) for (const cut of addresses.cutsOf(networks)) cuts.add(cut);
    const ascending = [...cuts].sort((a, b) => a - b);
    const parted = identities.parted(patterns);
    return classes.map(({ arrival, identity, addresses: of }) => {
      const state = tlsNumbers[tls[arrival] ?? 'unknown'];
      const who =
        identity === undefined || state < tlsNumbers.identity ? state : state + (parted[identity] ?? 0);
      const where = of === undefined ? 0 : 1 + countUpTo(ascending, addresses.all[of]?.slot ?? 0);
      return who * (ascending.length + 2) + where;
    });
  }

  #answer(policy: PortPolicy, client: Client): ReachAnswer {
    const { request } = this;
    return request.kind === 'any'
      ? answerToAny(accessUnder(policy, client))
      : answerToRequest(decide(policy, client, request));
  }

  #outside(decision: Decision): ReachAnswer {
    return this.request.kind === 'any' ? answerToAny(accessOutside(decision)) : answerToRequest(decision);
  }

  #toAll(answer: ReachAnswer): Answers {
    const last = this.clients.clients.length - 1;
    return last < 0 ? [] : [{ answer, clients: [{ first: 0, last }] }];
  }
}

interface Plan {
  readonly policy: PortPolicy;
  readonly tls: readonly TlsState[];
  readonly key: string;
}

/** `identity` is the last: behind it the parts of the identities are counted on. */
const tlsNumbers: Readonly<Record<TlsState, number>> = { none: 0, anonymous: 1, unknown: 2, identity: 3 };

function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Different answers, each with the clients that get it. */
class AnswerList {
  readonly #list: { readonly answer: ReachAnswer; readonly clients: { first: number; last: number }[] }[] =
    [];
  readonly #places = new Map<string, number>();

  get list(): Answers {
    return this.#list;
  }

  add(answer: ReachAnswer): number {
    const key = JSON.stringify(answer);
    let place = this.#places.get(key);
    if (place === undefined) {
      this.#places.set(key, (place = this.#list.length));
      this.#list.push({ answer, clients: [] });
    }
    return place;
  }

  /** Clients come in ascending order. */
  give(place: number, client: number): void {
    const ranges = this.#list[place]?.clients ?? [];
    const last = ranges.at(-1);
    if (last?.last === client - 1) last.last = client;
    else ranges.push({ first: client, last: client });
  }
}
