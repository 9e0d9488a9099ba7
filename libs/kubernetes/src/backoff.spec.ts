import { describe, expect, it } from '@jest/globals';
import { Backoff } from './backoff.js';

describe('the pause before another try', () => {
  const timing = { minMs: 400, maxMs: 30_000 };

  it('is at most a limit that doubles up to its own limit, and starts over after success', () => {
    const backoff = new Backoff(timing, () => 1);
    expect(Array.from({ length: 9 }, () => backoff.nextMs())).toEqual([
      400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(400);
  });

  it('may be anything below the limit', () => {
    const backoff = new Backoff(timing, () => 0.25);
    expect([backoff.nextMs(), backoff.nextMs()]).toEqual([100, 200]);
  });

  it('is never shorter than what the server asked for', () => {
    expect(new Backoff(timing, () => 0).nextMs(5_000)).toBe(5_000);
    expect(new Backoff(timing, () => 1).nextMs(5_000)).toBe(5_400);
  });
});
