import { describe, expect, it } from '@jest/globals';
import { joinedSample } from './joined-sample.js';

describe('what was measured of edges together', () => {
  it('does not say that they are one', () => {
    const one = joinedSample([{ successPerSecond: 2, p99Ms: 7 }]);
    expect(one).toEqual({ successPerSecond: 2, failurePerSecond: 0 });
    expect(joinedSample([one, one])).toEqual({ successPerSecond: 4, failurePerSecond: 0 });
  });

  it('is the sum, and has no latency', () => {
    const samples = [
      { successPerSecond: 2, failurePerSecond: 1, openConnections: 4, p99Ms: 7 },
      { successPerSecond: 3, openConnections: 1, writtenBytesPerSecond: 10, p99Ms: 8 },
    ];
    expect(joinedSample(samples)).toEqual({ successPerSecond: 5, failurePerSecond: 1, openConnections: 5 });
  });

  it('is not known where one of them was not measured', () => {
    expect(joinedSample([{ successPerSecond: 2 }, undefined])).toBeUndefined();
    expect(joinedSample([{ successPerSecond: 2 }, { startedPerSecond: 1 }])).toEqual({});
  });
});
