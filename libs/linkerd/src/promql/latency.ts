import type { LatencySeen } from '@mcp/sources';
import { EdgeNaming, type EdgeSeen } from './edge-naming.js';
import { edgeQueries } from './edge-queries.js';
import { label, type Labels } from './labels.js';
import { implausible } from './plausible.js';
import { leftOut, type PartQueries, type RowNote } from './traffic-query.js';

/** Histograms by client and destination. */
class HistogramTable {
  readonly #histograms = new Map<EdgeSeen, Map<number, number>>();

  /** Adds to one bucket. */
  add(edge: EdgeSeen, upToMs: number, perSecond: number): void {
    let histogram = this.#histograms.get(edge);
    if (histogram === undefined) this.#histograms.set(edge, (histogram = new Map<number, number>()));
    histogram.set(upToMs, (histogram.get(upToMs) ?? 0) + perSecond);
  }

  /** Those that have the last bucket: without it nobody knows how many there were. */
  *seen(): Iterable<LatencySeen> {
    for (const [edge, perSecond] of this.#histograms)
      if (perSecond.has(Infinity)) yield { ...edge, buckets: cumulative(perSecond) };
  }

  get withoutLastBucket(): number {
    let count = 0;
    for (const perSecond of this.#histograms.values()) if (!perSecond.has(Infinity)) count += 1;
    return count;
  }
}

/**
 * How long destinations took until the first piece of the body, in milliseconds. Buckets that nobody stored are absent.
 * Source: linkerd2-proxy linkerd/http/metrics/src/requests/service.rs (read at v2.366.0).
 */
export const latencyQueries: PartQueries<EdgeNaming, HistogramTable, LatencySeen> = {
  part: 'latency',
  queries: edgeQueries<EdgeNaming, HistogramTable>({
    id: 'latency-buckets',
    gives: 'How many responses a second came within each bound, from which every quantile follows.',
    cost: 'Nearly all of the bill: 26 rows per client pod and destination; reads the window of 26 series per client pod, server pod, port and status: 3.3 s at 385,000 series. Asked once a minute.',
    family: 'response_latency_ms_bucket',
    over: 'latency-window',
    grouped: ['le'],
    note: bucketNote,
  }),
  names: () => new EdgeNaming(),
  table: () => new HistogramTable(),
  seen: (table) => table.seen(),
  lost: (table) => new Map([['no last bucket', table.withoutLastBucket]]),
};

function bucketNote(names: EdgeNaming, labels: Labels): RowNote<HistogramTable> {
  const upToMs = boundIn(label(labels, 'le'));
  if (upToMs === undefined) return leftOut('le is no number');
  const edge = names.of(labels);
  if (typeof edge === 'string') return leftOut(edge);
  return (table, value) => {
    const why = implausible(value, 'per-second');
    if (why === undefined) table.add(edge, upToMs, value);
    return why;
  };
}

/** Prometheus 2 writes `1`, Prometheus 3 `1.0`. */
function boundIn(le: string): number | undefined {
  if (le === '+Inf') return Infinity;
  const bound = Number(le);
  return le.trim() === '' || !Number.isFinite(bound) ? undefined : bound;
}

/** Ascending. Rates of buckets are taken one by one, so that one may come out a little below the one before it. */
function cumulative(perSecond: ReadonlyMap<number, number>): LatencySeen['buckets'] {
  let reached = 0;
  return [...perSecond]
    .sort(([a], [b]) => a - b)
    .map(([upToMs, value]) => {
      reached = Math.max(reached, value);
      return { upToMs, perSecond: reached };
    });
}
