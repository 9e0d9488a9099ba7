import type { TrafficEnd } from '@mcp/mesh';
import { formatTrafficEnd } from '@mcp/mesh';
import type { TrafficReading } from '@mcp/sources';
import { atOnce } from '../at-once.js';
import { takeClientRows } from './client-rows.js';
import { measuredEdge } from './measured-edge.js';
import type { MeasuredEdge, MeasuredEdges, ScrapedWorkload } from './measured-edges.js';
import { Measuring, inTurns } from './measuring.js';
import type { IdentityGaps } from './partial-telemetry.js';
import { noGaps, PartialTelemetry } from './partial-telemetry.js';
import type { PodDirectory } from './directory/pod-directory.js';
import { scrapedWorkloads } from './scraped-workloads.js';
import { takeServerRows } from './served-edges.js';

export interface EdgesAsk {
  /** Of the reading before; none at first. */
  readonly gaps?: IdentityGaps;
}

/** `edgesInSteps` at once. */
export function edgesOf(reading: TrafficReading, directory: PodDirectory, ask: EdgesAsk = {}): MeasuredEdges {
  return atOnce(edgesInSteps(reading, directory, ask));
}

/**
 * Who calls whom, by one reading of the proxies. Pauses every few milliseconds, for a caller that lets others have the event loop in
 * between.
 *
 * An edge is what clients' proxies tell; what servers' proxies tell makes one only where no client's proxy does, and the two are never
 * added up. Proxies are who they claim to be where the directory agrees; rows of others are left out, with the reason. Figures of a proxy
 * that is scraped more than once are divided by how often. What a client was denied stays in its edge as its proxy counts it: of HTTP
 * as a success, of gRPC as a failure.
 */
export function* edgesInSteps(
  reading: TrafficReading,
  directory: PodDirectory,
  { gaps = noGaps }: EdgesAsk = {},
): Generator<void, MeasuredEdges> {
  const measuring = new Measuring(reading, directory);
  const partial = new PartialTelemetry(gaps);
  const workloads = yield* scrapedWorkloads(measuring);
  yield* takeClientRows(measuring);
  yield* takeServerRows(measuring, workloads, partial);
  const aboutReading = {
    controlPlaneNamespace: directory.controlPlaneNamespace,
    requestsUnread: measuring.lacks('requests'),
  };
  const edges: MeasuredEdge[] = [];
  yield* inTurns(measuring.calls, (call) => {
    edges.push(measuredEdge(call, aboutReading));
  });
  return {
    edges,
    ...(!measuring.lacks('routes') && { routes: measuring.routes.all() }),
    seen: {
      asOf: reading.at,
      windowMs: reading.windowMs,
      proxiesSeen: total(workloads, 'proxiesSeen'),
      meshedPods: total(workloads, 'meshedPods'),
    },
    whole: reading.incomplete === undefined && !measuring.lacks(...partsOfEdges),
    workloads,
    watched: (end) => isWatched(workloads, end),
    gone: (end) => end.kind === 'workload' && directory.isGone(end.workload),
    leftOut: measuring.leftOut.rows(),
    scrapedAgain: measuring.proxies.scrapedAgain(),
    gaps: partial.gaps,
  };
}

/** Latencies and counters add to edges, and make none. */
const partsOfEdges = ['proxies', 'requests', 'connections', 'inbound', 'routes'] as const;

function isWatched(workloads: ReadonlyMap<string, ScrapedWorkload>, end: TrafficEnd): boolean {
  if (end.kind !== 'workload') return false;
  const workload = workloads.get(formatTrafficEnd(end));
  return workload === undefined || workload.proxiesSeen === workload.meshedPods;
}

function total(workloads: ReadonlyMap<string, ScrapedWorkload>, of: 'proxiesSeen' | 'meshedPods'): number {
  let sum = 0;
  for (const workload of workloads.values()) sum += workload[of];
  return sum;
}
