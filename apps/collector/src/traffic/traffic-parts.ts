import type { TrafficSeries } from '@mcp/event-log';
import type { TrafficSettings } from '@mcp/runtime';
import type { TrafficSource } from '@mcp/sources';

/** What traffic is read with; or why there is nothing to read, for a person. */
export type TrafficParts = ReadTraffic | { readonly absent: string };

export interface ReadTraffic {
  readonly source: TrafficSource;
  readonly series: TrafficSeries;
  /** Least time from one reading to the next. */
  readonly pollMs: number;
  readonly rememberDays: number;
}

export function trafficParts(
  { source, absent }: { readonly source: TrafficSource | undefined; readonly absent: string },
  series: TrafficSeries,
  { pollSeconds, ledgerDays }: TrafficSettings,
): TrafficParts {
  return source === undefined
    ? { absent }
    : { source, series, pollMs: pollSeconds * 1000, rememberDays: ledgerDays };
}
