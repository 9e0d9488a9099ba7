import { formatWorkloadRef, type WorkloadRef } from '@mcp/mesh';
import type { Target } from '../answers/decide.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import { probePaths } from '../routes/probe-paths.js';
import type { Decision, UnknownInput } from '../verdict.js';
import type { PodGroupView, WorkloadView } from '../view.js';
import { CallingAddresses } from './calling-addresses.js';
import { type Assumed, clientOf, type Outcomes, outcomesOf } from './caller-outcomes.js';
import { type ChangedPort, ChangedPorts } from './changed-ports.js';
import type { CallerClass } from './caller-classes.js';
import type { KnownCaller } from './known-caller.js';
import { opensToEveryone } from './opened-ports.js';

/**
 * What a change does to a caller.
 * `cut`: surely admitted before, surely refused after. `opened`: the reverse. `rule-changed`: the same verdict by another rule, as far as the
 * address of the caller is known. `unknown`: what is not known could make it one or the other, so it may be cut.
 */
export type Effect = 'cut' | 'opened' | 'rule-changed' | 'unchanged' | 'unknown';

/** For pods of the workload that are alike. */
export interface CallerImpact {
  readonly effect: Effect;
  /** How many pods it is said of; 0 for those of which it is not known what they are. */
  readonly pods: number;
  /** Every decision that requests of the caller may get. Both empty where nothing that decides about the port has changed. */
  readonly before: Outcomes;
  readonly after: Outcomes;
  /** With `unknown`: what is missing. */
  readonly unknown: readonly ImpactDoubt[];
}

export interface OpenedPort {
  readonly workload: WorkloadRef;
  readonly port: number;
  readonly sure: boolean;
}

export interface ImpactDoubt {
  readonly code: UnknownInput['code'] | 'REQUEST_UNKNOWN' | 'CALLING_POD_UNKNOWN' | 'WORKLOAD_UNKNOWN';
  readonly message: string;
}

/** What a change of policy does to those who call, and to the probes of the kubelet. */
export class Impact {
  readonly #workloads: ReadonlyMap<string, WorkloadView>;
  readonly #changed: ChangedPorts;
  readonly #impacts = new Map<ChangedPort, Map<string, CallerImpact>>();

