import type { KnownRows } from './known-rows.js';

export interface VectorAnswer {
  readonly rows: number;
  /** Why the answer may not be whole, in the server's own words: stores that Thanos could not ask, rows cut off at a limit. */
  readonly warnings: readonly string[];
}

/** Asks PromQL questions. */
export interface InstantQueries {
  /** The server's own clock, milliseconds since the epoch: what every query of a poll is asked at. Fails as `instant`. */
  now(signal: AbortSignal): Promise<number>;

  /**
   * The vector of a query at one time. `take` is given the rows, one by one, by what `known` says that their labels mean, once the answer is
   * known to be whole and of the right form; pauses in between, so that a large answer does not hold the event loop for longer than 20 ms. Of
   * one query to the next `known` is the same: what was answered last is not read again. A value may be NaN or infinite.
   *
   * Fails with `PrometheusFailure`.
   */
  instant<Meaning>(
    query: string,
    at: { readonly timeMs: number; readonly signal: AbortSignal },
    known: KnownRows<Meaning>,
    take: (meaning: Meaning, value: number) => void,
  ): Promise<VectorAnswer>;
}

/**
 * `UNREACHABLE`: no connection, one that broke, or a gateway that has none. `TIMEOUT`: no answer in time, by our clock or the server's.
 * `REFUSED`: 401 or 403, or a secret that cannot be read. `OVERLOADED`: 429, 503, a failure inside the server, or more samples than it may
 * load. `TOO_LARGE`: more bytes than may be read. `BAD_QUERY`: it cannot be parsed, or not be evaluated whatever its size. `INVALID`:
 * not what Prometheus answers.
 */
export type PrometheusFault =
  'UNREACHABLE' | 'TIMEOUT' | 'REFUSED' | 'OVERLOADED' | 'TOO_LARGE' | 'BAD_QUERY' | 'INVALID';

export class PrometheusFailure extends Error {
  readonly code = 'PROMETHEUS_FAILURE';
  constructor(
    readonly fault: PrometheusFault,
    message: string,
    readonly retryAfterMs?: number,
    cause?: unknown,
  ) {
    super(`${message} (${fault})`, { cause });
  }
}
