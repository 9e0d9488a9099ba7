import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventLog, openEmbeddedLog } from '@mcp/event-log';
import type { CounterDifference, Fact } from '@mcp/traffic';
import { factAppends } from '../../apps/collector/src/traffic/fact-appends.js';
import { TrafficMemory } from '../../apps/collector/src/traffic/traffic-memory.js';
import { type CallStory, callerOf, calleeOf, shownOf } from './call-stories.js';

const begin = Date.UTC(2026, 0, 1);
const pollMs = 15_000;

export interface LoggedDay {
  readonly events: number;
  /** On disk, beyond an empty log. */
  readonly bytes: number;
  /** Polls that showed an edge otherwise than the poll before. */
  readonly differences: number;
}

export interface AskedDay {
  readonly edges: number;
  readonly hours: number;
  readonly story: CallStory;
  /** Which facts: those of edges, or who used what. */
  readonly facts: 'edges' | 'usage';
}

/** Polls of so many edges, with the memory that the collector has and an embedded log. */
export async function loggedDay({ edges, hours, story, facts }: AskedDay): Promise<LoggedDay> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
  let log = await openEmbeddedLog({ dataDir, mesh: 'bench' });
  try {
    await log.close();
    const empty = bytesIn(dataDir);
    log = await openEmbeddedLog({ dataDir, mesh: 'bench' });
    const memory = new TrafficMemory(30);
    const before: (string | undefined)[] = [];
    let differences = 0;
    for (let poll = 0; poll * pollMs < hours * 3_600_000; poll += 1) {
      const at = begin + poll * pollMs;
      const shown = Array.from({ length: edges }, (_, edge) => shownOf(story, edge, poll));
      for (const [edge, one] of shown.entries()) {
        const says = one === undefined ? '' : `${one.security} ${one.services.join(' ')} ${one.hadTraffic}`;
        if (before[edge] !== says) differences += 1;
        before[edge] = says;
      }
      if (facts === 'edges') {
        const seen = { asOf: at, windowMs: 60_000, proxiesSeen: 1, meshedPods: 1 };
        const present = shown.filter((one) => one !== undefined);
        const everything = { whole: true, watched: () => true, gone: () => false };
        for (const _ of memory.edges.take({ seen, edges: present, ...everything }));
        await recorded(log, memory, memory.edges.decide());
      } else {
        memory.usage.take(
          shown.flatMap((one, edge) => (one?.hadTraffic === true ? [callOf(edge)] : [])),
          at,
        );
        const workloads = Array.from({ length: Math.ceil(edges / 10) }, (_, callee) => calleeOf(10 * callee));
        memory.usage.observe(workloads, at, pollMs);
        await recorded(log, memory, memory.usage.decide(at));
      }
    }
    const { sequence: events } = await log.head();
    await log.close();
    return { events, bytes: bytesIn(dataDir) - empty, differences };
  } finally {
    await log.close();
    rmSync(dataDir, { recursive: true });
  }
}

async function recorded(log: EventLog, memory: TrafficMemory, due: readonly Fact[]): Promise<void> {
  if (due.length === 0) return;
  for (const writes of factAppends(due, (subject) => memory.versionOf(subject), randomUUID))
    await log.append({ writes });
  await memory.catchUp(log, new AbortController().signal);
}

function callOf(edge: number): CounterDifference {
  const server = { group: 'policy.linkerd.io', kind: 'server', name: 'http' };
  const { namespace, name } = callerOf(edge);
  const identity = `${name}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;
  return {
    ...{ workload: calleeOf(edge), what: 'allowed', protocol: 'http', port: 8080, server },
    ...{ client: { kind: 'identity', identity }, count: 100 },
  };
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(directory, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.blocks * 512 : 0), 0);
}
