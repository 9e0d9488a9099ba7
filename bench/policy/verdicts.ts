import type { MeshView } from '@mcp/policy';
import { evaluate, explain, PolicyIndex } from '@mcp/policy';
import { questionOf } from '../../test/conformance/answer.js';
import type { RawObject } from '../../test/conformance/corpus.js';
import { meshOf } from '../../test/conformance/situation.js';
import type { Resource } from '../../test/policy-agreement/kubernetes-objects.js';
import { naiveAnswer } from '../../test/policy-agreement/naive-linkerd.js';
import type { BenchmarkResult, Row } from '../benchmark.js';
import { interleaved, pairedRatio, processorMs, spreadOf } from '../figures.js';
import { number, perSecond } from '../words.js';
import { cluster, governedMesh, policyObjectsInNamespace, workloadsInNamespace } from './governed-mesh.js';
import type { Asked } from './questions.js';
import { checkAgreement, questionsAbout } from './questions.js';

const wanted = 100_000;

/** Verdicts a second about one mesh, by an index that has the answers' parts and by one that has none. */
export async function verdicts(quick: boolean): Promise<BenchmarkResult> {
  const namespaces = quick ? 4 : 20;
  const asked = quick ? 500 : 5_000;
  const rounds = quick ? 2 : 9;
  const repeated = 10;
  const slowly = quick ? 20 : 100;

  const resources = governedMesh(namespaces);
  const view = viewOf(resources);
  const questions = questionsAbout(view, namespaces, asked);
  const index = new PolicyIndex(view);
  const given = new Map<string, number>();
  for (const question of questions) {
    const decision = evaluate(index, question.target, question.client, question.request);
    checkAgreement(resources, question, decision);
    const { verdict } = decision;
    given.set(verdict, (given.get(verdict) ?? 0) + 1);
  }

  const rateOf = (count: number, work: () => void) => Promise.resolve(count / (processorMs(work) / 1000));
  const every = (question: (asked: Asked) => void) => () => {
    for (let turn = 0; turn < repeated; turn += 1) for (const each of questions) question(each);
  };
  const cold = questionsOfEveryPort(questions);
  const few = questions.slice(0, slowly);
  const measured = await interleaved(rounds, {
    warm: () =>
      rateOf(
        repeated * asked,
        every((each) => evaluateOne(index, each)),
      ),
    explained: () =>
      rateOf(
        repeated * asked,
        every((each) => explainOne(index, each)),
      ),
    cold: () => {
      const unseen = structuredClone(view);
      const anew = sameAbout(unseen, cold);
      return rateOf(anew.length, () => {
        const fresh = new PolicyIndex(unseen);
        for (const each of anew) evaluateOne(fresh, each);
      });
    },
    naive: () =>
      rateOf(slowly, () => {
        for (const { query } of few) naiveAnswer({ cluster, resources, query });
      }),
  });

  const baseline = perSecond(spreadOf(measured.naive));
  const row = (what: string, rates: readonly number[], target?: number): Row => {
    const { median } = spreadOf(rates);
    const ratio = `${number(pairedRatio(rates, measured.naive).median)}×`;
    const cells = { what, ours: perSecond(spreadOf(rates)), baseline, ratio };
    return target === undefined
      ? cells
      : { ...cells, target: `≥ ${number(target / 1000)}k/s`, met: median >= target };
  };
  const counts = [...given].map(([verdict, count]) => `${verdict} ${number(count)}`).join(', ');
  return {
    rows: [
      row('verdicts', measured.warm, wanted),
      row('verdicts, each with its reasons', measured.explained),
      row('first verdicts about each port, nothing worked out before', measured.cold),
    ],
    notes: [
      `Verdicts: ${number(namespaces * workloadsInNamespace)} workloads and ${number(namespaces * policyObjectsInNamespace)} policy objects of all kinds in ${namespaces} namespaces; ${number(asked)} questions at random, asked again and again by one thread: ${counts}. A second is one of the processor, the garbage collector's included. ${rounds} rounds.`,
      `Baseline of the verdicts: the tests' second, naive implementation, which scans the objects for each question and gives no reasons; ${slowly} of the questions. All ${number(asked)} were compared with it before anything was timed.`,
      `First verdicts: ${number(cold.length)} ports, of a view whose objects were never seen before; the making of the index is counted.`,
    ],
  };
}

function viewOf(resources: readonly Resource[]): MeshView {
  return meshOf(cluster, resources as readonly unknown[] as readonly RawObject[]);
}

function evaluateOne(index: PolicyIndex, { target, client, request }: Asked): void {
  evaluate(index, target, client, request);
}

function explainOne(index: PolicyIndex, { target, client, request }: Asked): void {
  const { server, route } = evaluate(index, target, client, request);
  if (server === undefined) return;
  const policy = index.portPolicy(target.namespace, target.endpoint, target.port);
  const taken = policy.routes.find(({ ref }) => ref === route);
  explain(index, policy, taken, client);
}

/** One question for each port that is asked about. */
function questionsOfEveryPort(questions: readonly Asked[]): readonly Asked[] {
  return [
    ...new Map(questions.map((each) => [`${String(each.query.pod)}:${each.query.port}`, each])).values(),
  ];
}

/** The same questions about the endpoints of another view. */
function sameAbout(view: MeshView, questions: readonly Asked[]): readonly Asked[] {
  return questions.map((each) => ({ ...each, ...questionOf(view, each.query) }));
}
