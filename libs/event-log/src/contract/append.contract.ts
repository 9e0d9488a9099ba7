import { describe, expect, it } from '@jest/globals';
import { isEventLogError, maxEventBytes } from '../index.js';
import { type LogUnderTest, subject, newEvent, write, readAll } from './log-under-test.contract.js';

/** What an append records, and what it refuses. */
export function appendContract(under: LogUnderTest): void {
  describe('append', () => {
    it('records events whole, in order, each with its version and a time that never decreases', async () => {
      const from = await under.log.head();
      const a = subject();
      const b = subject();
      const writes = [write(a, 0), write(b, 0), write(a, 1)];
      const appended = await under.log.append({ writes });
      const events = await readAll(under.log, from);
      expect(events).toEqual(
        writes.map((each, index) => ({
          ...each.event,
          subject: each.subject,
          subjectVersion: [1, 1, 2][index],
          recordedAt: events[0]!.recordedAt,
          position: {
            log: from.log,
            sequence: from.sequence + index + 1,
            digest: expect.stringMatching(/^[0-9a-f]{40}$/),
          },
        })),
      );
      expect(appended).toEqual({
        position: events[2]!.position,
        versions: [1, 1, 2],
        duplicate: false,
        eventIds: writes.map(({ event }) => event.id),
        durability: await under.log.durability(),
      });
      expect(await under.log.head()).toEqual(events[2]!.position);
      expect([
        await under.log.versionOf(a),
        await under.log.versionOf(b),
        await under.log.versionOf(subject()),
      ]).toEqual([2, 1, 0]);
    });

    it('refuses a subject that is not at the expected version, and says where it is', async () => {
      const about = subject();
      await under.log.append({ writes: [write(about, 0)] });
      await expect(under.log.append({ writes: [write(about, 0)] })).rejects.toMatchObject({
        code: 'VERSION_CONFLICT',
        subject: about,
        expected: 0,
        actual: 1,
      });
      await expect(under.log.append({ writes: [write(subject(), 3)] })).rejects.toMatchObject({ actual: 0 });
    });

    it('takes any version where any is asked for', async () => {
      const about = subject();
      const first = await under.log.append({ writes: [write(about, 'any')] });
      const second = await under.log.append({ writes: [write(about, 'any'), write(about, 2)] });
      expect([first.versions, second.versions]).toEqual([[1], [2, 3]]);
    });

    it('records nothing of an append of which one subject is refused', async () => {
      const before = await under.log.head();
      const [fresh, other] = [subject(), subject()];
      await expect(under.log.append({ writes: [write(fresh, 0), write(other, 7)] })).rejects.toMatchObject({
        code: 'VERSION_CONFLICT',
      });
      expect(await under.log.head()).toEqual(before);
      expect(await under.log.versionOf(fresh)).toBe(0);
    });

    it('keeps versions and order exact with 8 competing writers', async () => {
      const from = await under.log.head();
      const about = subject();
      const writers = await Promise.all(Array.from({ length: 8 }, under.another));
      const each = 25;
      await Promise.all(
        writers.map(async (writer) => {
          for (let written = 0; written < each;) {
            const version = await writer.versionOf(about);
            try {
              await writer.append({ writes: [write(about, version), write(subject(), 0)] });
              written += 1;
            } catch (error) {
              if (!isEventLogError(error, 'VERSION_CONFLICT')) throw error;
            }
          }
        }),
      );
      const events = await readAll(under.log, from, { verify: 'every-event' });
      const versions = events.filter((event) => event.subject === about).map((event) => event.subjectVersion);
      expect(versions).toEqual(Array.from({ length: 8 * each }, (_, index) => index + 1));
      expect(events).toHaveLength(2 * 8 * each);
      expect(await under.log.versionOf(about)).toBe(8 * each);
    });

    it('drops the version of a subject with its tombstone, so that it can begin again', async () => {
      const about = subject();
      const writes = [write(about, 0), { ...write(about, 1), tombstone: true }];
      expect((await under.log.append({ writes })).versions).toEqual([1, 2]);
      expect(await under.log.versionOf(about)).toBe(0);
      const again = [write(about, 0), { ...write(about, 1), tombstone: true }, write(about, 0)];
      expect((await under.log.append({ writes: again })).versions).toEqual([1, 2, 1]);
      expect(await under.log.versionOf(about)).toBe(1);
    });

    it('refuses an event over 1 MiB, counted in bytes of UTF-8, before anything is recorded', async () => {
      const before = await under.log.head();
      // 3 bytes each: well under the limit in characters, over it in bytes
      const tooLarge = { ...newEvent(), reason: '€'.repeat(maxEventBytes / 3) };
      const append = { writes: [write(subject(), 0), { ...write(subject(), 0), event: tooLarge }] };
      await expect(under.log.append(append)).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
      expect(await under.log.head()).toEqual(before);
    });

    it('takes an event of exactly 1 MiB and gives it back unchanged', async () => {
      const from = await under.log.head();
      const bare = newEvent();
      const room = maxEventBytes - Buffer.byteLength(JSON.stringify({ ...bare, reason: '' }));
      const event = { ...bare, reason: 'x'.repeat(room) };
      await under.log.append({ writes: [{ ...write(subject(), 0), event }] });
      const [read] = await readAll(under.log, from);
      expect(read!.reason === event.reason).toBe(true);
    });
  });
}
