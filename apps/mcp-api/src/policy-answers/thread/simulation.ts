import { SimulateChangeResponse } from '@mcp/contracts';
import { formatWorkloadRef } from '@mcp/mesh';
import {
  affectedNamespaces,
  type Finding,
  identityHolders,
  Impact,
  type KnownCaller,
  lint,
  PolicyIndex,
  type PolicyKey,
  policyKeyOf,
  type SafeOrder,
  safeOrder,
  type ViewChange,
  whatIf,
} from '@mcp/policy';
import type { Ledger } from '@mcp/traffic';
import { findingToProto } from '../../to-proto/finding.to-proto.js';
import { effects, impactToProto } from '../../to-proto/impact.to-proto.js';
import { blindSpots } from './blind-spots.js';
import { callerCoverage } from './caller-coverage.js';
import { impactsToAccept as impactsOf, riskInWords } from './impacts-to-accept.js';
import { effectsInOrder, SimulatedCallers } from './simulated-callers.js';
import { simulationSummary } from './simulation-summary.js';

/** Plain data. */
export interface SimulateQuestion {
  readonly kind: 'simulate';
  /** One that `whatIf` does not refuse. */
  readonly change: ViewChange;
  /** When it is done, in milliseconds since the epoch. */
  readonly at: number;
  /** Undefined: all. */
  readonly namespaces?: readonly string[];
  readonly includeUnchanged: boolean;
  /** Only what is told once: what it comes to in all, and in which order it is to be done. */
  readonly inShort: boolean;
}

const dayMs = 24 * 3_600_000;
const daysTold = 7;

/** Those that the change can affect and that are asked about. The ledger has to have their callers. */
export function askedNamespaces(
  { view }: PolicyIndex,
  { change, namespaces }: Pick<SimulateQuestion, 'change' | 'namespaces'>,
): ReadonlySet<string> {
  return among(affectedNamespaces(view, change), namespaces);
}

/** Whether there is a workload that the change could be about; nobody else has callers that are decided about. */
export function affectsWorkloads(index: PolicyIndex, question: Pick<SimulateQuestion, 'change'>): boolean {
  return [...askedNamespaces(index, question)].some(
    (name) => (index.view.namespaces.get(name)?.workloads.length ?? 0) > 0,
  );
}

/** In short, of a change that is about no workload. */
export function harmless(change: ViewChange): Partial<SimulateChangeResponse> {
  return {
    summary: simulationSummary(new Map(), []),
    risk: riskInWords([]),
    order: keysOf(change).map(({ kind, namespace, name }) => ({ kind, namespace, name })),
  };
}

/** The answer in encoded parts, as `answerParts`: what is told once, the impacts, the coverage, the findings. */
export function* simulationParts(
  before: PolicyIndex,
  question: SimulateQuestion,
  ledger: Ledger,
): Generator<Uint8Array> {
  const { change, at } = question;
  const changed = whatIf(before.view, change, at);
  if ('refused' in changed) throw new Error(`not to be simulated: ${changed.refused.object}`);
  const after = new PolicyIndex(changed.view);
  const namespaces = askedNamespaces(before, question);
  const impact = new Impact(before, after);
  const callers = new SimulatedCallers(impact, before.view, ledger, namespaces, question.includeUnchanged);
  const coverage = [...impact.changedWorkloads(namespaces, callers.called)]
    .sort((a, b) => (formatWorkloadRef(a) < formatWorkloadRef(b) ? -1 : 1))
    .map((workload) => callerCoverage(workload, ledger.coverageOf(workload), at));

  const order = orderOf(before, change, { callers: callers.known(), at });
  const opened = [...impact.openedToEveryone(namespaces, callers.called)];
  const impactsToAccept = impactsOf({
    ...{ tally: callers.tally, callers: callers.byEffect },
    ...{ coverage, opened, order },
  });

  yield part({
    summary: simulationSummary(callers.tally, coverage),
    risk: riskInWords(impactsToAccept),
    impactsToAccept: [...impactsToAccept],
    order: (order?.order ?? keysOf(change)).map(({ kind, namespace, name }) => ({ kind, namespace, name })),
    counts: effectsInOrder.flatMap((effect) => {
      const tally = callers.tally.get(effect);
      return tally === undefined ? [] : [{ effect: effects[effect], ...tally }];
    }),
    blindSpots,
    callersOfGone: callers.ofGone,
  });
  if (question.inShort) return;
  const holders = identityHolders(before);
  const since = new Date(at - (daysTold - 1) * dayMs).toISOString().slice(0, 10);
  for (const told of callers.inOrder()) {
    const { client } = told.caller;
    const runAs = client.kind === 'identity' ? (holders.get(client.identity) ?? []) : [];
    yield part({ impacts: [impactToProto(told, runAs, since)] });
  }
  for (const each of coverage) yield part({ coverage: [each] });

  const linted = [
    ...among(new Set([...affectedNamespaces(before.view, change), ...homesOf(change)]), question.namespaces),
  ].sort();
  const was = findingsOf(before, linted);
  const is = findingsOf(after, linted);
  for (const finding of without(is, was)) yield part({ newFindings: [findingToProto(finding)] });
  for (const finding of without(was, is)) yield part({ goneFindings: [findingToProto(finding)] });
}

/** Undefined: it would take too long to look for one. */
function orderOf(
  { view }: PolicyIndex,
  { apply, delete: gone }: ViewChange,
  { callers, at }: { readonly callers: readonly KnownCaller[]; readonly at: number },
): SafeOrder | undefined {
  const ofPolicy = apply.filter((object) => object.kind !== 'Namespace' && object.kind !== 'Workload');
  const change = { apply: ofPolicy, delete: gone };
  const steps = ofPolicy.length + gone.length;
  if (steps < 2) return { order: keysOf(change), unsafe: [], exhaustive: true };
  if (callers.length * steps > mostDecisions) return undefined;
  const mostStates = Math.ceil(mostDecisions / Math.max(1, callers.length * 10));
  return safeOrder(view, change, callers, { now: at, mostStates: Math.min(mostStates, 500) });
}

/** About a second of work. */
const mostDecisions = 200_000;

function keysOf({ apply, delete: gone }: ViewChange): readonly PolicyKey[] {
  return [
    ...apply.flatMap((object) =>
      object.kind === 'Namespace' || object.kind === 'Workload' ? [] : [policyKeyOf(object)],
    ),
    ...gone,
  ];
}

function part(of: Partial<SimulateChangeResponse>): Uint8Array {
  return SimulateChangeResponse.encode({ ...nothing, ...of }).finish();
}

const nothing: SimulateChangeResponse = SimulateChangeResponse.fromPartial({});

function among(names: ReadonlySet<string>, asked: readonly string[] | undefined): ReadonlySet<string> {
  return asked === undefined ? names : new Set(asked.filter((name) => names.has(name)));
}

function* homesOf(change: ViewChange): Generator<string> {
  for (const object of change.apply)
    if (object.kind !== 'Namespace' && object.kind !== 'Workload') yield object.state.namespace;
  for (const { namespace } of change.delete) yield namespace;
}

type Findings = ReadonlyMap<string, Finding>;

function findingsOf(index: PolicyIndex, namespaces: readonly string[]): Findings {
  return new Map([...lint(index, namespaces)].map((finding) => [JSON.stringify(finding), finding]));
}

function* without(findings: Findings, others: Findings): Generator<Finding> {
  for (const [key, finding] of findings) if (!others.has(key)) yield finding;
}
