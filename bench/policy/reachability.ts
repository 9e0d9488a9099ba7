import type { AccessRequest, MeshView, Reachability, ReachRow } from '@mcp/policy';
import { PolicyIndex, reachability } from '@mcp/policy';
import type { RawObject } from '../../test/conformance/corpus.js';
import { meshOf } from '../../test/conformance/situation.js';
import type { Answer, Query } from '../../test/policy-agreement/case.js';
import type { Resource } from '../../test/policy-agreement/kubernetes-objects.js';
import { naiveAnswer } from '../../test/policy-agreement/naive-linkerd.js';
import { Random } from '../../test/policy-agreement/random.js';
import type { BenchmarkResult, Row } from '../benchmark.js';
import { interleaved, spreadOf } from '../figures.js';
import { mebibytes, ms, number } from '../words.js';
import { addressAt, cluster, identityOf, meshOfOwnPolicies, workloadAt } from './governed-mesh.js';
import { matrixByWorker } from './matrix-by-worker.js';

const limitMs = 10_000;
const get = { method: 'GET', path: '/docs', headers: {} };
const requests: Readonly<Record<'one' | 'any', AccessRequest>> = {
  one: { kind: 'http', method: get.method, path: get.path, headers: new Map() },
  any: { kind: 'any' },
};

/** Every workload as a client of every workload, where no two have the same policy. */
export async function reach(quick: boolean): Promise<BenchmarkResult> {
  const workloads = quick ? 200 : 2_000;
  const rounds = quick ? 2 : 5;
  const sample = quick ? 50 : 100;
  const resources = meshOfOwnPolicies(workloads);
  const view = meshOf(cluster, resources as readonly unknown[] as readonly RawObject[]);

  const pairs = pairsOf(workloads, sample);
  compare(resources, answersOf(view, requests.one), pairs);
  const whole = (request: AccessRequest) => {
    const unseen = structuredClone(view);
    return Promise.resolve(wallMsOf(() => void answersOf(unseen, request)));
  };
  const blocks: number[] = [];
  let bytes = 0;
  const measured = await interleaved(rounds, {
    worker: async () => {
      const matrix = await matrixByWorker(structuredClone(view), requests.any);
      blocks.push(matrix.longestBlockMs);
      ({ bytes } = matrix);
      return matrix.tookMs;
    },
    one: () => whole(requests.one),
    any: () => whole(requests.any),
    naive: () =>
      Promise.resolve(
        wallMsOf(() => {
          for (const pair of pairs) naiveOf(resources, pair);
        }),
      ),
  });

  const perPair = spreadOf(measured.naive.map((took) => took / pairs.length));
  const extrapolated = `${number((perPair.median * workloads * workloads) / 60_000)} min, extrapolated`;
  const row = (what: string, took: readonly number[], baseline: string): Row => {
    const spread = spreadOf(took);
    const cells = { what, ours: ms(spread), baseline };
    return { ...cells, target: '≤ 10 s', met: spread.median <= limitMs };
  };
  const size = `${number(workloads)} × ${number(workloads)} workloads`;
  return {
    rows: [
      row(`reachability, ${size}, one request`, measured.one, extrapolated),
      row(`reachability, ${size}, whatever a port serves`, measured.any, ''),
      row(
        'the same through the worker of the API: sent, worked out, encoded and handed back',
        measured.worker,
        '',
      ),
      { what: 'longest block of the event loop meanwhile', ours: ms(spreadOf(blocks)), baseline: '' },
    ],
    notes: [
      `Reachability: each workload has a service account, a Server, a policy and an authentication of its own, and every tenth a route with a policy; ${number(resources.length - workloads)} policy objects. All rows are taken, from a view of which nothing was worked out before; by the clock. ${rounds} rounds. A worker is new each time, and its answer has ${mebibytes(bytes)}.`,
      `Its baseline: one question for each pair to the naive implementation, extrapolated from ${pairs.length} pairs, which were also compared.`,
    ],
  };
}

function answersOf(view: MeshView, request: AccessRequest): Answered {
  const { clients, rows } = reachability(new PolicyIndex(view), {}, request);
  return { clients, rows: [...rows] };
}

interface Answered extends Pick<Reachability, 'clients'> {
  readonly rows: readonly ReachRow[];
}

interface Pair {
  readonly client: number;
  readonly target: number;
}

/** Half of them are admitted by the target's authentication or by its route. */
function pairsOf(workloads: number, count: number): readonly Pair[] {
  const random = new Random(11);
  return Array.from({ length: count }, () => {
    const target = random.between(0, workloads - 1);
    const client = random.chance(0.5)
      ? (target * 3 + random.pick([1, 7, 61])) % workloads
      : random.between(0, workloads - 1);
    return { client, target };
  });
}

function naiveOf(resources: readonly Resource[], { client, target }: Pair): Answer {
  const [from, to] = [workloadAt(client), workloadAt(target)];
  const query: Query = {
    pod: `${to.namespace}/${to.name}`,
    port: 8080,
    client: { kind: 'meshed', identity: identityOf(from.namespace, from.name), ip: addressAt(client) },
    http: get,
  };
  return naiveAnswer({ cluster, resources, query });
}

/** Fails where the naive implementation says something else about a pair. */
function compare(resources: readonly Resource[], { clients, rows }: Answered, pairs: readonly Pair[]): void {
  for (const pair of pairs) {
    const [from, to] = [workloadAt(pair.client), workloadAt(pair.target)];
    const place = clients.findIndex(
      (each) =>
        each.kind === 'workload' &&
        each.workload.namespace === from.namespace &&
        each.workload.name === from.name,
    );
    const row = rows.find(
      ({ workload, port }) =>
        workload.namespace === to.namespace && workload.name === to.name && port === 8080,
    );
    const found = row?.answers.find(({ clients: ranges }) =>
      ranges.some(({ first, last }) => first <= place && place <= last),
    );
    const product = found?.answer.asked === 'request' ? found.answer.rule.verdict : undefined;
    const naive = naiveOf(resources, pair);
    if (!('verdict' in naive) || naive.verdict !== product)
      throw new Error(`${JSON.stringify({ from, to })}: ${String(product)}, not ${JSON.stringify(naive)}`);
  }
}

function wallMsOf(work: () => void): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}