  constructor(
    private readonly before: PolicyIndex,
    private readonly after: PolicyIndex,
  ) {
    this.#changed = new ChangedPorts(before, after, new CallingAddresses(before));
    this.#workloads = new Map(
      [...before.view.namespaces.values()].flatMap(({ workloads }) =>
        workloads.map((workload) => [formatWorkloadRef(workload.ref), workload]),
      ),
    );
  }

  /** One for each of the pod groups of the workload, and one for its pods of which it is not known what they are. */
  on(caller: KnownCaller): readonly CallerImpact[] {
    const workload = this.#workloads.get(formatWorkloadRef(caller.workload));
    if (workload === undefined) return [open(0, [], [], [workloadUnknown])];
    const { groups, shapelessPods } = workload;
    return [
      ...groups.map((group) => this.#onGroup(workload.ref, group, caller)),
      ...(shapelessPods > 0 ? [open(0, [], [], [shapeUnknown])] : []),
    ];
  }

  /**
   * The workloads of these namespaces of which a port is decided about otherwise: one that they declare or that is probed, that a Server
   * names, or at which somebody is known to call. In no order.
   */
  *changedWorkloads(
    namespaces: ReadonlySet<string>,
    called: ReadonlyMap<string, ReadonlySet<number>>,
  ): Generator<WorkloadRef> {
    for (const namespace of namespaces)
      for (const { ref, groups } of this.before.view.namespaces.get(namespace)?.workloads ?? []) {
        const known = called.get(formatWorkloadRef(ref)) ?? [];
        if (groups.some(({ endpoint }) => this.#changed.among(namespace, endpoint, known))) yield ref;
      }
  }

  /**
   * The ports, as `changedWorkloads` has them, at which somebody who proves nothing would be let in who is not now; `unknown` where that turns
   * on what is not known. In no order.
   */
  *openedToEveryone(
    namespaces: ReadonlySet<string>,
    called: ReadonlyMap<string, ReadonlySet<number>>,
  ): Generator<OpenedPort> {
    for (const namespace of namespaces)
      for (const { ref, groups } of this.before.view.namespaces.get(namespace)?.workloads ?? []) {
        const known = called.get(formatWorkloadRef(ref)) ?? [];
        const ports = new Set(groups.flatMap(({ endpoint }) => this.#changed.of(namespace, endpoint, known)));
        for (const port of ports) {
          const answers = groups.map(({ endpoint }) =>
            opensToEveryone(this.before, this.after, { namespace, endpoint, port }),
          );
          if (answers.includes(true)) yield { workload: ref, port, sure: true };
          else if (answers.includes('unknown')) yield { workload: ref, port, sure: false };
        }
      }
  }

  /** The probes that the kubelet makes, whether telemetry has seen them or not: who is changed unawares. */
  *probes(namespaces: ReadonlySet<string>): Generator<KnownCaller> {
    for (const namespace of namespaces)
      for (const { ref, groups } of this.before.view.namespaces.get(namespace)?.workloads ?? []) {
        const ports = new Set(groups.flatMap(({ endpoint }) => endpoint.ports.map(({ number }) => number)));
        for (const { endpoint } of groups)
          for (const { port } of endpoint.probes) if (typeof port === 'number') ports.add(port);
        for (const port of ports)
          if (groups.some(({ endpoint }) => probePaths(endpoint, port).length > 0))
            yield { workload: ref, port, protocol: 'http', client: { kind: 'unmeshed' }, route: probeRoute };
      }
  }

  /** The same object for callers whom no rule of the port tells apart. */
  #onGroup({ namespace }: WorkloadRef, { endpoint, pods }: PodGroupView, caller: KnownCaller): CallerImpact {
    const changed = this.#changed.at(namespace, endpoint, caller.port);
    if (changed === undefined)
      return { effect: 'unchanged', pods: pods.length, before: [], after: [], unknown: [] };
    const of = changed.callers.of(caller);
    let known = this.#impacts.get(changed);
    if (known === undefined) this.#impacts.set(changed, (known = new Map<string, CallerImpact>()));
    const key = `${pods.length} ${of.key}`;
    let impact = known.get(key);
    if (impact === undefined) {
      const target = { namespace, endpoint, port: caller.port };
      known.set(key, (impact = this.#decide(target, changed, of, caller, pods.length)));
    }
    return impact;
  }

  /** `caller`: any of the class. */
  #decide(
    target: Target,
    changed: ChangedPort,
    { addresses }: CallerClass,
    caller: KnownCaller,
    pods: number,
  ): CallerImpact {
    const impacts = addresses.map((address) => {
      const client = clientOf(caller.client, address);
      const before = outcomesOf(this.before, target, caller, client, asSeen);
      const after = outcomesOf(this.after, target, caller, client, changed);
      return impactOf(pods, before, after);
    });
    return asOne(pods, impacts);
  }
}

/** Telemetry was taken under the policy of before. */
const asSeen: Assumed = { routeHolds: true, bytesHold: true };

const probeRoute = { group: '', kind: 'default', name: 'probe' } as const;

function impactOf(pods: number, before: Outcomes, after: Outcomes): CallerImpact {
  const was = verdictOf(before);
  const is = verdictOf(after);
  if (was === undefined || is === undefined) {
    const missing = [...before, ...after].flatMap(({ unknown }) => unknown);
    return open(pods, before, after, missing.length > 0 ? missing : [requestUnknown]);
  }
  const effect =
    was !== is
      ? is === 'refused'
        ? 'cut'
        : 'opened'
      : rulesOf(before) === rulesOf(after)
        ? 'unchanged'
        : 'rule-changed';
  return { effect, pods, before, after, unknown: [] };
}

/** Undefined where it is not the same for all, or not known for one. */
function verdictOf(outcomes: Outcomes): 'admitted' | 'refused' | undefined {
  const verdicts = new Set(
    outcomes.map(({ verdict }) =>
      verdict === 'unknown' ? undefined : verdict === 'deny' ? 'refused' : 'admitted',
    ),
  );
  const [first] = verdicts;
  return verdicts.size === 1 ? first : undefined;
}

function rulesOf(outcomes: Outcomes): string {
  return JSON.stringify(outcomes.map(ruleOf).sort());
}

function ruleOf({ verdict, server, route, refusal, boundary, authorizedBy, rateLimit }: Decision): string {
  return JSON.stringify([verdict, server, route, refusal, boundary, authorizedBy, rateLimit]);
}

/** What telemetry does not tell is from which of its addresses the caller calls. */
function asOne(pods: number, impacts: readonly CallerImpact[]): CallerImpact {
  const [first, ...others] = impacts;
  if (first === undefined) throw new Error('a caller has at least one address, known or not');
  if (others.every(({ effect }) => effect === first.effect)) return first;
  const both = (side: 'before' | 'after') => [
    ...new Map(impacts.flatMap((each) => each[side]).map((each) => [JSON.stringify(each), each])).values(),
  ];
  const missing = impacts.flatMap(({ unknown }) => unknown);
  return open(pods, both('before'), both('after'), [podUnknown, ...missing]);
}

function open(
  pods: number,
  before: Outcomes,
  after: Outcomes,
  unknown: readonly ImpactDoubt[],
): CallerImpact {
  const byMessage = new Map(unknown.map((doubt) => [doubt.message, doubt]));
  return { effect: 'unknown', pods, before, after, unknown: [...byMessage.values()] };
}

const requestUnknown: ImpactDoubt = {
  code: 'REQUEST_UNKNOWN',
  message: 'telemetry tells neither paths nor what opaque connections carry, and that is decided upon',
};
const podUnknown: ImpactDoubt = {
  code: 'CALLING_POD_UNKNOWN',
  message:
    'some pods of the caller are admitted and others not, by their address; telemetry does not tell which of them call',
};
const workloadUnknown: ImpactDoubt = {
  code: 'WORKLOAD_UNKNOWN',
  message: 'the workload is no longer there, or not known',
};
const shapeUnknown: ImpactDoubt = {
  code: 'POD_SHAPE_UNKNOWN',
  message: 'what some of its pods are is not known',
};
