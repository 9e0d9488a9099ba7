import { canonicalJson, policyKinds } from '@mcp/mesh';
import { answerTo } from '../conformance/answer.js';
import { answersToWhatIf } from '../conformance/check.js';
import type { RawObject } from '../conformance/corpus.js';
import { meshOf } from '../conformance/situation.js';
import type { Change } from './case.js';
import { generateClusters } from './clusters.js';
import { naiveAnswer } from './naive-linkerd.js';
import { naiveWhatIf } from './naive-what-if.js';
import type { Rule } from './rules.js';
import { rules } from './rules.js';

export interface Agreement {
  readonly clusters: number;
  /** Answers that were compared: a decision, or one before and one after a change. */
  readonly answers: number;
  /** What the product left open, with how often; the naive one never does. Names are left out. */
  readonly unknown: ReadonlyMap<string, number>;
  /** How many questions exercised each rule. */
  readonly perRule: Readonly<Record<Rule, number>>;
  readonly disagreements: readonly Disagreement[];
}

/** `id` names the seed and the number of the cluster, from which it is generated anew. */
export interface Disagreement {
  readonly id: string;
  readonly asked: unknown;
  readonly naive: unknown;
  readonly product: unknown;
}

/** Asks the product and the naive implementation the same questions about `count` generated clusters. */
export function agreementOn(seed: number, count: number): Agreement {
  const perRule = Object.fromEntries(Object.keys(rules).map((rule) => [rule, 0])) as Record<Rule, number>;
  const touched = (rule: Rule): void => {
    perRule[rule] += 1;
  };
  const unknown = new Map<string, number>();
  const disagreements: Disagreement[] = [];
  let answers = 0;
  const compare = (asked: Pick<Disagreement, 'id' | 'asked'>, naive: object, product: object): void => {
    answers += 1;
    if ('unknown' in product) {
      const reason = String(product.unknown).replace(/"[^"]*"/g, '"…"');
      unknown.set(reason, (unknown.get(reason) ?? 0) + 1);
    } else if (inOneOrder(naive) !== inOneOrder(product) && !leavesRouteOpen(asked.asked, naive, product))
      disagreements.push({ ...asked, naive, product });
  };

  for (const { id, cluster, resources, queries, change } of generateClusters(seed, count)) {
    const objects = resources as readonly unknown[] as readonly RawObject[];
    const view = meshOf(cluster, objects);
    for (const query of queries)
      compare(
        { id, asked: query },
        naiveAnswer({ cluster, resources, query }, touched),
        answerTo(view, query),
      );

    if (change === undefined || !isOfPolicy(change)) continue;
    const asked = { cluster, resources: objects, change: change as unknown as AskedChange };
    const product = answersToWhatIf(asked, queries);
    for (const [index, naive] of naiveWhatIf({ cluster, resources, change, queries }, touched).entries()) {
      const { before, after } = product[index] ?? { before: {}, after: {} };
      compare({ id, asked: { ...queries[index], whatIf: 'before' } }, naive.before, before);
      compare({ id, asked: { ...queries[index], whatIf: change } }, naive.after, after);
    }
  }
  return { clusters: count, answers, unknown, perRule, disagreements };
}

type AskedChange = Parameters<typeof answersToWhatIf>[0]['change'];

/** What if a pod or a namespace were gone is no question about policy. */
function isOfPolicy(change: Change): boolean {
  return change.delete.every(({ kind }) => policyKinds.some((known) => known === kind));
}

/** Whether "/Service/" is a call is not known. Where all agree whatever it is, the product names no route. */
function leavesRouteOpen(asked: unknown, naive: object, product: object): boolean {
  const path = (asked as { readonly http?: { readonly path?: string } | null }).http?.path ?? '';
  const routeless = { ...naive, route: null };
  return /^\/(\/|[^/?]+\/($|\?))/.test(path) && inOneOrder(routeless) === inOneOrder(product);
}

/** The order in which Linkerd's equals are listed means nothing. */
function inOneOrder(answer: object): string {
  return canonicalJson(
    Object.fromEntries(
      Object.entries(answer).map(([name, value]: [string, unknown]) => [
        name,
        Array.isArray(value) ? value.map((item) => canonicalJson(item)).sort() : value,
      ]),
    ),
  );
}
