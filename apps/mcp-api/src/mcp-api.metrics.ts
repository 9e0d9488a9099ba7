import { statusByCode, type GrpcServer } from '@mcp/grpc';
import type { Lag } from '@mcp/projections';
import type { Metrics } from '@mcp/runtime';
import type { GraphFeed } from './graph/graph-feed.js';

/** A unary answer takes milliseconds; a stream may last for hours. */
const secondsBuckets = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600, 3_600];

/** What the API counts as it works. */
export class McpApiMetrics {
  readonly refused: (code: string) => void;
  readonly over: (rpc: string, seconds: number) => void;

  constructor(private readonly metrics: Metrics) {
    this.refused = metrics.counter(
      'mcp_api_refused_calls_total',
      'Calls that ended with an error, by its code.',
      'code',
      [...Object.keys(statusByCode), 'INTERNAL'],
    );
    this.over = metrics.histogram(
      'mcp_api_call_seconds',
      'How long calls and streams took.',
      'rpc',
      secondsBuckets,
    );
  }

  observe(server: GrpcServer, feed: GraphFeed, lags: Readonly<Record<string, () => Lag>>): void {
    const { metrics } = this;
    metrics.gauge('mcp_api_open_streams', 'Streams that are open.', () => server.streams.total);
    metrics.gauge('mcp_api_graph_watchers', 'Watchers of the graph.', () => feed.hub.figures.watchers);
    metrics.gauge(
      'mcp_api_skipped_deltas',
      'Deltas that slow watchers did not get one by one.',
      () => feed.hub.figures.skippedDeltas,
    );
    metrics.gauge(
      'mcp_api_delta_ring_bytes',
      'Size of the deltas that are kept for watchers.',
      () => feed.hub.figures.ringBytes,
    );
    metrics.gauge(
      'mcp_api_snapshot_bytes',
      'Size of the snapshots that are being sent.',
      () => feed.hub.figures.snapshotBytes,
    );
    metrics.gaugeBy('mcp_api_lag_events', 'Events that were not read yet.', 'projection', () =>
      Object.entries(lags).map(([name, lag]) => [name, lag().events] as const),
    );
  }
}
