import type { SeenThrough } from '@mcp/events';
import type { EdgeSample, RouteTraffic, TrafficEnd, WorkloadRef } from '@mcp/mesh';
import type { SeenEdge } from '../facts/seen-edge.js';
import type { IdentityGaps } from './partial-telemetry.js';

/** What one reading of the proxies tells of who calls whom. */
export interface MeasuredEdges {
  readonly edges: readonly MeasuredEdge[];
  /**
   * Of the proxies that answer. A default route is in it only of EgressNetworks, and while something of it fails or is retried: edges tell the rest.
   * Absent where routes could not be read.
   */
  readonly routes?: readonly RouteTraffic[];
  readonly seen: SeenThrough;
  /** False where a part that edges are made of is missing, or the source is incomplete: then an edge that is absent proves nothing. */
  readonly whole: boolean;
  /** The workloads that have meshed pods, by `formatWorkloadRef`. */
  readonly workloads: ReadonlyMap<string, ScrapedWorkload>;
  /** Whether no proxy of this end was overlooked: all of its meshed pods were scraped, or it has none. False of what is no workload. */
  readonly watched: (end: TrafficEnd) => boolean;
  /** Whether this end is a workload that is no longer in the cluster. */
  readonly gone: (end: TrafficEnd) => boolean;
  /** Rows that are in no edge, by reason. */
  readonly leftOut: readonly LeftOutRows[];
  /** Proxies that are scraped more than once, as `namespace/pod`, in order; their figures are divided by how often. */
  readonly scrapedAgain: readonly string[];
  /** To be handed in with the next reading. */
  readonly gaps: IdentityGaps;
}

/** An edge with its figures; `frozen` also where the rows of it have no figure, or are not enough to say whether it has traffic. */
export interface MeasuredEdge extends SeenEdge {
  /** By `formatEdgeId`. */
  readonly key: string;
  /** Absent where no proxy answers that tells of it, and where their rows have no figure. */
  readonly sample?: EdgeSample;
  readonly freshness: EdgeFreshness;
  /** One of its ends is of Linkerd itself. */
  readonly system: boolean;
  /**
   * Partial telemetry: for three readings, both ends' proxies have differed by more than a fifth, so that some of the traffic was seen
   * from one end only. The higher figure is kept where the client is one workload; nothing is added up.
   */
  readonly partial: boolean;
}

/**
 * How well the figures of an edge stand. `live`: proxies were scraped just now. `warming`: each of them is younger than the window, so
 * that rates are too low; where only some are, the others' rates stand, and it is live. `frozen`: none answers any more, and a rate would only show how its window empties. `unverified`: the source did
 * not say which proxies answer.
 */
export type EdgeFreshness = 'live' | 'warming' | 'frozen' | 'unverified';

/** `meshedPods` run now; the proxies of `proxiesSeen` of them were scraped, `warming` of these for less than the window. */
export interface ScrapedWorkload {
  readonly workload: WorkloadRef;
  readonly meshedPods: number;
  readonly proxiesSeen: number;
  readonly warming: number;
}

export const leftOutReasons = [
  /** The log has no pod of that name: it is newer than the log, of another cluster, or made up. */
  'pod-unknown',
  /** The log has the pod at another address: the scrape labels are not those of the pod. */
  'address-differs',
  /** The source or the log says no address, so that the claim cannot be compared. */
  'address-unknown',
  /** The pod has finished, and another runs at its address. */
  'address-reused',
  /** Of a namespace that is not looked at. */
  'out-of-scope',
  /** Of the proxy's own port, 4191. */
  'admin-port',
  'probe',
  /** Within one pod. */
  'localhost',
  /** Out of the cluster, and which EgressNetwork it is of could not be read. */
  'egress-unread',
  /** Of a server's proxy, and a client's proxy tells the same. */
  'told-by-client',
  /** Of a server's proxy, and what the client's proxies tell could not be read. */
  'clients-unread',
  /** Of a server's proxy that still counts a client which no longer calls. */
  'idle-client',
  /** A histogram that has no bound infinity, or whose counts are no numbers. */
  'bad-buckets',
] as const;
/** Why rows are in no edge. */
export type LeftOutReason = (typeof leftOutReasons)[number];

export interface LeftOutRows {
  readonly reason: LeftOutReason;
  readonly rows: number;
  /** The first few, as `namespace/pod@address`. */
  readonly proxies: readonly string[];
}
