import {
  type CallerCoverage,
  CallerKind,
  type Decision,
  type Finding,
  type Impact,
  type SeenCaller,
  type SimulateChangeResponse,
} from '@mcp/contracts';
import { hiddenName, type VisibleNamespaces, withoutHidden } from '@mcp/mesh';
import { impactInGeneral } from '../apply/accepted-impact.js';
import { acceptedImpact } from '../to-proto/change.to-proto.js';
import { riskInWords } from './thread/impacts-to-accept.js';

/**
 * What a change would do, or a page of that, as someone may see it who does not see all namespaces. Callers that may not be seen are one at each
 * port of a page; what is said in words of them or of any other is said in general. How many there are is told.
 */
export function seenSimulation(
  simulation: SimulateChangeResponse,
  visible: VisibleNamespaces,
): SimulateChangeResponse {
  // a digest would tell whether somebody guessed right whom it is about
  const impactsToAccept = simulation.impactsToAccept.map(({ code }) => ({
    ...{
      code,
      message: acceptedImpact([code])
        .map((known) => impactInGeneral[known])
        .join(),
      digest: '',
    },
  }));
  return {
    ...simulation,
    impactsToAccept,
    risk: simulation.risk === '' ? '' : riskInWords(impactsToAccept),
    blindSpots: simulation.blindSpots.map(withoutMessage),
    impacts: joined(simulation.impacts.flatMap((impact) => seenImpact(impact, visible))),
    coverage: simulation.coverage.filter((coverage) => mayBeSeen(coverage, visible)).map(withoutMessage),
    newFindings: seenFindings(simulation.newFindings, visible),
    goneFindings: seenFindings(simulation.goneFindings, visible),
  };
}

const hiddenCaller: SeenCaller = { kind: CallerKind.CALLER_KIND_IDENTITY, identity: hiddenName };

function seenImpact(impact: Impact, visible: VisibleNamespaces): readonly Impact[] {
  if (!mayBeSeen(impact, visible)) return [];
  const { client } = impact;
  const { identity = '' } = client ?? {};
  if (identity !== '' && !visible.hasIdentity(identity))
    return [{ ...impact, client: hiddenCaller, clientWorkloads: [], route: undefined, pods: [], days: [] }];
  const clientWorkloads = impact.clientWorkloads.filter(({ namespace }) => visible.has(namespace));
  const pods = impact.pods.map(({ before, after, unknown, ...pod }) => ({
    ...pod,
    ...{ before: before.map(withoutWords), after: after.map(withoutWords) },
    unknown: unknown.map(withoutMessage),
  }));
  return [withoutHidden({ ...impact, clientWorkloads, pods }, visible)];
}

/** Those of hidden callers of one port are one, where the first of them was: the worst comes first. */
function joined(impacts: readonly Impact[]): readonly Impact[] {
  const hidden = new Map<string, Impact>();
  const portOf = ({ workload, port, protocol }: Impact): string => JSON.stringify([workload, port, protocol]);
  for (const impact of impacts.filter(({ client }) => client === hiddenCaller)) {
    const other = hidden.get(portOf(impact));
    hidden.set(portOf(impact), other === undefined ? impact : together(other, impact));
  }
  return impacts.flatMap((impact) => {
    if (impact.client !== hiddenCaller) return impact;
    const one = hidden.get(portOf(impact));
    hidden.delete(portOf(impact));
    return one ?? [];
  });
}

function together(worst: Impact, other: Impact): Impact {
  return {
    ...worst,
    allowed: worst.allowed + other.allowed,
    denied: worst.denied + other.denied,
    firstSeen: timeOf(Math.min, worst.firstSeen, other.firstSeen),
    lastSeen: timeOf(Math.max, worst.lastSeen, other.lastSeen),
  };
}

function timeOf(choose: typeof Math.min, a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || b === undefined ? (a ?? b) : new Date(choose(a.getTime(), b.getTime()));
}

/** Those about what may be seen, with the rule and without what it says of this case, which may name anything. */
export function seenFindings(findings: readonly Finding[], visible: VisibleNamespaces): readonly Finding[] {
  return findings
    .filter(({ about }) => {
      const it = about?.$case === 'object' ? about.object : about?.workload;
      return it !== undefined && visible.has(it.namespace);
    })
    .map(withoutMessage);
}

function mayBeSeen({ workload }: Pick<CallerCoverage, 'workload'>, visible: VisibleNamespaces): boolean {
  return workload !== undefined && visible.has(workload.namespace);
}

function withoutWords(decision: Decision): Decision {
  return { ...withoutMessage(decision), unknown: decision.unknown.map(withoutMessage) };
}

export function withoutMessage<T extends { readonly message: string }>(value: T): T {
  return value.message === '' ? value : { ...value, message: hiddenName };
}
