import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@mcp/events';
import { follows, startOf, type EventLog, type StoredEvent } from '../index.js';
import {
  type EventLogHarness,
  type Damage,
  newEvent,
  subject,
  write,
  readAll,
} from './log-under-test.contract.js';

/** A log that was changed by other hands. */
export function damagedContract(name: string, factory: () => Promise<EventLogHarness>): void {
  describe(`${name}, damaged,`, () => {
    const damaged = async (damage: Damage, test: (log: EventLog) => Promise<void>) => {
      const harness = await factory();
      let log = await harness.open();
      for (let index = 0; index < 6; index += 1) await log.append({ writes: [write(subject(), 0)] });
      log = await harness.damage(log, damage);
      try {
        await test(log);
      } finally {
        await log.close();
        await harness.cleanup();
      }
    };

    it.each([1, 3, 6])('says so where event %i of 6 is missing', async (sequence) => {
      await damaged({ kind: 'remove event', sequence }, async (log) => {
        const start = startOf(await log.identity());
        await expect(readAll(log, start)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
        await expect(readAll(log, start, { batchSize: 2 })).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
      });
    });

    it('gives only what is whole before the damage', async () => {
      await damaged({ kind: 'remove event', sequence: 5 }, async (log) => {
        const given: RecordedEvent[] = [];
        const reading = (async () => {
          for await (const batch of log.read(startOf(await log.identity()), { batchSize: 2 }))
            given.push(...batch);
        })();
        await expect(reading).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
        expect(given.map(({ position }) => position.sequence)).toEqual([1, 2, 3, 4]);
      });
    });

    it('is given as it was written, though only newer software can read it', async () => {
      const harness = await factory();
      const log = await harness.open();
      const about = subject();
      const written = [newEvent(), { ...newEvent(), version: 99 }];
      for (const [at, event] of written.entries())
        await log.append({ writes: [{ subject: about, expectedVersion: at, event }] });
      const start = startOf(await log.identity());
      await expect(readAll(log, start)).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
      const stored: StoredEvent[] = [];
      for await (const batch of log.readStored(start, { batchSize: 1 })) stored.push(...batch);
      expect(stored.map(({ body }) => body)).toEqual(written.map((event) => JSON.stringify(event)));
      expect(stored[1]).toMatchObject({ sequence: 2, subject: about, subjectVersion: 2 });
      expect(follows(stored[0]!.digest, stored[1]!)).toBe(true);
      expect(stored[1]!.digest).toBe((await log.head()).digest);
      await log.close();
      await harness.cleanup();
    });

    it('notices an altered event on the edge of a page, and any when each is verified', async () => {
      await damaged({ kind: 'alter event', sequence: 4 }, async (log) => {
        const start = startOf(await log.identity());
        await expect(readAll(log, start, { batchSize: 4 })).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
        await expect(readAll(log, start, { verify: 'every-event' })).rejects.toMatchObject({
          code: 'LOG_CORRUPT',
        });
      });
    });
  });
}
