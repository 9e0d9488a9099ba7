import { type TelemetryFaultCode, telemetryFaultCodes } from '@mcp/events';
import type { Metrics } from '@mcp/runtime';
import type { TrafficReading } from '@mcp/sources';
import { type LeftOutReason, leftOutReasons, type MeasuredEdges } from '@mcp/traffic';
import type { TrafficMemory } from './traffic-memory.js';

/** What became of readings, for metrics. */
export interface TrafficMetrics {
  readonly polled: (outcome: PollOutcome) => void;
  readonly recorded: (count: number) => void;
  /** The newest reading; undefined where nobody reads any more. */
  readonly measured: (figures: TrafficFigures | undefined) => void;
}

/** `repeated`: not newer than the one before. */
const pollOutcomes = ['whole', 'partial', 'repeated', 'failed'] as const;
export type PollOutcome = (typeof pollOutcomes)[number];

const leftOutRows = [...leftOutReasons, 'no-sense', 'untrusted-counter'] as const;

const notCountedReasons = [
  /** Counted by a proxy before it was first seen, as far as that is not known. */
  'before-first-sight',
  'scraped-twice',
  'older-than-compared',
  'not-a-count',
  'too-many-counters',
  'too-many-refusals',
] as const;
export type NotCountedReason = (typeof notCountedReasons)[number];

/** Of the newest reading. */
export interface TrafficFigures {
  /** When it was true; milliseconds since the epoch. */
  readonly at: number;
  readonly edges: number;
  readonly proxiesSeen: number;
  readonly meshedPods: number;
  /** Edges that found no room. */
  readonly edgesLeftOut: number;
  /** Rows that are in no edge or no count. */
  readonly leftOut: ReadonlyMap<LeftOutReason | 'no-sense' | 'untrusted-counter', number>;
  /** Counters that were not compared, and refusals that were dropped, since the lead began. */
  readonly notCounted: Readonly<Record<NotCountedReason, number>>;
  /** Of each that lasts, once for each part that has it. */
  readonly faults: readonly TelemetryFaultCode[];
}

const noFigures: TrafficFigures = {
  at: 0,
  edges: 0,
  proxiesSeen: 0,
  meshedPods: 0,
  edgesLeftOut: 0,
  leftOut: new Map(),
  notCounted: {
    'before-first-sight': 0,
    'scraped-twice': 0,
    'older-than-compared': 0,
    'not-a-count': 0,
    'too-many-counters': 0,
    'too-many-refusals': 0,
  },
  faults: [],
};

export function figuresOf(
  reading: TrafficReading,
  { edges, seen: { proxiesSeen, meshedPods }, leftOut }: MeasuredEdges,
  untrusted: number,
  memory: TrafficMemory,
): TrafficFigures {
  const { notCompared } = memory.differences;
  return {
    at: reading.at,
    edges: edges.length,
    proxiesSeen,
    meshedPods,
    edgesLeftOut: memory.edges.leftOut,
    leftOut: new Map([
      ...leftOut.map(({ reason, rows }) => [reason, rows] as const),
      ['no-sense', reading.rejected.reduce((sum, { rows }) => sum + rows, 0)],
      ['untrusted-counter', untrusted],
    ]),
    notCounted: {
      'before-first-sight': notCompared.unknownBefore,
      'scraped-twice': notCompared.duplicated,
      'older-than-compared': notCompared.behind,
      'not-a-count': notCompared.invalid,
      'too-many-counters': notCompared.tooMany,
      'too-many-refusals': memory.refusals.dropped,
    },
    faults: memory.telemetry.faults.map(({ code }) => code),
  };
}

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
  let newest = noFigures;
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge(`mcp_collector_traffic_${name}`, help, read);
  gauge(
    'newest_timestamp_seconds',
    'When the newest reading was true, by its own clock; 0 where there was none since this process leads.',
    () => newest.at / 1_000,
  );
  gauge('edges', 'Edges in the newest reading.', () => newest.edges);
  gauge('proxies', 'Proxies that the newest reading saw.', () => newest.proxiesSeen);
  gauge('meshed_pods', 'Pods that have a proxy.', () => newest.meshedPods);
  gauge('left_out_edges', 'Edges of the newest reading that found no room.', () => newest.edgesLeftOut);
  metrics.gaugeBy(
    'mcp_collector_traffic_left_out_rows',
    'Rows of the newest reading that are in no edge or no count.',
    'reason',
    () => leftOutRows.map((reason) => [reason, newest.leftOut.get(reason) ?? 0] as const),
  );
  metrics.gaugeBy(
    'mcp_collector_traffic_not_counted',
    'Counters that could not be compared and refusals without room, since this process leads.',
    'reason',
    () => notCountedReasons.map((reason) => [reason, newest.notCounted[reason]] as const),
  );
  metrics.gaugeBy(
    'mcp_collector_traffic_faults',
    'What is wrong with telemetry while it is seen, by code.',
    'code',
    () =>
      telemetryFaultCodes.map((code) => [code, newest.faults.filter((one) => one === code).length] as const),
  );
  return {
    polled,
    recorded: (count) => recorded('recorded', count),
    measured: (figures) => {
      newest = figures ?? noFigures;
    },
  };
}
