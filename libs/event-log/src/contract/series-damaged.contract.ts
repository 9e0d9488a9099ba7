import { describe, expect, it } from '@jest/globals';
import { shardOf } from '../traffic-series/shards.js';
import {
  edge,
  hourBegin,
  otherEdge,
  pollAt,
  seconds,
  type SeriesUnderTest,
} from './series-under-test.contract.js';

/** A series of which something is gone, and one that passes from writer to writer. */
export function seriesDamagedContract(under: SeriesUnderTest): void {
  const append = async (...places: number[]) => {
    for (const after of places)
      await under.series.append(
        pollAt(seconds(after), { [edge]: { p95Ms: after }, [otherEdge]: { p95Ms: 1 } }),
      );
  };
  const read = async () => {
    const answer = await under.series.read({
      edges: [edge, otherEdge],
      from: 0,
      to: Infinity,
      resolution: 'poll',
    });
    const placesOf = (of: string) => answer.points.get(of)?.map(({ at }) => (at - hourBegin) / 1000) ?? [];
    return { edge: placesOf(edge), otherEdge: placesOf(otherEdge), damagedPages: answer.damagedPages };
  };
  const page = { resolution: 'poll', shard: shardOf(edge), at: seconds(15) } as const;

  it('two edges of these tests are in different shards', () => {
    expect(shardOf(edge)).not.toBe(shardOf(otherEdge));
  });

  describe('a page that is damaged', () => {
    it('is a hole, and is counted', async () => {
      await append(0, 15, 30);
      under.series = await under.harness.damage(under.series, { kind: 'alter page', ...page });
      expect(await read()).toEqual({ edge: [0, 30], otherEdge: [0, 15, 30], damagedPages: 1 });
      expect(await under.series.size()).toMatchObject({ damagedPages: 1 });
    });

    it('is a hole in its minute, and the others of the minute count', async () => {
      await append(0, 15, 10 * 6 - 1);
      under.series = await under.harness.damage(under.series, { kind: 'alter page', ...page });
      await append(60);
      const ask = { edges: [edge, otherEdge], from: 0, to: Infinity, resolution: 'minute' } as const;
      const { points } = await under.series.read(ask);
      expect(points.get(edge)).toEqual([{ at: hourBegin, polls: 2, sample: { p95Ms: 59 } }]);
      expect(points.get(otherEdge)).toEqual([{ at: hourBegin, polls: 3, sample: { p95Ms: 1 } }]);
      expect(await under.series.size()).toMatchObject({ damagedPages: 1 });
    });

    it('of the newest poll takes its edges from it', async () => {
      await append(0, 15);
      under.series = await under.harness.damage(under.series, { kind: 'alter page', ...page });
      expect(await under.series.latest()).toEqual(pollAt(seconds(15), { [otherEdge]: { p95Ms: 1 } }));
    });
  });

  it('a page that is gone is a hole, and is not damage', async () => {
    await append(0, 15, 30);
    under.series = await under.harness.damage(under.series, { kind: 'lose page', ...page });
    expect(await read()).toEqual({ edge: [0, 30], otherEdge: [0, 15, 30], damagedPages: 0 });
  });

  it('goes on though nothing tells of its polls any more', async () => {
    await append(0, 15);
    under.series = await under.harness.damage(under.series, { kind: 'lose puts' });
    expect(await under.series.latest()).toBeUndefined();
    expect(await read()).toMatchObject({ edge: [0, 15] });
    // older than the pages that there are: it may be a hole
    await append(5);
    expect((await under.series.latest())?.at).toBe(seconds(5));
    await append(30);
    expect((await under.series.latest())?.at).toBe(seconds(30));
    expect((await read()).edge.filter((after) => after !== 5)).toEqual([0, 15, 30]);
  });

  it('a writer that follows another goes on, and what the one before still sends is refused', async () => {
    await append(0, 15);
    const former = under.series;
    if (under.harness.another === undefined) await under.reopen();
    else under.series = await under.harness.another();
    await append(45, 61);
    const late = under.harness.another === undefined ? under.series : former;
    expect(await late.append(pollAt(seconds(30), { [edge]: { p95Ms: 99 } }))).toBe(false);
    expect(await read()).toMatchObject({ edge: [0, 15, 45, 61] });
    const minutes = await under.series.read({ edges: [edge], from: 0, to: Infinity, resolution: 'minute' });
    expect(minutes.points.get(edge)).toEqual([{ at: hourBegin, polls: 3, sample: { p95Ms: 45 } }]);
    await former.close();
  });
}
