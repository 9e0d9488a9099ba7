import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Buckets } from './latency.js';
import { areBuckets, LatencySum } from './latency.js';

const bounds = [1, 2, 5, 10, 50, 100, 1_000];

function sumOf(...histograms: readonly Buckets[]): LatencySum {
  const sum = new LatencySum();
  for (const buckets of histograms) sum.add(buckets, 1);
  return sum;
}

function buckets(...pairs: readonly (readonly [upToMs: number, perSecond: number])[]): Buckets {
  return pairs.map(([upToMs, perSecond]) => ({ upToMs, perSecond }));
}

/** How much fell between each two bounds, and above the last. */
const anyCounts = fc.array(fc.nat(1_000), { minLength: bounds.length + 1, maxLength: bounds.length + 1 });

function histogram(counts: readonly number[]): Buckets {
  let below = 0;
  return [...bounds, Infinity].map((upToMs, index) => {
    below += counts[index] ?? 0;
    return { upToMs, perSecond: below };
  });
}

const anyShare = fc.double({ min: 0.001, max: 1, noNaN: true });

describe('a quantile of latencies', () => {
  it('is linear within its bucket, from 0 in the first one', () => {
    const sum = sumOf(buckets([10, 4], [20, 8], [Infinity, 8]));
    expect([sum.quantile(0.25), sum.quantile(0.5), sum.quantile(0.75), sum.quantile(1)]).toEqual([
      5, 10, 15, 20,
    ]);
  });

  it('is the highest finite bound where it lies above all of them', () => {
    expect(sumOf(buckets([10, 0], [20, 1], [Infinity, 4])).quantile(0.5)).toBe(20);
    expect(sumOf(buckets([10, 0], [20, 0], [Infinity, 4])).quantile(0.5)).toBe(20);
  });

  it('is not known where nothing was counted, or no bound is finite', () => {
    expect(new LatencySum().quantile(0.5)).toBeUndefined();
    expect(sumOf(buckets([10, 0], [Infinity, 0])).quantile(0.5)).toBeUndefined();
    expect(sumOf(buckets([Infinity, 4])).quantile(0.5)).toBeUndefined();
  });

  it('is as if counts did not fall where scrapes at other times let them', () => {
    const fallen = sumOf(buckets([10, 4], [20, 3.9], [50, 8], [Infinity, 8]));
    expect(fallen.quantile(0.5)).toBe(10);
    expect(fallen.quantile(0.75)).toBe(35);
  });

  it('grows with its share, and lies between the bounds around it', () => {
    fc.assert(
      fc.property(anyCounts, anyShare, anyShare, (counts, a, b) => {
        const sum = sumOf(histogram(counts));
        const [low = 0, high = 0] = [sum.quantile(Math.min(a, b)), sum.quantile(Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high);

        const cumulative = histogram(counts);
        const total = cumulative.at(-1)?.perSecond ?? 0;
        const found = cumulative.findIndex(({ perSecond }) => perSecond >= b * total);
        const at = sum.quantile(b);
        const expected =
          total === 0
            ? undefined
            : { from: found === 0 ? 0 : bounds[found - 1], to: bounds[found] ?? bounds.at(-1) };
        expect(at !== undefined).toBe(expected !== undefined);
        expect(at ?? 0).toBeGreaterThanOrEqual(expected?.from ?? 0);
        expect(at ?? 0).toBeLessThanOrEqual(expected?.to ?? 0);
      }),
    );
  });
});

describe('a sum of latencies', () => {
  it('has the quantiles of all counts together', () => {
    fc.assert(
      fc.property(anyCounts, anyCounts, anyShare, (a, b, share) => {
        const together = a.map((count, index) => count + (b[index] ?? 0));
        expect(sumOf(histogram(a), histogram(b)).quantile(share)).toBe(
          sumOf(histogram(together)).quantile(share),
        );
      }),
    );
  });

  it('has the bounds that all have, so that no count is at a wrong one', () => {
    const every = buckets([10, 1], [20, 2], [50, 3], [Infinity, 4]);
    const some = buckets([10, 1], [50, 3], [Infinity, 4]);
    const expected = sumOf(buckets([10, 2], [50, 6], [Infinity, 8]));
    for (const share of [0.1, 0.5, 0.7, 0.9]) {
      expect(sumOf(every, some).quantile(share)).toBe(expected.quantile(share));
      expect(sumOf(some, every).quantile(share)).toBe(expected.quantile(share));
    }
  });

  it('divides by how often a proxy is scraped', () => {
    const sum = new LatencySum();
    sum.add(buckets([10, 8], [20, 8], [Infinity, 8]), 2);
    sum.add(buckets([10, 0], [20, 4], [Infinity, 4]), 1);
    expect(sum.quantile(0.75)).toBe(15);
  });
});

describe('buckets', () => {
  it.each<[string, Buckets, boolean]>([
    ['ascend to infinity', buckets([10, 1], [Infinity, 2]), true],
    ['may be cut down to infinity alone', buckets([Infinity, 2]), true],
    ['are none without infinity', buckets([10, 1], [20, 2]), false],
    ['are none where there are none', [], false],
    ['are none out of order', buckets([20, 1], [10, 2], [Infinity, 2]), false],
    ['are none with a bound twice', buckets([10, 1], [10, 2], [Infinity, 2]), false],
    ['are none with what is no number', buckets([10, NaN], [Infinity, 2]), false],
    ['are none with an infinite count', buckets([10, 1], [Infinity, Infinity]), false],
    ['are none with a negative count', buckets([10, -1], [Infinity, 2]), false],
  ])('%s', (_, some, expected) => {
    expect(areBuckets(some)).toBe(expected);
  });
});
