import { describe, expect, it } from '@jest/globals';
import type { EdgeSample } from '@mcp/mesh';
import {
  edge,
  hourBegin,
  otherEdge,
  pollAt,
  seconds,
  type SeriesUnderTest,
} from './series-under-test.contract.js';

const everything: EdgeSample = {
  successPerSecond: 12.25,
  failurePerSecond: 0,
  startedPerSecond: 1234,
  p50Ms: 0.0005,
  p95Ms: 99.99,
  p99Ms: 250,
  mtlsShare: 1,
  openConnections: 3,
  openedPerSecond: 1e-9,
  failedConnectionsPerSecond: 0.25,
  writtenBytesPerSecond: 9_999_000_000,
  readBytesPerSecond: 1e25,
};

/** Polls that go in and come out. */
export function seriesPollsContract(under: SeriesUnderTest): void {
  const pointsOf = async (edges: readonly string[], from: number, to: number) =>
    Object.fromEntries((await under.series.read({ edges, from, to, resolution: 'poll' })).points);

  it('a series that is empty has no poll, no points and no checkpoint', async () => {
    expect(await under.series.latest()).toBeUndefined();
    expect(await under.series.checkpoint()).toBeUndefined();
    expect(await pointsOf([edge], 0, Infinity)).toEqual({});
    expect(await under.series.size()).toMatchObject({ points: 0, damagedPages: 0 });
    await under.series.trim();
  });

  it('the newest poll comes back whole, also to who opens the series next', async () => {
    await under.series.append(pollAt(seconds(0), { [otherEdge]: everything }));
    const newest = pollAt(seconds(15), { [edge]: everything, [otherEdge]: {} });
    expect(await under.series.append(newest)).toBe(true);
    expect(await under.series.latest()).toEqual(newest);
    await under.reopen();
    expect(await under.series.latest()).toEqual(newest);
  });

  it('a poll without edges is the newest one too', async () => {
    await under.series.append(pollAt(seconds(0), { [edge]: everything }));
    await under.series.append(pollAt(seconds(15), {}));
    expect(await under.series.latest()).toEqual(pollAt(seconds(15), {}));
  });

  it('numbers have four significant digits', async () => {
    await under.series.append(
      pollAt(seconds(0), {
        [edge]: { p50Ms: 1 / 3, p95Ms: 123_456, p99Ms: 9.99999, openedPerSecond: 1e-200 },
      }),
    );
    expect((await under.series.latest())?.edges.get(edge)).toEqual({
      p50Ms: 0.3333,
      p95Ms: 123_500,
      p99Ms: 10,
      openedPerSecond: 0,
    });
  });

  it('a poll at or before the newest changes nothing and is answered false', async () => {
    const newest = pollAt(seconds(15), { [edge]: { successPerSecond: 1 } });
    await under.series.append(newest);
    for (const at of [seconds(15), seconds(0)])
      expect(
        await under.series.append(pollAt(at, { [edge]: { successPerSecond: 2 }, [otherEdge]: {} })),
      ).toBe(false);
    expect(await under.series.latest()).toEqual(newest);
    expect(await pointsOf([edge, otherEdge], 0, Infinity)).toEqual({
      [edge]: [{ at: seconds(15), polls: 1, sample: { successPerSecond: 1 } }],
    });
  });

  it('of the same poll appended twice at once, one is taken', async () => {
    const poll = pollAt(seconds(0), { [edge]: everything });
    const taken = await Promise.all([under.series.append(poll), under.series.append(poll)]);
    expect(taken.toSorted()).toEqual([false, true]);
    expect((await under.series.size()).points).toBe(1);
  });

  it('points are those from the beginning asked for up to the end, without it, oldest first', async () => {
    for (const after of [0, 15, 30, 45])
      await under.series.append(pollAt(seconds(after), { [edge]: { p50Ms: after } }));
    const found = await pointsOf([edge], seconds(15), seconds(45));
    expect(found).toEqual({
      [edge]: [15, 30].map((after) => ({ at: seconds(after), polls: 1, sample: { p50Ms: after } })),
    });
    expect(await pointsOf([edge], seconds(0) + 0.5, seconds(15) + 0.5)).toEqual({
      [edge]: [{ at: seconds(15), polls: 1, sample: { p50Ms: 15 } }],
    });
    expect(await pointsOf([edge], seconds(45), seconds(15))).toEqual({});
  });

  it('more points than are read at once come all, each once', async () => {
    const places = Array.from({ length: 150 }, (_, index) => index);
    for (const place of places)
      await under.series.append(pollAt(hourBegin + place, { [edge]: { p50Ms: place } }));
    const found = await pointsOf([edge], 0, Infinity);
    expect(found[edge]?.map(({ sample }) => sample.p50Ms)).toEqual(places);
  });

  it('an edge that a poll does not tell of has a hole there, and a zero is a zero', async () => {
    await under.series.append(pollAt(seconds(0), { [edge]: { successPerSecond: 0 } }));
    await under.series.append(pollAt(seconds(15), { [otherEdge]: { successPerSecond: 5 } }));
    await under.series.append(pollAt(seconds(30), { [edge]: {}, [otherEdge]: { failurePerSecond: 0 } }));
    expect(await pointsOf([edge, otherEdge, edge, 'a>b:1'], 0, Infinity)).toEqual({
      [edge]: [
        { at: seconds(0), polls: 1, sample: { successPerSecond: 0 } },
        { at: seconds(30), polls: 1, sample: {} },
      ],
      [otherEdge]: [
        { at: seconds(15), polls: 1, sample: { successPerSecond: 5 } },
        { at: seconds(30), polls: 1, sample: { failurePerSecond: 0 } },
      ],
    });
  });

  it.each([NaN, Infinity, -Infinity])(
    'a poll with %s in any field is refused, and nothing of it is stored',
    async (value) => {
      for (const field of Object.keys(everything)) {
        const broken = pollAt(seconds(0), {
          [otherEdge]: everything,
          [edge]: { ...everything, [field]: value },
        });
        await expect(under.series.append(broken)).rejects.toThrow(
          new TypeError(`a sample of ${edge} is ${value}: not a number that was measured`),
        );
      }
      expect(await under.series.latest()).toBeUndefined();
      expect((await under.series.size()).points).toBe(0);
    },
  );

  it.each([NaN, 0, -5, 1.5, Infinity])('a poll at %s is refused', async (at) => {
    await expect(under.series.append(pollAt(at, {}))).rejects.toThrow(TypeError);
    expect(await under.series.latest()).toBeUndefined();
  });

  it('names may have any letters and any length', async () => {
    const names = ['', 'a', 'unknown:bücher\n\0"\\>x:1', `unknown:${'x'.repeat(70_000)}>y:1`, '日本>語:2'];
    const poll = pollAt(seconds(0), Object.fromEntries(names.map((name, index) => [name, { p50Ms: index }])));
    await under.series.append(poll);
    expect(await under.series.latest()).toEqual(poll);
    expect(Object.keys(await pointsOf(names, 0, Infinity)).toSorted()).toEqual(names.toSorted());
  });

  it('ten thousand edges of one poll come back, each with its own numbers', async () => {
    const edges = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [
        `ns-${index % 97}/Deployment/web-${index}>ns-${index % 13}/Deployment/api:80`,
        index % 3 === 0 ? { openConnections: index } : { successPerSecond: index, p99Ms: index / 1000 },
      ]),
    );
    const poll = pollAt(seconds(0), edges);
    await under.series.append(poll);
    expect(await under.series.latest()).toEqual(poll);
    expect(await under.series.size()).toMatchObject({ points: 10_000 });
  });

  describe('a checkpoint', () => {
    it('replaces the one before, and is there for who opens the series next', async () => {
      await under.series.putCheckpoint(new Uint8Array([1, 2, 3]));
      await under.series.putCheckpoint(new Uint8Array([0, 255]));
      expect([...((await under.series.checkpoint()) ?? [])]).toEqual([0, 255]);
      await under.reopen();
      expect([...((await under.series.checkpoint()) ?? [])]).toEqual([0, 255]);
    });

    it('may be larger than a poll', async () => {
      const large = new Uint8Array(8 * 1024 * 1024).fill(7);
      await under.series.putCheckpoint(large);
      expect(Buffer.compare((await under.series.checkpoint())!, large)).toBe(0);
    });
  });

  it('a series that is closed says so', async () => {
    await under.series.append(pollAt(seconds(0), { [edge]: everything }));
    await under.series.close();
    const unavailable = { code: 'LOG_UNAVAILABLE' };
    await expect(under.series.append(pollAt(seconds(15), {}))).rejects.toMatchObject(unavailable);
    await expect(under.series.latest()).rejects.toMatchObject(unavailable);
    await expect(pointsOf([edge], 0, Infinity)).rejects.toMatchObject(unavailable);
    await expect(under.series.trim()).rejects.toMatchObject(unavailable);
    await expect(under.series.size()).rejects.toMatchObject(unavailable);
    await expect(under.series.putCheckpoint(new Uint8Array())).rejects.toMatchObject(unavailable);
    await expect(under.series.checkpoint()).rejects.toMatchObject(unavailable);
  });
}
