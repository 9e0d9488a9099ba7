import type { SeriesAnswer, SeriesAsk, TrafficSeries } from '@mcp/event-log';

/** What the API reads of the series of traffic. */
export type Samples = Pick<TrafficSeries, 'latest' | 'read'>;

/** There is no series: nothing is known of how much traffic there is. */
export const noSamples: Samples = {
  latest: () => Promise.resolve(undefined),
  read: ({ resolution = 'poll' }: SeriesAsk): Promise<SeriesAnswer> =>
    Promise.resolve({ resolution, points: new Map(), damagedPages: 0 }),
};
