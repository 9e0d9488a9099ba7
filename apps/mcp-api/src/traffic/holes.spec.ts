import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { holesIn, stepOf } from './holes.js';

const points = (...times: number[]) => times.map((at) => ({ at, polls: 1, sample: {} }));
const minute = 60_000;

describe('holes in a series', () => {
  it.each([
    ['are none where each minute is there', [0, 1, 2, 3], [0, 4], []],
    ['are minutes between two', [0, 3, 4], [0, 5], [[1, 3]]],
    ['are minutes before the first', [2, 3], [0, 4], [[0, 2]]],
    ['are minutes after the last', [0, 1], [0, 9], [[2, 9]]],
    ['are not the rest of the minute that the range begins in', [1, 2], [0.5, 3], []],
    ['are not the minute that is not over yet', [0, 1], [0, 3.4], []],
    ['are the whole range where there is no point', [], [2, 5], [[2, 5]]],
  ])('%s', (_rule, at, [from = 0, to = 0], expected) => {
    const range = { from: from * minute, to: to * minute };
    const holes = holesIn(points(...at.map((time) => time * minute)), range, stepOf('minute', []));
    expect(holes).toEqual(
      expected.map(([start = 0, end = 0]) => ({ from: start * minute, to: end * minute })),
    );
  });

  it('of polls are where the usual step is exceeded', () => {
    const series = [points(10, 25, 40, 55, 130, 145), points(10, 41)];
    const step = stepOf('poll', series);
    expect(step).toEqual({ ms: 15, aligned: false });
    expect(holesIn(series[0]!, { from: 0, to: 160 }, step)).toEqual([{ from: 70, to: 130 }]);
    expect(holesIn(series[1]!, { from: -20, to: 160 }, step)).toEqual([
      { from: -20, to: 10 },
      { from: 25, to: 41 },
      { from: 56, to: 160 },
    ]);
  });

  it('are not told where one poll does not say how often there is one', () => {
    expect(stepOf('poll', [points(10)])).toBeUndefined();
    expect(holesIn(points(10), { from: 0, to: 100 }, undefined)).toEqual([]);
  });

  it('and points cover what is asked for, and do not overlap', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30), { minLength: 1 }), (minutes) => {
        const at = minutes.sort((a, b) => a - b).map((time) => time * minute);
        const range = { from: 0, to: 31 * minute };
        const holes = holesIn(points(...at), range, stepOf('minute', []));
        const told = Array.from({ length: 30 }, (_, index) => index * minute).filter(
          (start) => at.includes(start) !== holes.some(({ from, to }) => from <= start && start < to),
        );
        // the last minute may be on its way
        expect(told.length).toBeGreaterThanOrEqual(29);
      }),
    );
  });
});
