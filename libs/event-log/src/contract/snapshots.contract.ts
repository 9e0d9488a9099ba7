import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { LogPosition } from '@mcp/events';
import type { EventLog } from '../index.js';
import { type LogUnderTest, subject, write } from './log-under-test.contract.js';

/** Snapshots that are kept beside a log. */
export function snapshotsContract(under: LogUnderTest): void {
  describe('a snapshot', () => {
    const bytes = (...values: number[]) => new Uint8Array(values);
    const save = async (projection: string, chunks: Uint8Array[], version = 1, position?: LogPosition) =>
      under.log.snapshots.save({
        projection,
        version,
        position: position ?? (await under.log.head()),
        chunks,
      });
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

    it('is the newest, or the newest at or before the place asked for; the newest two are kept', async () => {
      const projection = randomUUID();
      const places: LogPosition[] = [];
      for (const mark of [1, 2, 3]) {
        places.push((await under.log.append({ writes: [write(subject(), 0)] })).position);
        await save(projection, [bytes(mark)]);
      }
      const loaded = async (atMost?: LogPosition) =>
        plain(await under.log.snapshots.load(projection, 1, atMost))?.chunks;
      expect([
        await loaded(),
        await loaded(places[2]),
        await loaded(places[1]),
        await loaded(places[0]),
      ]).toEqual([[[3]], [[3]], [[2]], undefined]);
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
        under.log.snapshots.save({ projection, version: 1, position, chunks: failing() }),
      ).rejects.toThrow('out of memory');
      expect(await under.log.snapshots.load(projection, 1)).toBeUndefined();
    });

    it('of a part of the log that was lost is passed over', async () => {
      const projection = randomUUID();
      const head = await under.log.head();
      await save(projection, [bytes(1)]);
      await save(projection, [bytes(2)], 1, {
        ...head,
        sequence: head.sequence + 5,
        digest: 'a'.repeat(40),
      });
      expect(plain(await under.log.snapshots.load(projection, 1))?.chunks).toEqual([[1]]);
    });
  });
}
