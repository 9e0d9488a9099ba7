import type { EdgeSample, RouteTraffic } from '@mcp/mesh';

/**
 * Samples of traffic beside the log: bounded, and lost without harm. What must not be lost is an event.
 *
 * Every poll is kept for a while as it was, then as minutes, then as hours; numbers with four significant digits. A minute or hour is
 * there when a poll after its end has come. Failures are `LogUnavailable`.
 */
export interface TrafficSeries {
  /**
   * Stores one poll, and rolls up what it completes. A poll at or before the newest one changes nothing and answers false.
   *
   * Fails with `TypeError`, and stores nothing, where a number of it is NaN, infinite or beyond what can be measured.
   */
  append(poll: TrafficPoll): Promise<boolean>;

  /** The newest poll; undefined where there is none. */
  latest(): Promise<TrafficPoll | undefined>;

  /**
   * The points of these edges with `from <= at < to`, oldest first. An edge that a poll did not tell of has no point there: a hole is not
   * a zero. Without a resolution, the finest that is kept as far back as `from`.
   */
  read(ask: SeriesAsk): Promise<SeriesAnswer>;

  /** Drops what is older than its retention, from the time of the newest poll. */
  trim(): Promise<void>;

  /** What the next collector compares its first counters with. Disposable; replaces the one before. */
  putCheckpoint(checkpoint: Uint8Array): Promise<void>;
  checkpoint(): Promise<Uint8Array | undefined>;

  size(): Promise<SeriesSize>;

  close(): Promise<void>;
}

/** One poll of the collector; the keys are those of `formatEdgeId`. */
export interface TrafficPoll {
  /** The telemetry's own time, milliseconds since the epoch. */
  readonly at: number;
  readonly windowMs: number;
  /** Meshed pods whose proxies were seen, of all that there were. */
  readonly proxiesSeen: number;
  readonly meshedPods: number;
  readonly edges: ReadonlyMap<string, EdgeSample>;
  /** No two of the same names. Kept as long as polls, and not rolled up. Absent: not known, which is not none. */
  readonly routes?: readonly RouteTraffic[];
}

export const seriesResolutions = ['poll', 'minute', 'hour'] as const;
export type SeriesResolution = (typeof seriesResolutions)[number];

/** How long each resolution is kept, in milliseconds. */
export type SeriesRetention = Readonly<Record<SeriesResolution, number>>;

export const defaultSeriesRetention: SeriesRetention = {
  poll: 3_600_000,
  minute: 24 * 3_600_000,
  hour: 30 * 24 * 3_600_000,
};

export interface SeriesAsk {
  readonly edges: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly resolution?: SeriesResolution;
}

export interface SeriesAnswer {
  readonly resolution: SeriesResolution;
  /** By edge; one without a point is not in it. */
  readonly points: ReadonlyMap<string, readonly SeriesPoint[]>;
  /** Pages that could not be read: where they were there are holes. */
  readonly damagedPages: number;
}

export interface SeriesSize {
  /** Of all edges, in all resolutions. */
  readonly points: number;
  /** What they take where they are stored. */
  readonly bytes: number;
  /** Pages that could not be read since this was opened, each time that they were wanted. */
  readonly damagedPages: number;
}

/**
 * A poll, or the polls of one minute or hour: then rates, connections and shares are means over the polls that tell of the edge (shares
 * and medians weighted by responses, where there were any), and `p95Ms` and `p99Ms` the highest of them. A field that some of the polls
 * do not know is taken from the others.
 */
export interface SeriesPoint {
  /** Of a poll its time; of a minute or hour its beginning. */
  readonly at: number;
  /** How many polls it stands on. */
  readonly polls: number;
  readonly sample: EdgeSample;
}
