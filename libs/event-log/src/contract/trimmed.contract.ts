import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@mcp/events';
import { startOf, type EventLog } from '../index.js';
import {
  type EventLogHarness,
  subject,
  deletion,
  write,
  readAll,
  collect,
  until,
} from './log-under-test.contract.js';

/** A log that begins with a baseline. */
export function trimmedContract(name: string, factory: () => Promise<EventLogHarness>): void {
  describe(`${name}, trimmed,`, () => {
    let harness: EventLogHarness;
    let log: EventLog;
    beforeAll(async () => {
      harness = await factory();
      log = await harness.open();
    });
    afterAll(async () => {
      await log.close();
      await harness.cleanup();
    });

    /** Last event of every living subject: what a projection of everything holds. */
    const fold = (events: readonly RecordedEvent[]) => {
      const living = new Map<string, RecordedEvent>();
      for (const event of events) {
        // a key that is set again keeps its old place, and a baseline is in the order of the log
        living.delete(event.subject);
        if (event.type !== 'PodDeleted') living.set(event.subject, event);
      }
      return living;
    };

    it('gives from the start the baseline and then the rest, from which the same state is rebuilt', async () => {
      expect(await log.keptSince()).toBeUndefined();
      const start = await log.head();
      const subjects = Array.from({ length: 40 }, subject);
      for (const about of subjects) {
        await log.append({ writes: [write(about, 0), write(about, 1)] });
      }
      const ended = subjects[39]!;
      const tombstone = { ...write(ended, 2), event: deletion(), tombstone: true };
      const { position: below } = await log.append({ writes: [tombstone] });
      const before = await readAll(log, start);
      const living = fold(before);
      const old = before[10]!.position;

      await log.trim(below, living.values());
      const tail = await log.append({ writes: [write(subjects[0]!, 2), write(subject(), 0)] });

      const after = await readAll(log, start, { batchSize: 7 });
      const atBelow = before.at(-1)!;
      expect(after.slice(0, -2)).toEqual([...living.values(), atBelow]);
      expect(after.at(-1)!.position).toEqual(tail.position);
      const all = [...before, ...after.slice(-2)];
      expect(fold(after)).toEqual(fold(all));
      expect(await readAll(log, below)).toEqual(after.slice(-2));
      await expect(readAll(log, old)).rejects.toMatchObject({ code: 'POSITION_TRIMMED' });
      await expect(readAll(log, start, { until: old })).rejects.toMatchObject({ code: 'POSITION_TRIMMED' });
      await expect(log.positionAt(before[0]!.recordedAt - 1)).rejects.toMatchObject({
        code: 'POSITION_TRIMMED',
      });
      expect(await log.positionAt(Date.now() + 60_000)).toEqual(tail.position);
      expect(await log.oldest()).toEqual(below);
      expect(await log.keptSince()).toBe(atBelow.recordedAt);

      const abort = new AbortController();
      const following = collect(log.follow(start, abort.signal));
      await until(() => following.empties > 0);
      abort.abort();
      await following.ended;
      expect(following.events).toEqual(after);

      await log.close();
      log = await harness.open();
      expect(await readAll(log, start)).toEqual(after);
    });

    it('can be trimmed again and not backwards', async () => {
      const start = startOf(await log.identity());
      const now = await readAll(log, start);
      const first = now[40]!.position;
      const head = await log.head();
      await log.trim(head, fold(now).values());
      expect((await readAll(log, start)).map(({ id }) => id)).toEqual(
        [...fold(now).values()].map(({ id }) => id),
      );
      await expect(log.trim(first, [])).rejects.toMatchObject({ code: 'POSITION_TRIMMED' });
      expect(await readAll(log, head)).toEqual([]);
      const { position } = await log.append({ writes: [write(subject(), 0)] });
      expect(position.sequence).toBe(head.sequence + 1);
      const { events, trimmedTo } = await log.size();
      expect({ events, trimmedTo }).toEqual({ events: fold(now).size + 1, trimmedTo: head.sequence });
    });

    it('says what the events after its baseline take', async () => {
      const before = await log.size();
      for (let more = 0; more < 300; more += 1) await log.append({ writes: [write(subject(), 0)] });
      const long = await log.size();
      expect(long.bytes - before.bytes).toBeGreaterThan(300 * 100);
      const start = startOf(await log.identity());
      await log.trim(await log.head(), fold(await readAll(log, start)).values());
      expect((await log.size()).bytes).toBeLessThan(before.bytes + 300 * 100);
    });

    it('passes over snapshots that are older than it keeps', async () => {
      const projection = randomUUID();
      const place = await log.head();
      await log.snapshots.save({
        projection,
        version: 1,
        position: place,
        chunks: [new Uint8Array(1)],
        every: 0,
      });
      const { position } = await log.append({ writes: [write(subject(), 0)] });
      await log.trim(position, fold(await readAll(log, startOf(place.log))).values());
      expect(await log.snapshots.load(projection, 1)).toBeUndefined();
    });

    it('refuses a baseline that is not of its own events, in order', async () => {
      const now = await readAll(log, startOf(await log.identity()));
      const { position: below } = await log.append({ writes: [write(subject(), 0)] });
      await expect(log.trim(below, [now[1]!, now[0]!])).rejects.toThrow(TypeError);
      const foreign = { ...now[0]!, position: { ...now[0]!.position, log: 'another-log' } };
      await expect(log.trim(below, [foreign])).rejects.toThrow(TypeError);
      const after = await readAll(log, startOf(below.log));
      expect(after).toHaveLength(now.length + 1);
    });

    it('is trimmed under an epoch by its holder alone', async () => {
      const role = randomUUID();
      const deposed = await log.claim(role, 'collector-1');
      const epoch = await log.claim(role, 'collector-2');
      const { position: below } = await log.append({ writes: [write(subject(), 0)] });
      const before = await readAll(log, startOf(below.log));
      const baseline = [before.at(-1)!];
      for (const refused of [deposed, { ...epoch, holder: 'collector-1' }])
        await expect(log.trim(below, baseline, refused)).rejects.toMatchObject({ code: 'DEPOSED_WRITER' });
      expect(await readAll(log, startOf(below.log))).toEqual(before);
      await log.trim(below, baseline, epoch);
      expect(await readAll(log, startOf(below.log))).toEqual(baseline);
    });
  });
}
