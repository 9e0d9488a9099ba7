import type { SeriesResolution } from './traffic-series.js';

/**
 * What keeps the pages of a series, and does not look into them. A page may go at any time, singly: it is a hole then.
 *
 * Times are whole milliseconds, above 0. Failures are `LogUnavailable`.
 */
export interface SeriesStorage {
  /** Stores all pages in one step; changes nothing and answers false where the resolution has something at that time or after. */
  put(resolution: SeriesResolution, pages: PagesOfOneTime): Promise<boolean>;

  /** What was put last. */
  newest(resolution: SeriesResolution): Promise<{ readonly at: number; readonly header: string } | undefined>;

  /** The first `limit` pages of a shard with `from <= at < to`, oldest first. */
  pages(resolution: SeriesResolution, shard: number, range: PageRange): Promise<readonly StoredPage[]>;

  /** Forgets everything below a time. */
  drop(resolution: SeriesResolution, below: number): Promise<void>;

  putCheckpoint(checkpoint: Uint8Array): Promise<void>;
  checkpoint(): Promise<Uint8Array | undefined>;

  size(): Promise<{ readonly points: number; readonly bytes: number }>;

  close(): Promise<void>;
}

export interface PagesOfOneTime {
  readonly at: number;
  readonly header: string;
  /** In all the pages. */
  readonly points: number;
  /** By shard; one without a point has none. */
  readonly pages: ReadonlyMap<number, Uint8Array>;
}

export interface PageRange {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

export interface StoredPage {
  readonly at: number;
  readonly bytes: Uint8Array;
}
