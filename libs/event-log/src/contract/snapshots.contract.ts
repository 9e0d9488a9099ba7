import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { LogPosition } from '@mcp/events';
import type { EventLog } from '../index.js';
import { type LogUnderTest, subject, write } from './log-under-test.contract.js';

/** Snapshots that are kept beside a log. */
export function snapshotsContract(under: LogUnderTest): void {
  describe('a snapshot', () => {
    const bytes = (...values: number[]) => new Uint8Array(values);
    const save = async (
      projection: string,
      chunks: Uint8Array[],
      { version = 1, every = 0, position }: { version?: number; every?: number; position?: LogPosition } = {},
    ) => {
      const place = position ?? (await under.log.head());
      await under.log.snapshots.save({ projection, version, position: place, chunks, every });
    };
    const plain = (loaded: Awaited<ReturnType<EventLog['snapshots']['load']>>) =>
      loaded && { position: loaded.position, chunks: loaded.chunks.map((chunk) => [...chunk]) };

    it('comes back whole, with the place it is true at', async () => {
      const projection = randomUUID();
      const position = await under.log.head();
      await save(projection, [bytes(1, 2), bytes(0, 255)]);
      expect(plain(await under.log.snapshots.load(projection, 1))).toEqual({
        position,
        chunks: [
          [1, 2],
          [0, 255],
        ],
      });
    });

    it('of another version or another projection is not loaded', async () => {
      const projection = randomUUID();
      await save(projection, [bytes(1)]);
      expect(await under.log.snapshots.load(projection, 2)).toBeUndefined();
      expect(await under.log.snapshots.load(randomUUID(), 1)).toBeUndefined();
    });

    /** Saves so many, an event before each; marked 1, 2, 3 … */
    const saveMany = async (projection: string, count: number, every: number) => {
      const places: LogPosition[] = [];
      for (let mark = 1; mark <= count; mark += 1) {
        places.push((await under.log.append({ writes: [write(subject(), 0)] })).position);
        await save(projection, [bytes(mark)], { every });
      }
      return places;
    };
    /** The mark of the one loaded for each of these places. */
    const marksAt = async (projection: string, places: readonly LogPosition[]) => {
      const marks: (number | undefined)[] = [];
      for (const place of places)
        marks.push(plain(await under.log.snapshots.load(projection, 1, place))?.chunks[0]?.[0]);
      return marks;
    };

    it('is the newest, or the newest at or before the place asked for', async () => {
      const projection = randomUUID();
      const places = await saveMany(projection, 3, 0);
      expect(await marksAt(projection, places)).toEqual([1, 2, 3]);
      expect(plain(await under.log.snapshots.load(projection, 1))?.chunks).toEqual([[3]]);
    });

    it('is kept for the past, unless those beside it are close enough to each other', async () => {
      const projection = randomUUID();
      const [, ...places] = [await saveMany(projection, 1, 1_000), ...(await saveMany(projection, 7, 3))];
      const marks = await marksAt(projection, places);
      const gaps = marks.map((mark, index) => (mark === undefined ? Infinity : index + 1 - mark));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(2);
      expect(new Set(marks).size).toBeLessThan(7);
      expect(marks.slice(-2)).toEqual([6, 7]);
    });

    it('is one of twelve at most', async () => {
      const projection = randomUUID();
      const places = await saveMany(projection, 20, 0);
      const marks = await marksAt(projection, places);
      expect(new Set(marks.filter((mark) => mark !== undefined)).size).toBe(12);
    });

    it('of an older version goes once there are two of a newer one; of a newer version it stays', async () => {
      const projection = randomUUID();
      const has = async (version: number) =>
        (await under.log.snapshots.load(projection, version)) !== undefined;
      await save(projection, [bytes(1)], { version: 1 });
      await save(projection, [bytes(2)], { version: 2 });
      const [whileOne, newer] = [await has(1), await has(2)];
      await save(projection, [bytes(3)], { version: 2 });
      const afterTwo = await has(1);
      await save(projection, [bytes(4)], { version: 1 });
      await save(projection, [bytes(5)], { version: 1 });
      expect([whileOne, newer, afterTwo, await has(2)]).toEqual([true, true, false, true]);
    });

    it('that is torn is passed over for the one before', async () => {
      const projection = randomUUID();
      const position = await under.log.head();
      await save(projection, [bytes(1)]);
      await under.log.append({ writes: [write(subject(), 0)] });
      await save(projection, [bytes(2), bytes(3)]);
      under.log = await under.harness.damage(under.log, { kind: 'tear snapshot', projection });
      expect(plain(await under.log.snapshots.load(projection, 1))).toEqual({ position, chunks: [[1]] });
    });

    it('whose chunks failed half-way is not seen', async () => {
      const projection = randomUUID();
      const position = await under.log.head();
      const failing = function* () {
        yield bytes(1);
        throw new Error('out of memory');
      };
      await expect(
        under.log.snapshots.save({ projection, version: 1, position, chunks: failing(), every: 0 }),
      ).rejects.toThrow('out of memory');
      expect(await under.log.snapshots.load(projection, 1)).toBeUndefined();
    });

    it('of a part of the log that was lost is passed over', async () => {
      const projection = randomUUID();
      const head = await under.log.head();
      await save(projection, [bytes(1)]);
      const lost = { ...head, sequence: head.sequence + 5, digest: 'a'.repeat(40) };
      await save(projection, [bytes(2)], { position: lost });
      expect(plain(await under.log.snapshots.load(projection, 1))?.chunks).toEqual([[1]]);
    });
  });
}
