import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mostSnapshots, spareSnapshots } from './checkpoints.js';

const version = 2;

const saved = (id: number, sequence: number, ofVersion = version) => ({
  id,
  version: ofVersion,
  position: { log: 'log', sequence, digest: '' },
});

/** The sequences that are kept where a snapshot is saved at each of these places, one after the other. */
function keptAfter(places: readonly number[], every: number, oldest = 0): number[] {
  let kept: ReturnType<typeof saved>[] = [];
  for (const [id, sequence] of places.entries()) {
    kept.push(saved(id, sequence));
    const spare = new Set(spareSnapshots(kept, { version, every, oldest }));
    kept = kept.filter((each) => !spare.has(each));
  }
  return kept.map(({ position }) => position.sequence).sort((a, b) => a - b);
}

const gapsOf = (places: readonly number[], oldest = 0) =>
  places.map((place, index) => place - (places[index - 1] ?? oldest));

/** Steps from one save to the next. */
const steps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 80 });
const placesOf = (each: readonly number[]) =>
  each.map((_, i) => each.slice(0, i + 1).reduce((a, b) => a + b));

describe('snapshots to spare', () => {
  it('leave a checkpoint every so many events, and the newest two', () => {
    expect(keptAfter([50, 100, 150, 200, 250, 300, 310], 100)).toEqual([100, 200, 300, 310]);
  });

  it('are the second of two at one place, as two replicas save them', () => {
    expect(keptAfter([50, 50, 100, 100, 150, 150, 150], 0)).toEqual([50, 100, 150, 150]);
  });

  it('never leave a gap wider than allowed that was not there between two saves', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 200, max: 1_000 }), (each, every) => {
        const places = placesOf(each).filter((place) => place < every * 5);
        const kept = keptAfter(places, every);
        const widest = Math.max(0, every, ...gapsOf(places));
        for (const gap of gapsOf(kept)) expect(gap).toBeLessThanOrEqual(widest);
      }),
    );
  });

  it('are as many as are above the most, of which the kept lie about evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 13, max: 200 }), (count) => {
        const places = Array.from({ length: count }, (_, index) => 100 * (index + 1));
        const kept = keptAfter(places, 0);
        expect(kept).toHaveLength(mostSnapshots);
        expect(kept.slice(-2)).toEqual(places.slice(-2));
        const even = places.at(-1)! / mostSnapshots;
        expect(Math.max(...gapsOf(kept))).toBeLessThanOrEqual(Math.ceil(even / 100) * 100 * 2);
      }),
    );
  });

  it('are those of older versions, once two of this one are there, and never those of newer ones', () => {
    const [older, newer, one, two] = [saved(1, 10, 1), saved(2, 20, 3), saved(3, 30), saved(4, 40)];
    const spacing = { version, every: 1_000, oldest: 0 };
    expect(spareSnapshots([older, newer, one], spacing)).toEqual([]);
    expect(spareSnapshots([older, newer, one, two], spacing)).toEqual([older]);
  });

  it('count the gap from where the log begins', () => {
    const all = [saved(1, 1_050), saved(2, 1_100), saved(3, 1_200), saved(4, 1_300)];
    expect(spareSnapshots(all, { version, every: 100, oldest: 1_000 })).toEqual([all[0]]);
    expect(spareSnapshots(all, { version, every: 100, oldest: 0 })).toEqual([]);
  });
});
