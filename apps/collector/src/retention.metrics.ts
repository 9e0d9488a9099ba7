import type { Metrics } from '@mcp/runtime';
import type { Retention } from './retention.js';

const secondsPerDay = 24 * 3_600;

/** Shows how far back the log goes, and how far it is to go. */
export function observeRetention(metrics: Metrics, retention: Pick<Retention, 'held' | 'kept'>): void {
  metrics.gauge(
    'mcp_collector_log_oldest_timestamp_seconds',
    'Since when the log has every event; 0 where it has none, or while another process leads.',
    () => (retention.held?.since ?? 0) / 1_000,
  );
  metrics.gauge(
    'mcp_collector_log_trimmed',
    '1 where a bound of the log has cut off earlier events, while this process leads.',
    () => Number(retention.held?.trimmed ?? false),
  );
  metrics.gauge(
    'mcp_collector_log_asked_seconds',
    'How far back the log is to answer.',
    () => retention.kept.keepDays * secondsPerDay,
  );
}
