import { canonicalJson } from '@mcp/mesh';
import type { Decision, MeshView } from '@mcp/policy';
import type { Question } from '../../test/conformance/answer.js';
import { inWords, questionOf } from '../../test/conformance/answer.js';
import type { Query } from '../../test/policy-agreement/case.js';
import type { Resource } from '../../test/policy-agreement/kubernetes-objects.js';
import { naiveAnswer } from '../../test/policy-agreement/naive-linkerd.js';
import { Random } from '../../test/policy-agreement/random.js';
import { addressAt, cluster, identityOf, workloadsInNamespace } from './governed-mesh.js';

/** One question in the words of either implementation. */
export interface Asked extends Question {
  readonly query: Query;
}

/** Questions at random about the workloads of a governed mesh, the same for the same number. */
export function questionsAbout(view: MeshView, namespaces: number, count: number): readonly Asked[] {
  const random = new Random(7);
  return Array.from({ length: count }, () => {
    const query = randomQuery(random, namespaces);
    const question = questionOf(view, query);
    if (question === undefined) throw new Error(`there is no pod ${String(query.pod)}`);
    return { query, ...question };
  });
}

function randomQuery(random: Random, namespaces: number): Query {
  const home = random.between(0, namespaces - 1);
  const at = random.between(0, workloadsInNamespace - 1);
  const port = random.pick([8080, 8080, 8080, 9090, 9090, 9102]);
  const caller = random.chance(0.6) ? home : random.between(0, namespaces - 1);
  const callerAt = random.between(0, workloadsInNamespace - 1);
  const ip = addressAt(random.chance(0.9) ? caller * 256 + callerAt : 256 * 256 * random.between(1, 5));
  const meshed = random.chance(0.85);
  const identity = identityOf(`team-${caller}`, `app-${callerAt}`);
  return {
    pod: `team-${home}/app-${at}`,
    port,
    client: meshed ? { kind: 'meshed', identity, ip } : { kind: 'unmeshed', ip },
    http: random.chance(0.1) ? null : httpRequest(random, port),
  };
}

function httpRequest(random: Random, port: number): NonNullable<Query['http']> {
  if (port === 9090)
    return {
      method: 'POST',
      path: random.pick(['/shop.Cart/Get', '/shop.Cart/Add', '/shop.Ledger/Book']),
      headers: { ':authority': 'shop.example.com', 'content-type': 'application/grpc' },
    };
  return {
    method: random.pick(['GET', 'GET', 'GET', 'POST']),
    path: random.pick([
      '/',
      '/orders',
      '/orders/open',
      '/orders/17?page=2',
      '/items/42',
      '/list?page=1',
      '/live',
    ]),
    headers: {
      host: random.pick(['shop.example.com', 'a.example.org', 'app.team.svc.cluster.local:8080']),
      ...random.field('x-canary', 0.1, () => 'yes'),
      accept: 'application/json',
    },
  };
}

/** Fails where the two implementations answer differently, or one leaves it open. */
export function checkAgreement(
  resources: readonly Resource[],
  { query }: Pick<Asked, 'query'>,
  decision: Decision,
): void {
  const naive = inOneOrder(naiveAnswer({ cluster, resources, query }));
  const product = inOneOrder(inWords(decision));
  if (naive !== product)
    throw new Error(
      `asked ${JSON.stringify(query)}\nthe naive one says ${naive}\nthe product says ${product}`,
    );
}

/** The order in which Linkerd's equals are listed means nothing. */
function inOneOrder(answer: object): string {
  const sorted = Object.entries(answer).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? value.map((item) => canonicalJson(item)).sort() : value,
  ]);
  return canonicalJson(Object.fromEntries(sorted));
}
