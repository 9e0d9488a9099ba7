import type { Metrics } from '@mcp/runtime';
import { type LeftOutReason, leftOutReasons } from '@mcp/traffic';

/** What became of readings, for metrics. */
export interface TrafficMetrics {
  readonly polled: (outcome: PollOutcome) => void;
  readonly recorded: (count: number) => void;
  readonly measured: (figures: TrafficFigures) => void;
}

export const pollOutcomes = ['whole', 'partial', 'failed'] as const;
export type PollOutcome = (typeof pollOutcomes)[number];

/** Of the newest reading. */
export interface TrafficFigures {
  readonly edges: number;
  readonly proxiesSeen: number;
  readonly meshedPods: number;
  /** Rows that are in no edge or no count. */
  readonly leftOut: ReadonlyMap<LeftOutReason | 'no-sense' | 'untrusted-counter', number>;
}

const reasons = [...leftOutReasons, 'no-sense', 'untrusted-counter'] as const;

export function trafficMetrics(metrics: Metrics): TrafficMetrics {
  const polled = metrics.counter(
    'mcp_collector_traffic_readings_total',
    'Readings of traffic, by what came of them.',
    'outcome',
    pollOutcomes,
  );
  const recorded = metrics.counter(
    'mcp_collector_traffic_events_total',
    'Facts of traffic that were appended.',
    'outcome',
    ['recorded'],
  );
  let newest: TrafficFigures = { edges: 0, proxiesSeen: 0, meshedPods: 0, leftOut: new Map() };
  metrics.gauge('mcp_collector_traffic_edges', 'Edges in the newest reading.', () => newest.edges);
  metrics.gauge(
    'mcp_collector_proxies_seen',
    'Proxies that the newest reading saw.',
    () => newest.proxiesSeen,
  );
  metrics.gauge('mcp_collector_meshed_pods', 'Pods that have a proxy.', () => newest.meshedPods);
  metrics.gaugeBy(
    'mcp_collector_traffic_left_out_rows',
    'Rows of the newest reading that are in no edge or no count.',
    'reason',
    () => reasons.map((reason) => [reason, newest.leftOut.get(reason) ?? 0] as const),
  );
  return {
    polled,
    recorded: (count) => recorded('recorded', count),
    measured: (figures) => {
      newest = figures;
    },
  };
}
