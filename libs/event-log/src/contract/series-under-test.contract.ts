import { afterEach, beforeEach } from '@jest/globals';
import type { EdgeSample } from '@mcp/mesh';
import type { SeriesResolution, SeriesRetention, TrafficPoll, TrafficSeries } from '../index.js';

/** How an adapter gives a series to its test, with the hands to damage it that no series offers. */
export interface TrafficSeriesHarness {
  readonly open: (retention?: SeriesRetention) => Promise<TrafficSeries>;
  /** Another handle on the same series, as another process would have it; absent where only one process may have it. */
  readonly another?: () => Promise<TrafficSeries>;
  /** Closes `series`, changes what is stored, and opens it again. */
  readonly damage: (series: TrafficSeries, damage: SeriesDamage) => Promise<TrafficSeries>;
  readonly cleanup: () => Promise<void>;
}

export type SeriesDamage =
  | {
      readonly kind: 'alter page' | 'lose page';
      readonly resolution: SeriesResolution;
      readonly shard: number;
      readonly at: number;
    }
  /** Nothing tells any more which polls there were. */
  | { readonly kind: 'lose puts' };

/** The series that a suite is about; some tests open it anew, so it is asked for each time. */
export interface SeriesUnderTest {
  series: TrafficSeries;
  readonly harness: TrafficSeriesHarness;
  readonly reopen: (retention?: SeriesRetention) => Promise<void>;
}

/** An empty series for each test of the enclosing `describe`. */
export function seriesUnderTest(factory: () => Promise<TrafficSeriesHarness>): SeriesUnderTest {
  const under = {
    reopen: async (retention) => {
      await under.series.close();
      under.series = await under.harness.open(retention);
    },
  } as { -readonly [K in keyof SeriesUnderTest]: SeriesUnderTest[K] };
  beforeEach(async () => {
    under.harness = await factory();
    under.series = await under.harness.open();
  });
  afterEach(async () => {
    await under.series.close();
    await under.harness.cleanup();
  });
  return under;
}

/** The beginning of an hour. */
export const hourBegin = Date.UTC(2026, 10, 21, 14);

export function seconds(count: number): number {
  return hourBegin + count * 1000;
}

export function pollAt(at: number, edges: Readonly<Record<string, EdgeSample>>): TrafficPoll {
  return { at, windowMs: 30_000, proxiesSeen: 3, meshedPods: 4, edges: new Map(Object.entries(edges)) };
}

export const edge = 'shop/Deployment/web>shop/Deployment/cart:8080';
export const otherEdge = 'shop/Deployment/web>shop/Deployment/orders:8080';
