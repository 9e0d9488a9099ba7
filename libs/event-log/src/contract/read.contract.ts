import { describe, expect, it } from '@jest/globals';
import { formatPosition, parsePosition } from '@mcp/events';
import { startOf } from '../index.js';
import { type LogUnderTest, subject, write, readAll } from './log-under-test.contract.js';

/** What reading gives, where it ends, and what it refuses. */
export function readContract(under: LogUnderTest): void {
  describe('read', () => {
    it('gives batches of the asked size, the rest last, and nothing at the head', async () => {
      const from = await under.log.head();
      await under.log.append({ writes: Array.from({ length: 7 }, () => write(subject(), 0)) });
      const sizes: number[] = [];
      for await (const batch of under.log.read(from, { batchSize: 3 })) sizes.push(batch.length);
      expect(sizes).toEqual([3, 3, 1]);
      expect(await readAll(under.log, await under.log.head())).toEqual([]);
    });

    it('ends at the head as it was when asked', async () => {
      const from = await under.log.head();
      await under.log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
      let given = 0;
      for await (const batch of under.log.read(from, { batchSize: 1 })) {
        given += batch.length;
        await under.log.append({ writes: [write(subject(), 0)] });
      }
      expect(given).toBe(2);
    });

    it('ends at the position asked for, in text form too', async () => {
      const from = await under.log.head();
      const middle = await under.log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
      await under.log.append({ writes: [write(subject(), 0)] });
      const until = parsePosition(formatPosition(middle.position))!;
      expect(await readAll(under.log, from, { until })).toHaveLength(2);
      expect(await readAll(under.log, from, { until, batchSize: 1 })).toHaveLength(2);
      expect(await readAll(under.log, until)).toHaveLength(1);
      await expect(
        readAll(under.log, from, { until: { ...until, digest: 'f'.repeat(16) } }),
      ).rejects.toMatchObject({
        code: 'POSITION_LOST',
      });
    });

    it('stops when the signal aborts', async () => {
      const from = await under.log.head();
      await under.log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
      const abort = new AbortController();
      let given = 0;
      for await (const batch of under.log.read(from, { batchSize: 1, signal: abort.signal })) {
        given += batch.length;
        abort.abort();
      }
      expect(given).toBe(1);
    });

    it('refuses a position of another log', async () => {
      const head = await under.log.head();
      const foreign = { ...head, log: 'another-log' };
      await expect(readAll(under.log, foreign)).rejects.toMatchObject({ code: 'POSITION_OF_ANOTHER_LOG' });
      await expect(readAll(under.log, startOf(head.log), { until: foreign })).rejects.toMatchObject({
        code: 'POSITION_OF_ANOTHER_LOG',
      });
    });

    it('says that a position is lost when the log does not have it as it was', async () => {
      const { position } = await under.log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
      const wrong = [
        { ...position, sequence: position.sequence + 1 },
        { ...position, digest: '0'.repeat(40) },
        { ...position, sequence: position.sequence - 1 },
        { ...position, digest: '' },
        { ...position, sequence: 0 },
      ];
      for (const lost of wrong)
        await expect(readAll(under.log, lost)).rejects.toMatchObject({ code: 'POSITION_LOST' });
    });

    it('gives after a restart what it gave before, under the same identity', async () => {
      const identity = await under.log.identity();
      const before = await readAll(under.log, startOf(identity));
      const about = before.at(-1)!;
      await under.log.close();
      under.log = await under.harness.open();
      expect(await under.log.identity()).toBe(identity);
      expect(await readAll(under.log, startOf(identity), { verify: 'every-event' })).toEqual(before);
      expect(await under.log.versionOf(about.subject)).toBe(about.subjectVersion);
    });
  });
}
