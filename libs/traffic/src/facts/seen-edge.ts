import type { SeenThrough } from '@mcp/events';
import type { EdgeEvidence, EdgeId, EdgeProtocol, EdgeSecurity, TrafficEnd } from '@mcp/mesh';

/** What one poll says of one edge, as far as facts depend on it. Lists are in order, each text once. */
export interface SeenEdge {
  readonly id: EdgeId;
  /** False where there are rows of it and nothing moved in them. */
  readonly hadTraffic: boolean;
  /** The proxy that would tell was not scraped: what is said of the edge is old, and proves nothing. */
  readonly frozen: boolean;
  readonly security: EdgeSecurity;
  readonly insecureReasons: readonly string[];
  readonly protocol: EdgeProtocol;
  readonly evidence: EdgeEvidence;
  readonly services: readonly string[];
  readonly serverIdentities: readonly string[];
}

export interface EdgePoll {
  readonly seen: SeenThrough;
  readonly edges: Iterable<SeenEdge>;
  /** False where a part of the poll is missing or the source is incomplete: then an edge that is absent proves nothing. */
  readonly whole: boolean;
  /** Whether no proxy of this end was overlooked: all of its meshed pods were scraped, or it has none. */
  watched(end: TrafficEnd): boolean;
  /** Whether the cluster has had what is at this end, and has it no more. */
  gone(end: TrafficEnd): boolean;
}
