import { formatWorkloadRef } from '@mcp/mesh';
import type { CallerImpact, Effect, Impact, KnownCaller, MeshView } from '@mcp/policy';
import type { Ledger, LedgerRow } from '@mcp/traffic';
import type { ToldImpact } from '../../to-proto/impact.to-proto.js';

/** The worst first. */
export const effectsInOrder: readonly Effect[] = ['cut', 'unknown', 'opened', 'rule-changed', 'unchanged'];

export interface EffectTally {
  callers: number;
  unseenProbes: number;
  allowed: number;
}

interface ToldCaller {
  readonly impact: ToldImpact;
  readonly seen: boolean;
  readonly allowed: number;
}

/** What a change does to those who are known to call workloads of some namespaces, and to probes that nobody has seen. */
export class SimulatedCallers {
  readonly tally = new Map<Effect, EffectTally>();
  readonly byEffect = new Map<Effect, KnownCaller[]>();
  /** By workload, the ports at which it is called. */
  readonly called = new Map<string, Set<number>>();
  /** Callers of workloads that are no longer there. */
  ofGone = 0;
  readonly #told = new Map<Effect, ToldCaller[]>();

  constructor(
    private readonly impact: Impact,
    view: MeshView,
    ledger: Ledger,
    namespaces: ReadonlySet<string>,
    private readonly includeUnchanged: boolean,
  ) {
    const gone = goneFrom(view);
    const seenProbes = new Set<string>();
    for (const namespace of namespaces)
      for (const row of ledger.rowsIn(namespace)) {
        const workload = formatWorkloadRef(row.workload);
        if (gone(namespace, workload)) {
          this.ofGone += 1;
          continue;
        }
        this.#calledAt(workload, row.port);
        if (isProbe(row)) seenProbes.add(`${workload} ${row.port}`);
        this.#add(row, row);
      }
    for (const probe of impact.probes(namespaces))
      if (!seenProbes.has(`${formatWorkloadRef(probe.workload)} ${probe.port}`)) this.#add(probe);
  }

  /** The worst first; of one effect, unseen probes, and then those who were let in most often. */
  *inOrder(): Generator<ToldImpact> {
    for (const effect of effectsInOrder)
      for (const { impact } of (this.#told.get(effect) ?? []).sort(
        (a, b) => Number(a.seen) - Number(b.seen) || b.allowed - a.allowed,
      ))
        yield impact;
  }

  /** All of them, in no order. */
  known(): readonly KnownCaller[] {
    return [...this.byEffect.values()].flat();
  }

  #add(caller: KnownCaller, row?: LedgerRow): void {
    const pods = this.impact.on(caller);
    const effect = worstOf(pods);
    const alike = this.byEffect.get(effect);
    if (alike === undefined) this.byEffect.set(effect, [caller]);
    else alike.push(caller);
    const allowed = row?.allowed ?? 0;
    const tally = this.tally.get(effect) ?? { callers: 0, unseenProbes: 0, allowed: 0 };
    tally.callers += 1;
    tally.unseenProbes += row === undefined ? 1 : 0;
    tally.allowed += allowed;
    this.tally.set(effect, tally);
    if (effect === 'unchanged' && !this.includeUnchanged) return;
    const told = { impact: { caller, ...(row && { row }), effect, pods }, seen: row !== undefined, allowed };
    const those = this.#told.get(effect);
    if (those === undefined) this.#told.set(effect, [told]);
    else those.push(told);
  }

  #calledAt(workload: string, port: number): void {
    const ports = this.called.get(workload);
    if (ports === undefined) this.called.set(workload, new Set([port]));
    else ports.add(port);
  }
}

/** Nothing becomes of a workload without pods. */
function worstOf(pods: readonly CallerImpact[]): Effect {
  return effectsInOrder.find((effect) => pods.some((each) => each.effect === effect)) ?? 'unchanged';
}

/** Whether a workload surely is no longer there. */
function goneFrom({ namespaces, notLive }: MeshView): (namespace: string, workload: string) => boolean {
  if (notLive.has('Pod') || notLive.has('Controller') || notLive.has('ExternalWorkload')) return () => false;
  const names = new Map<string, ReadonlySet<string>>();
  return (namespace, workload) => {
    let there = names.get(namespace);
    if (there === undefined) {
      const workloads = namespaces.get(namespace)?.workloads ?? [];
      names.set(namespace, (there = new Set(workloads.map(({ ref }) => formatWorkloadRef(ref)))));
    }
    return !there.has(workload);
  };
}

function isProbe({ client, route }: KnownCaller): boolean {
  return client.kind === 'unmeshed' && route?.kind === 'default' && route.name === 'probe';
}
