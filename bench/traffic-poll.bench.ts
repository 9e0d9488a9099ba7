import type { EventLog } from '@mcp/event-log';
import type { AnyRecordedEvent } from '@mcp/events';
import { meshGraphFold } from '@mcp/graph';
import { ledgerFold } from '@mcp/traffic';
import type { Benchmark, Row } from './benchmark.js';
import { pairedRatio, processorMs, spreadOf } from './figures.js';
import {
  type PolledCollector,
  polledCollector,
  type PollFigures,
  spinning,
} from './traffic-poll/polled-collector.js';
import { TellingMesh } from './traffic-poll/telling-mesh.js';
import { ms, number, ratio } from './words.js';

export const trafficPoll: Benchmark = {
  name: 'traffic-poll',
  title: 'One reading of traffic',
  async run({ quick }) {
    const rounds = quick ? 2 : 6;
    const rows: Row[] = [];
    for (const edges of quick ? [1_000] : [10_000, 50_000]) {
      const mesh = new TellingMesh(edges);
      const before = heapNow();
      const collector = await polledCollector(mesh);
      try {
        rows.push(...(await polls(collector, mesh, rounds)));
        const { edges: count } = mesh;
        const bytes = (heapNow() - before) / count;
        rows.push({
          what: `${number(count)} edges: heap of the collector, of an edge`,
          ours: `${number(bytes)} bytes`,
          baseline: '',
        });
        rows.push({
          what: `${number(count)} edges: heap of an API for the graph and the ledger, of an edge`,
          ours: `${number(await foldedBytes(collector.log, count))} bytes`,
          baseline: '',
        });
        const start = await collector.restart();
        rows.push(row(`${number(count)} edges: the next reader, until its first reading`, [start]));
      } finally {
        await collector.close();
      }
    }
    const { blockMs } = await spinning();
    rows.push({
      what: 'longest block of a process that spins in slices of 10 ms',
      ours: '',
      baseline: `${number(blockMs)} ms`,
    });
    return {
      rows,
      notes: [
        'Time of the processor from a reading to the wish for the next, with an embedded log and series; in brackets the longest block of the event loop.',
        'Each edge has a row of requests, one of what was served, one counter, and two of a route: what the client saw of it, and its one backend. Every rate and every counter changes from reading to reading.',
        'Baseline: JSON.parse of the same reading, and Maps of its rows by what names them.',
        `${rounds} readings after all edges were recorded.`,
      ],
    };
  },
};

async function polls(collector: PolledCollector, mesh: TellingMesh, rounds: number): Promise<Row[]> {
  const what = `${number(mesh.edges)} edges`;
  const first = await collector.poll(mesh.reading(0));
  const recording = await collector.poll(mesh.reading(1));
  const recorded = collector.recorded();
  if (recorded < mesh.edges) throw new Error(`${recorded} facts of ${mesh.edges} edges`);
  const steady: PollFigures[] = [];
  const baseline: number[] = [];
  for (let round = 2; round < rounds + 2; round += 1) {
    const reading = mesh.reading(round);
    const text = JSON.stringify(reading);
    baseline.push(processorMs(() => mapped(text)));
    steady.push(await collector.poll(reading));
  }
  const ours = steady.map(({ processorMs: taken }) => taken);
  return [
    row(`${what}: the first reading`, [first]),
    row(`${what}: the second, which records them`, [recording]),
    {
      ...row(`${what}: another`, steady),
      baseline: ms(spreadOf(baseline)),
      ratio: ratio(pairedRatio(ours, baseline)),
    },
  ];
}

function row(what: string, figures: readonly PollFigures[]): Row {
  const block = Math.max(...figures.map(({ blockMs }) => blockMs));
  const ours = `${ms(spreadOf(figures.map(({ processorMs: taken }) => taken)))} [${number(block)} ms]`;
  return { what, ours, baseline: '', target: 'no block above 50 ms', met: block <= 50 };
}

interface Rows {
  readonly [part: string]: unknown;
}

/** What anybody does who reads rows and looks them up. */
function mapped(text: string): number {
  const reading = JSON.parse(text) as Rows;
  let rows = 0;
  for (const part of ['requests', 'inbound', 'counters', 'routes']) {
    const byName = new Map<string, unknown>();
    for (const of of reading[part] as readonly Rows[]) {
      const { successPerSecond, failurePerSecond, retriesPerSecond, value, ...name } = of;
      byName.set(JSON.stringify(name), [successPerSecond, failurePerSecond, retriesPerSecond, value]);
    }
    rows += byName.size;
  }
  return rows;
}

/** What events of traffic add to the graph and the ledger of a log. */
async function foldedBytes(log: EventLog, edges: number): Promise<number> {
  const folded = async (takes: (event: AnyRecordedEvent) => boolean) => {
    const before = heapNow();
    const [graph, ledger] = [meshGraphFold.initial(), ledgerFold.initial()];
    for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
      for (const recorded of batch) {
        // the type of an event decides the type of its data; only a union of all types shows that
        const event = recorded as AnyRecordedEvent;
        if (!takes(event)) continue;
        graph.evolve(event);
        ledger.evolve(event);
      }
    graph.entities();
    return { bytes: heapNow() - before, graph, ledger };
  };
  const all = await folded(() => true);
  const without = await folded(({ type }) => type !== 'EdgeObserved' && type !== 'UsageRecorded');
  if (all.graph.entities().length < without.graph.entities().length + edges)
    throw new Error('edges are missing');
  return (all.bytes - without.bytes) / edges;
}

function heapNow(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
