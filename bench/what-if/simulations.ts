import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SimulateChangeResponse } from '@mcp/contracts';
import { formatWorkloadRef } from '@mcp/mesh';
import {
  type AppliedObject,
  evaluateAny,
  type MeshView,
  PolicyIndex,
  type ViewChange,
  whatIf,
} from '@mcp/policy';
import { Ledger, type LedgerRecord } from '@mcp/traffic';
import { PiscinaThread } from '../../apps/mcp-api/src/policy-answers/thread/piscina-thread.js';
import { PolicyEngine } from '../../apps/mcp-api/src/policy-answers/thread/policy-engine.js';
import { simulationParts } from '../../apps/mcp-api/src/policy-answers/thread/simulation.js';
import { observedObject } from '../../test/conformance/situation.js';
import { processorMs } from '../figures.js';
import type { Resource } from '../../test/policy-agreement/kubernetes-objects.js';
import type { RawObject } from '../../test/conformance/corpus.js';

/** When the change is done. */
export const at = Date.parse('2026-11-22T12:00:00Z');

const pageBytes = 1024 * 1024;

export function applying(resource: Resource): ViewChange {
  const observed = observedObject(resource as unknown as RawObject);
  if (observed === undefined || !('state' in observed)) throw new Error('the object cannot be read');
  return { apply: [observed as AppliedObject], delete: [] };
}

export function ledgerOf(records: readonly LedgerRecord[]): Ledger {
  const ledger = new Ledger();
  for (const record of records) ledger.restore(record);
  return ledger;
}

export interface Simulated {
  /** Of the processor; of the clock where a thread works it out. */
  readonly tookMs: number;
  readonly callers: number;
  readonly impacts: number;
}

/** The whole answer, as the thread of the API makes it, of a mesh about which nothing was worked out before. */
export function simulated(view: MeshView, change: ViewChange, ledger: Ledger): Simulated {
  const unseen = structuredClone(view);
  const question = { kind: 'simulate', change, at, includeUnchanged: false, inShort: false } as const;
  const parts: Uint8Array[] = [];
  const tookMs = processorMs(() => {
    parts.push(...simulationParts(new PolicyIndex(unseen), question, ledger));
  });
  return { tookMs, ...told(parts) };
}

function told(parts: readonly Uint8Array[]): Pick<Simulated, 'callers' | 'impacts'> {
  const { counts, impacts } = SimulateChangeResponse.decode(Buffer.concat(parts));
  const callers = counts.reduce((sum, each) => sum + each.callers - each.unseenProbes, 0);
  return { callers, impacts: impacts.length };
}

export interface SimulatedByThread extends Simulated {
  readonly longestBlockMs: number;
}

/** The same by a thread that has the mesh: callers copied, sent, worked out, encoded and handed back in pages. */
export async function simulatedByThread(
  view: MeshView,
  change: ViewChange,
  ledger: Ledger,
): Promise<SimulatedByThread> {
  const thread = new PiscinaThread();
  const engine = new PolicyEngine(thread);
  const { signal } = new AbortController();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const whole = { kind: 'matrix', namespaces: [], request: { kind: 'bytes' } } as const;
  try {
    await engine.ask(view, whole, { key: 'warm', start: 0, bytes: pageBytes }, signal);
    delay.enable();
    const begun = performance.now();
    const parts: Uint8Array[] = [];
    for (let start: number | undefined = 0; start !== undefined;) {
      const question = { kind: 'simulate', change, at, includeUnchanged: false, inShort: false } as const;
      const page = { key: 'bench', start, bytes: pageBytes };
      const callers = () => Promise.resolve(ledger.copyOf(new Set(view.namespaces.keys())));
      const reply: Awaited<ReturnType<PolicyEngine['simulate']>> = await engine.simulate(
        view,
        question,
        page,
        callers,
        signal,
      );
      parts.push(reply.bytes);
      start = reply.next;
    }
    const tookMs = performance.now() - begun;
    return { tookMs, longestBlockMs: delay.max / 1e6, ...told(parts) };
  } finally {
    delay.disable();
    await thread.onModuleDestroy();
  }
}

/** The same callers one by one, each asked about before and after, whether anything about its port changed or not. */
export function oneByOne(view: MeshView, change: ViewChange, ledger: Ledger): number {
  const unseen = structuredClone(view);
  return processorMs(() => askEach(unseen, change, ledger));
}

function askEach(unseen: MeshView, change: ViewChange, ledger: Ledger): void {
  const changed = whatIf(unseen, change, at);
  if ('refused' in changed) throw new Error(`refused: ${changed.refused.code}`);
  const [before, after] = [new PolicyIndex(unseen), new PolicyIndex(changed.view)];
  const workloads = new Map(
    [...unseen.namespaces.values()].flatMap((each) =>
      each.workloads.map((workload) => [formatWorkloadRef(workload.ref), workload]),
    ),
  );
  let different = 0;
  for (const { workload, port, client } of ledger.rows())
    for (const { endpoint } of workloads.get(formatWorkloadRef(workload))?.groups ?? []) {
      const target = { namespace: workload.namespace, endpoint, port };
      const tls = client.kind === 'identity' ? { identity: client.identity } : ('none' as const);
      const seen = { tls, address: undefined };
      const [was, is] = [evaluateAny(before, target, seen), evaluateAny(after, target, seen)];
      if (JSON.stringify(was) !== JSON.stringify(is)) different += 1;
    }
  if (different === 0) throw new Error('the change changes nothing');
}
