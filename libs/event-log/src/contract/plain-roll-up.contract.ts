import { expect } from '@jest/globals';
import type { EdgeSample } from '@mcp/mesh';
import fc from 'fast-check';

const number = fc.integer({ min: 0, max: 9_999 }).map((digits) => digits / 100);
const fields = [
  ...['successPerSecond', 'failurePerSecond', 'startedPerSecond', 'p50Ms', 'p95Ms', 'p99Ms', 'mtlsShare'],
  ...[
    'openConnections',
    'openedPerSecond',
    'failedConnectionsPerSecond',
    'writtenBytesPerSecond',
    'readBytesPerSecond',
  ],
] as const;
const sample = fc.record(Object.fromEntries(fields.map((field) => [field, number])), { requiredKeys: [] });
/** A poll some time after the one before, and what it tells of the edge. */
export const step = fc.record({
  afterMs: fc.constantFrom(15_000, 20_001, 60_000, 61_000, 3_600_000),
  sample: fc.option(sample as fc.Arbitrary<EdgeSample>, { nil: undefined }),
});

interface Told {
  readonly at: number;
  readonly sample: EdgeSample | undefined;
}

/** Minutes or hours of one edge, by their definition. */
export function plainRollUp(polls: readonly Told[], periodMs: number) {
  const begins = [...new Set(polls.map(({ at }) => at - (at % periodMs)))];
  return begins.flatMap((begin) => {
    const told = polls
      .filter(({ at }) => at >= begin && at < begin + periodMs)
      .flatMap(({ sample }) => sample ?? []);
    return told.length === 0 ? [] : [{ at: begin, polls: told.length, sample: plainSample(told) }];
  });
}

function plainSample(told: readonly EdgeSample[]): Record<string, number> {
  const mean = (values: readonly number[], weights: readonly number[]) =>
    values.reduce((sum, value, index) => sum + value * weights[index]!, 0) /
    weights.reduce((sum, weight) => sum + weight, 0);
  const rolled: Record<string, number> = {};
  for (const field of fields) {
    const knowing = told.filter((each) => field in each);
    const values = knowing.map((each) => each[field]!);
    if (values.length === 0) continue;
    const ones = values.map(() => 1);
    const responses = knowing.map((each) => (each.successPerSecond ?? 0) + (each.failurePerSecond ?? 0));
    const weights = responses.some((count) => count > 0) ? responses : ones;
    if (field === 'p95Ms' || field === 'p99Ms') rolled[field] = Math.max(...values);
    else rolled[field] = mean(values, field === 'p50Ms' || field === 'mtlsShare' ? weights : ones);
  }
  return rolled;
}

/** Half a unit of the fourth digit, for each number that was rounded on the way: at most a value and its weight, twice, above and below. */
export function expectNear(rolled: EdgeSample, expected: Readonly<Record<string, number>>): void {
  expect(Object.keys(rolled).toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [field, value] of Object.entries(rolled))
    expect(Math.abs(value - expected[field]!)).toBeLessThanOrEqual(3e-3 * expected[field]!);
}
