import { seriesResolutions, type SeriesResolution, type SeriesRetention } from './traffic-series.js';

/** What is rolled up into what, in this order: hours are made of minutes. */
export const rollUps = [
  { from: 'poll', to: 'minute', periodMs: 60_000, final: false },
  { from: 'minute', to: 'hour', periodMs: 3_600_000, final: true },
] as const;

export type RollUp = (typeof rollUps)[number];

/** When the minute or hour of a time began. */
export function beginOf(at: number, { periodMs }: RollUp): number {
  return at - (at % periodMs);
}

/** The finest resolution that is kept as far back as a time; the coarsest where none is. */
export function finestKept(retention: SeriesRetention, newest: number, back: number): SeriesResolution {
  return seriesResolutions.find((resolution) => newest - retention[resolution] <= back) ?? 'hour';
}
