import { type GrpcServer, type OverCall, statusByCode, statusNames } from '@mcp/grpc';
import type { Projection } from '@mcp/projections';
import type { Metrics } from '@mcp/runtime';
import type { CollectorWatch } from './collector-watch.js';
import type { GraphFeed } from './graph/graph-feed.js';

/** A unary answer takes milliseconds; a stream may last for hours. */
const secondsBuckets = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600, 3_600];

/** Health and reflection. */
const otherRpc = 'other';

type FollowedState = Pick<Projection<unknown>, 'lag' | 'now' | 'rebuilt'>;

/** What the API counts as it works. */
export class McpApiMetrics {
  readonly refused: (code: string) => void;
  readonly over: (call: OverCall) => void;
  readonly forged: () => void;
  readonly denied: (recorded: 'yes' | 'no') => void;

  /** `rpcs`: the paths of the rpcs that are served. */
  constructor(
    private readonly metrics: Metrics,
    rpcs: readonly string[],
  ) {
    const known = new Set(rpcs);
    const labels = [...known, otherRpc];
    const calls = metrics.counterOf(
      'mcp_api_calls_total',
      'Calls and streams that ended, by rpc and gRPC status.',
      labels.flatMap((rpc) => statusNames.map((status) => ({ rpc, status }))),
    );
    const took = metrics.histogramOf(
      'mcp_api_call_seconds',
      'How long calls and streams took.',
      labels.map((rpc) => ({ rpc })),
      secondsBuckets,
    );
    this.over = ({ rpc: path, status, seconds }) => {
      const rpc = known.has(path) ? path : otherRpc;
      calls({ rpc, status });
      took({ rpc }, seconds);
    };
    this.refused = metrics.counter(
      'mcp_api_refused_calls_total',
      'Calls that ended with an error, by the code in their details.',
      'code',
      [...Object.keys(statusByCode), 'INTERNAL'],
    );
    const forged = metrics.counterOf(
      'mcp_api_forged_identities_total',
      'Calls with an identity of the mesh that did not come through the own proxy; it was not believed.',
      [{}],
    );
    this.forged = () => forged({});
    this.denied = metrics.counter(
      'mcp_api_denied_changes_total',
      'Changes whose callers had no right to them, by whether an event of its own tells of it; dry runs aside.',
      'recorded',
      ['yes', 'no'],
    );
  }

  observe(
    server: GrpcServer,
    feed: GraphFeed,
    collector: CollectorWatch,
    projections: Readonly<Record<string, FollowedState>>,
    stoppedEnforcements: () => number,
  ): void {
    const { metrics } = this;
    const gauge = (name: string, help: string, read: () => number): void =>
      metrics.gauge(`mcp_api_${name}`, help, read);
    gauge('open_streams', 'Streams that are open.', () => server.streams.total);
    gauge('graph_watchers', 'Watchers of the graph.', () => feed.hub.figures.watchers);
    gauge(
      'skipped_deltas',
      'Deltas that slow watchers did not get one by one, since the start.',
      () => feed.hub.figures.skippedDeltas,
    );
    gauge(
      'delta_ring_bytes',
      'Size of the deltas that are kept for watchers that come back.',
      () => feed.hub.figures.ringBytes,
    );
    gauge(
      'snapshot_bytes',
      'Size of the snapshots that are being sent.',
      () => feed.hub.figures.snapshotBytes,
    );
    gauge('collector_at_work', '1 while a collector answers that it is at work.', () =>
      Number(collector.presence.atWork),
    );
    gauge(
      'stopped_enforcements',
      'Objects whose desired state was enforced and is not any more: ListDrift says why.',
      stoppedEnforcements,
    );
    const gaugeOf = (name: string, help: string, read: (projection: FollowedState) => number): void =>
      metrics.gaugeBy(`mcp_api_${name}`, help, 'projection', () =>
        Object.entries(projections).map(([projection, of]) => [projection, read(of)] as const),
      );
    gaugeOf('lag_events', 'Events of the log that were not read yet.', (of) => of.lag().events);
    gaugeOf(
      'lag_seconds',
      'Age of what the state shows, while it is behind the log.',
      (of) => of.lag().ms / 1_000,
    );
    gaugeOf('position', 'Sequence of the newest event that the state has.', (of) => of.now.position.sequence);
    gaugeOf(
      'rebuilds',
      'Times that the state was built anew because the log is another, since the start.',
      (of) => of.rebuilt.times,
    );
  }
}
