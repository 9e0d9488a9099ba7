import type { EdgeSample } from '@mcp/mesh';
import type { LatencySeen } from '@mcp/sources';

/** Cumulative counts at ascending bounds; the last bound is Infinity. */
export type Buckets = LatencySeen['buckets'];

/** Whether they can be added up and asked: ascending to infinity, with counts that are numbers and not negative. */
export function areBuckets(buckets: Buckets): boolean {
  if (buckets.at(-1)?.upToMs !== Infinity) return false;
  let below = -Infinity;
  for (const { upToMs, perSecond } of buckets) {
    if (!(upToMs > below) || !(perSecond >= 0) || perSecond === Infinity) return false;
    below = upToMs;
  }
  return true;
}

/** A sum of histograms. Where one lacks a bound, so does the sum: how much of it lies below is not known. */
export class LatencySum {
  #bounds: number[] = [];
  #counts: number[] = [];

  /** Adds `buckets` for which `areBuckets` holds, divided by `scrapes`. */
  add(buckets: Buckets, scrapes: number): void {
    if (this.#bounds.length === 0) {
      this.#bounds = buckets.map(({ upToMs }) => upToMs);
      this.#counts = buckets.map(({ perSecond }) => perSecond / scrapes);
      return;
    }
    let common = 0;
    let at = 0;
    this.#bounds.forEach((bound, index) => {
      while (at < buckets.length - 1 && (buckets[at]?.upToMs ?? Infinity) < bound) at += 1;
      const bucket = buckets[at];
      if (bucket?.upToMs !== bound) return;
      this.#bounds[common] = bound;
      this.#counts[common] = (this.#counts[index] ?? 0) + bucket.perSecond / scrapes;
      common += 1;
    });
    this.#bounds.length = common;
    this.#counts.length = common;
  }

  /** None where `quantile` knows none. */
  get quantiles(): Pick<EdgeSample, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
    const [p50Ms, p95Ms, p99Ms] = [this.quantile(0.5), this.quantile(0.95), this.quantile(0.99)];
    return p50Ms === undefined || p95Ms === undefined || p99Ms === undefined ? {} : { p50Ms, p95Ms, p99Ms };
  }

  /**
   * In milliseconds, as linear within a bucket; the highest finite bound where it lies above all of them. Undefined where nothing was
   * counted, or no bound is finite.
   * Source: prometheus promql/quantile.go, bucketQuantile (v2.42).
   */
  quantile(q: number): number | undefined {
    const last = this.#bounds.length - 1;
    const total = Math.max(0, ...this.#counts);
    if (last < 1 || total === 0) return undefined;
    const rank = q * total;
    let start = 0;
    let below = 0;
    for (let index = 0; index < last; index += 1) {
      const end = this.#bounds[index] ?? Infinity;
      // counts of scrapes at other times may fall a little, which a cumulative count does not
      const count = Math.max(below, this.#counts[index] ?? 0);
      if (count >= rank) {
        if (index === 0 && end <= 0) return end;
        return count === below ? start : start + (end - start) * ((rank - below) / (count - below));
      }
      start = end;
      below = count;
    }
    return start;
  }
}
