import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EdgeSample } from '@mcp/mesh';
import { type SeriesResolution, type SeriesRetention, seriesResolutions } from '../index.js';
import { expectNear, plainRollUp, step } from './plain-roll-up.contract.js';
import {
  edge,
  hourBegin,
  otherEdge,
  pollAt,
  seconds,
  type SeriesUnderTest,
} from './series-under-test.contract.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Minutes and hours out of polls. */
export function seriesRollUpContract(under: SeriesUnderTest): void {
  const append = (at: number, edges: Readonly<Record<string, EdgeSample>>) =>
    under.series.append(pollAt(at, edges));
  const pointsOf = async (resolution: SeriesResolution, of = edge) =>
    (await under.series.read({ edges: [of], from: 0, to: Infinity, resolution })).points.get(of) ?? [];

  describe('a minute', () => {
    it('is there when a poll after its end has come, and not before', async () => {
      for (const after of [0, 15, 30, 59.999]) await append(seconds(after), { [edge]: { p95Ms: 2 } });
      expect(await pointsOf('minute')).toEqual([]);
      await append(seconds(60), { [edge]: { p95Ms: 7 } });
      expect(await pointsOf('minute')).toEqual([{ at: hourBegin, polls: 4, sample: { p95Ms: 2 } }]);
    });

    it('stands on all its polls, though the series was opened anew within it', async () => {
      await append(seconds(0), { [edge]: { openConnections: 2 } });
      await under.reopen();
      await append(seconds(15), { [edge]: { openConnections: 4 } });
      await under.reopen();
      await append(seconds(75), { [edge]: { openConnections: 50 } });
      expect(await pointsOf('minute')).toEqual([{ at: hourBegin, polls: 2, sample: { openConnections: 3 } }]);
    });

    it('has means of rates, means weighted by responses of shares and medians, and the highest of the others', async () => {
      const sample = (successPerSecond: number, value: number): EdgeSample => ({
        successPerSecond,
        failurePerSecond: successPerSecond / 2,
        p50Ms: value,
        p95Ms: value,
        p99Ms: value,
        mtlsShare: value / 10,
      });
      await append(seconds(0), { [edge]: sample(6, 8) });
      await append(seconds(15), { [edge]: sample(2, 4) });
      await append(seconds(60), {});
      expect(await pointsOf('minute')).toEqual([
        {
          at: hourBegin,
          polls: 2,
          sample: { successPerSecond: 4, failurePerSecond: 2, p50Ms: 7, p95Ms: 8, p99Ms: 8, mtlsShare: 0.7 },
        },
      ]);
    });

    it('without responses has plain means of shares; one answered poll outweighs all without', async () => {
      await append(seconds(0), { [edge]: { mtlsShare: 0 }, [otherEdge]: { mtlsShare: 0 } });
      await append(seconds(15), {
        [edge]: { mtlsShare: 1 },
        [otherEdge]: { mtlsShare: 1, successPerSecond: 1 },
      });
      await append(seconds(60), {});
      expect(await pointsOf('minute')).toMatchObject([{ sample: { mtlsShare: 0.5 } }]);
      expect(await pointsOf('minute', otherEdge)).toMatchObject([{ sample: { mtlsShare: 1 } }]);
    });

    it('has a hole where none of its polls tells of the edge, and no field that none of them knows', async () => {
      await append(seconds(0), { [edge]: { successPerSecond: 4 } });
      await append(seconds(15), { [otherEdge]: { successPerSecond: 8 } });
      await append(seconds(60), { [otherEdge]: { successPerSecond: 0 } });
      await append(seconds(200), {});
      expect(await pointsOf('minute')).toEqual([
        { at: hourBegin, polls: 1, sample: { successPerSecond: 4 } },
      ]);
      expect(await pointsOf('minute', otherEdge)).toEqual([
        { at: hourBegin, polls: 1, sample: { successPerSecond: 8 } },
        { at: seconds(60), polls: 1, sample: { successPerSecond: 0 } },
      ]);
    });
  });

  describe('an hour', () => {
    it('is there when a poll after its end has come, however long after', async () => {
      await append(seconds(59), { [edge]: { successPerSecond: 1 } });
      await append(seconds(61), { [edge]: { successPerSecond: 2 } });
      await append(seconds(3599), { [edge]: { successPerSecond: 6 } });
      expect(await pointsOf('hour')).toEqual([]);
      await under.reopen();
      await append(seconds(5 * 3600), {});
      expect(await pointsOf('hour')).toEqual([{ at: hourBegin, polls: 3, sample: { successPerSecond: 3 } }]);
      expect((await pointsOf('minute')).map(({ at }) => at)).toEqual([
        seconds(0),
        seconds(60),
        seconds(59 * 60),
      ]);
    });
  });

  it('minutes and hours are what a plain computation over their polls gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const from = ((await under.series.latest())?.at ?? hourBegin) + 2 * hourMs;
        const begin = from - (from % hourMs);
        let at = begin;
        const polls: { at: number; sample: EdgeSample | undefined }[] = [];
        for (const { afterMs, sample } of steps) {
          at += afterMs;
          polls.push({ at, sample });
          await append(at, { [otherEdge]: { p50Ms: 1 }, ...(sample && { [edge]: sample }) });
        }
        await append(at + 2 * hourMs, {});
        for (const [resolution, periodMs] of [
          ['minute', minuteMs],
          ['hour', hourMs],
        ] as const) {
          const expected = plainRollUp(polls, periodMs);
          const ask = { edges: [edge], from: begin, to: at + hourMs, resolution };
          const points = (await under.series.read(ask)).points.get(edge) ?? [];
          expect(points.map(({ at: place, polls: count }) => [place, count])).toEqual(
            expected.map(({ at: place, polls: count }) => [place, count]),
          );
          for (const [index, { sample }] of points.entries()) expectNear(sample, expected[index]!.sample);
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  describe('without a resolution', () => {
    const retention: SeriesRetention = { poll: minuteMs, minute: 10 * minuteMs, hour: 24 * hourMs };

    it.each([
      ['poll', 60],
      ['minute', 60.001],
      ['minute', 600],
      ['hour', 601],
      ['hour', 99 * 3600],
    ])('a read has each %s where that is kept %s s back', async (resolution, back) => {
      await under.reopen(retention);
      await append(seconds(0), { [edge]: {} });
      const answer = await under.series.read({ edges: [edge], from: seconds(-back), to: Infinity });
      expect(answer.resolution).toBe(resolution);
    });

    it('a read tells of the resolution that it was asked for, otherwise', async () => {
      for (const resolution of seriesResolutions) {
        const answer = await under.series.read({ edges: [], from: 0, to: 1, resolution });
        expect(answer).toEqual({ resolution, points: new Map(), damagedPages: 0 });
      }
    });
  });

  describe('a trim', () => {
    it('drops of each resolution what is older than its retention, and counts it no more', async () => {
      await under.reopen({ poll: 30_000, minute: 2 * minuteMs, hour: 2 * hourMs });
      for (let after = 0; after <= 3 * 3600; after += 300)
        await append(seconds(after), { [edge]: {}, [otherEdge]: {} });
      const end = seconds(3 * 3600 + 45);
      await append(seconds(3 * 3600 + 15), { [edge]: {} });
      await append(end, { [edge]: {} });
      await under.series.trim();
      const places = async (resolution: SeriesResolution) => (await pointsOf(resolution)).map(({ at }) => at);
      expect(await places('poll')).toEqual([seconds(3 * 3600 + 15), end]);
      expect(await places('minute')).toEqual([]);
      // the third hour began within two hours before the newest poll
      expect(await places('hour')).toEqual([seconds(2 * 3600)]);
      expect((await under.series.size()).points).toBe(2 + 2);
      expect((await under.series.latest())?.at).toBe(end);
      expect(await under.series.append(pollAt(seconds(0), {}))).toBe(false);
    });
  });
}
