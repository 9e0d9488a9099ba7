import { type SourcePhase, sourcePhases } from '@mcp/events';
import { type ResourceKind, resourceKinds } from '@mcp/mesh';
import type { Leadership, Metrics } from '@mcp/runtime';
import { type TrafficMetrics, trafficMetrics } from './traffic/traffic.metrics.js';

/** What the log has of the cluster. */
export interface CollectorFigures {
  readonly known: number;
  readonly unreadable: number;
  /** How each kind is being followed; nothing of those that were not asked for yet. */
  readonly phases: ReadonlyMap<ResourceKind, SourcePhase>;
}

/** What of a collector can be looked at. */
interface CollectorState {
  /** Observations that wait to be recorded. */
  readonly waiting: number;
  readonly figures: CollectorFigures;
}

export class CollectorMetrics {
  /** Counts observations that were decided on. */
  readonly observed: (count: number) => void;
  /** Counts events that were appended. */
  readonly recorded: (count: number) => void;
  /** Counts an attempt that failed and is repeated. */
  readonly failed: () => void;
  readonly traffic: TrafficMetrics;

  constructor(private readonly metrics: Metrics) {
    const events = metrics.counter('mcp_collector_events_total', 'What became of observations.', 'outcome', [
      'observed',
      'recorded',
      'failed',
    ]);
    this.observed = (count) => events('observed', count);
    this.recorded = (count) => events('recorded', count);
    this.failed = () => events('failed');
    this.traffic = trafficMetrics(metrics);
  }

  observe(collector: CollectorState, leadership: Leadership): void {
    const gauge = (name: string, help: string, read: () => number): void =>
      this.metrics.gauge(`mcp_collector_${name}`, help, read);
    // a look at each object, which all of a page share
    const figures = this.metrics.oncePerPage(() => collector.figures);
    gauge('leader', '1 while this process leads.', () => Number(leadership.leading));
    gauge('waiting', 'Observations that wait to be recorded.', () => collector.waiting);
    gauge(
      'known_objects',
      'Objects of the cluster that the log has, while this process leads.',
      () => figures().known,
    );
    gauge('unreadable_objects', 'Of these, those that cannot be read.', () => figures().unreadable);
    this.metrics.gaugeOf(
      'mcp_collector_kind_phase',
      '1 for the phase in which the kind is followed, while this process leads.',
      ['kind', 'phase'],
      () => {
        const { phases } = figures();
        return resourceKinds.flatMap((kind) =>
          sourcePhases.map((phase) => [{ kind, phase }, Number(phases.get(kind) === phase)] as const),
        );
      },
    );
  }
}
