import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  formatPosition,
  parsePosition,
  type LogPosition,
  type NewEvent,
  type RecordedEvent,
} from '@mcp/events';
import fc from 'fast-check';
import { isEventLogError, maxEventBytes, startOf, type Append, type EventLog, type Write } from './index.js';

/** One log under test, with the hands to damage it that no log offers. */
export interface EventLogHarness {
  /** Another handle on the same log, as another process would have it; absent where only one process may have it. */
  readonly another?: () => Promise<EventLog>;
  readonly open: () => Promise<EventLog>;
  /** Closes `log`, changes what is stored, and opens it again. */
  readonly damage: (log: EventLog, damage: Damage) => Promise<EventLog>;
  readonly cleanup: () => Promise<void>;
}

export type Damage =
  | { readonly kind: 'remove event'; readonly sequence: number }
  | { readonly kind: 'alter event'; readonly sequence: number }
  | { readonly kind: 'tear snapshot'; readonly projection: string };

/** What every event log must do. The factory gives an empty log, stored on its own. */
export function eventLogContract(name: string, factory: () => Promise<EventLogHarness>): void {
  describe(`${name} keeps the contract of an event log:`, () => {
    let harness: EventLogHarness;
    let log: EventLog;
    const opened: EventLog[] = [];

    beforeAll(async () => {
      harness = await factory();
      log = await harness.open();
    });
    afterAll(async () => {
      await Promise.all(opened.map((other) => other.close()));
      await log.close();
      await harness.cleanup();
    });

    const another = async () => {
      if (harness.another === undefined) return log;
      const other = await harness.another();
      opened.push(other);
      return other;
    };

    describe('append', () => {
      it('records events whole, in order, each with its version and a time that never decreases', async () => {
        const from = await log.head();
        const a = subject();
        const b = subject();
        const writes = [write(a, 0), write(b, 0), write(a, 1)];
        const appended = await log.append({ writes });
        const events = await readAll(log, from);
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
          durability: await log.durability(),
        });
        expect(await log.head()).toEqual(events[2]!.position);
        expect([await log.versionOf(a), await log.versionOf(b), await log.versionOf(subject())]).toEqual([
          2, 1, 0,
        ]);
      });

      it('refuses a subject that is not at the expected version, and says where it is', async () => {
        const about = subject();
        await log.append({ writes: [write(about, 0)] });
        await expect(log.append({ writes: [write(about, 0)] })).rejects.toMatchObject({
          code: 'VERSION_CONFLICT',
          subject: about,
          expected: 0,
          actual: 1,
        });
        await expect(log.append({ writes: [write(subject(), 3)] })).rejects.toMatchObject({ actual: 0 });
      });

      it('takes any version where any is asked for', async () => {
        const about = subject();
        const first = await log.append({ writes: [write(about, 'any')] });
        const second = await log.append({ writes: [write(about, 'any'), write(about, 2)] });
        expect([first.versions, second.versions]).toEqual([[1], [2, 3]]);
      });

      it('records nothing of an append of which one subject is refused', async () => {
        const before = await log.head();
        const [fresh, other] = [subject(), subject()];
        await expect(log.append({ writes: [write(fresh, 0), write(other, 7)] })).rejects.toMatchObject({
          code: 'VERSION_CONFLICT',
        });
        expect(await log.head()).toEqual(before);
        expect(await log.versionOf(fresh)).toBe(0);
      });

      it('keeps versions and order exact with 8 competing writers', async () => {
        const from = await log.head();
        const about = subject();
        const writers = await Promise.all(Array.from({ length: 8 }, another));
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
        const events = await readAll(log, from, { verify: 'every-event' });
        const versions = events
          .filter((event) => event.subject === about)
          .map((event) => event.subjectVersion);
        expect(versions).toEqual(Array.from({ length: 8 * each }, (_, index) => index + 1));
        expect(events).toHaveLength(2 * 8 * each);
        expect(await log.versionOf(about)).toBe(8 * each);
      });

      it('drops the version of a subject with its tombstone, so that it can begin again', async () => {
        const about = subject();
        const writes = [write(about, 0), { ...write(about, 1), tombstone: true }];
        expect((await log.append({ writes })).versions).toEqual([1, 2]);
        expect(await log.versionOf(about)).toBe(0);
        const again = [write(about, 0), { ...write(about, 1), tombstone: true }, write(about, 0)];
        expect((await log.append({ writes: again })).versions).toEqual([1, 2, 1]);
        expect(await log.versionOf(about)).toBe(1);
      });

      it('refuses an event over 1 MiB, counted in bytes of UTF-8, before anything is recorded', async () => {
        const before = await log.head();
        // 3 bytes each: well under the limit in characters, over it in bytes
        const tooLarge = { ...newEvent(), reason: '€'.repeat(maxEventBytes / 3) };
        const append = { writes: [write(subject(), 0), { ...write(subject(), 0), event: tooLarge }] };
        await expect(log.append(append)).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
        expect(await log.head()).toEqual(before);
      });

      it('takes an event of exactly 1 MiB and gives it back unchanged', async () => {
        const from = await log.head();
        const bare = newEvent();
        const room = maxEventBytes - Buffer.byteLength(JSON.stringify({ ...bare, reason: '' }));
        const event = { ...bare, reason: 'x'.repeat(room) };
        await log.append({ writes: [{ ...write(subject(), 0), event }] });
        const [read] = await readAll(log, from);
        expect(read!.reason === event.reason).toBe(true);
      });
    });

    describe('an idempotency key', () => {
      it('gives the same request its first answer, whatever was recorded since', async () => {
        const idempotency = { scope: 'alice', key: `k ${randomUUID()} ü`, bodyHash: 'a' };
        const event = { ...newEvent(), correlation: 'change-1' };
        const writes = [{ ...write(subject(), 0), event }];
        const first = await log.append({ writes, idempotency });
        await log.append({ writes: [write(subject(), 0)] });
        const head = await log.head();
        // a repeated request makes its events anew: they have other ids
        const again = await log.append({ writes: [write(writes[0]!.subject, 0)], idempotency });
        expect(again).toEqual({ ...first, duplicate: true });
        expect(again.correlation).toBe('change-1');
        expect(await log.head()).toEqual(head);
      });

      it('is refused for another request, naming the change that used it first', async () => {
        const idempotency = { scope: 'alice', key: randomUUID(), bodyHash: 'a' };
        const event = { ...newEvent(), correlation: 'change-2' };
        await log.append({ writes: [{ ...write(subject(), 0), event }], idempotency });
        const other: Append = {
          writes: [write(subject(), 0)],
          idempotency: { ...idempotency, bodyHash: 'b' },
        };
        await expect(log.append(other)).rejects.toMatchObject({ code: 'KEY_REUSED', first: 'change-2' });
      });

      it('belongs to its scope: two callers may use the same one', async () => {
        const key = randomUUID();
        const by = (scope: string) => ({ scope, key, bodyHash: scope });
        await log.append({ writes: [write(subject(), 0)], idempotency: by('alice') });
        const bob = await log.append({ writes: [write(subject(), 0)], idempotency: by('bob') });
        expect(bob.duplicate).toBe(false);
      });

      it('is not used up by an append that was refused', async () => {
        const idempotency = { scope: 'alice', key: randomUUID(), bodyHash: 'a' };
        const about = subject();
        await expect(log.append({ writes: [write(about, 4)], idempotency })).rejects.toMatchObject({
          code: 'VERSION_CONFLICT',
        });
        const second = await log.append({ writes: [write(about, 0)], idempotency });
        expect(second.duplicate).toBe(false);
      });

      it('records once what is asked many times at once', async () => {
        const before = await log.head();
        const about = subject();
        const idempotency = { scope: 'alice', key: randomUUID(), bodyHash: 'a' };
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => log.append({ writes: [write(about, 0)], idempotency })),
        );
        expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
        expect(new Set(answers.map(({ position }) => formatPosition(position))).size).toBe(1);
        expect((await log.head()).sequence).toBe(before.sequence + 1);
      });
    });

    describe('an epoch', () => {
      it('lets its holder write until another claims the role', async () => {
        const role = randomUUID();
        const first = await log.claim(role, 'collector-1');
        await log.append({ writes: [write(subject(), 0)], epoch: first });
        const second = await (await another()).claim(role, 'collector-2');
        expect(second).toEqual({ role, holder: 'collector-2', number: first.number + 1 });
        const about = subject();
        await expect(log.append({ writes: [write(about, 0)], epoch: first })).rejects.toMatchObject({
          code: 'DEPOSED_WRITER',
        });
        expect(await log.versionOf(about)).toBe(0);
        await log.append({ writes: [write(about, 0)], epoch: second });
        expect(await log.versionOf(about)).toBe(1);
      });

      it('is of one holder: its number alone does not do', async () => {
        const epoch = await log.claim(randomUUID(), 'collector-1');
        const stolen = { ...epoch, holder: 'collector-2' };
        await expect(log.append({ writes: [write(subject(), 0)], epoch: stolen })).rejects.toMatchObject({
          code: 'DEPOSED_WRITER',
        });
      });
    });

    describe('read', () => {
      it('gives batches of the asked size, the rest last, and nothing at the head', async () => {
        const from = await log.head();
        await log.append({ writes: Array.from({ length: 7 }, () => write(subject(), 0)) });
        const sizes: number[] = [];
        for await (const batch of log.read(from, { batchSize: 3 })) sizes.push(batch.length);
        expect(sizes).toEqual([3, 3, 1]);
        expect(await readAll(log, await log.head())).toEqual([]);
      });

      it('ends at the head as it was when asked', async () => {
        const from = await log.head();
        await log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
        let given = 0;
        for await (const batch of log.read(from, { batchSize: 1 })) {
          given += batch.length;
          await log.append({ writes: [write(subject(), 0)] });
        }
        expect(given).toBe(2);
      });

      it('ends at the position asked for, in text form too', async () => {
        const from = await log.head();
        const middle = await log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
        await log.append({ writes: [write(subject(), 0)] });
        const until = parsePosition(formatPosition(middle.position))!;
        expect(await readAll(log, from, { until })).toHaveLength(2);
        expect(await readAll(log, from, { until, batchSize: 1 })).toHaveLength(2);
        expect(await readAll(log, until)).toHaveLength(1);
        await expect(
          readAll(log, from, { until: { ...until, digest: 'f'.repeat(16) } }),
        ).rejects.toMatchObject({
          code: 'POSITION_LOST',
        });
      });

      it('stops when the signal aborts', async () => {
        const from = await log.head();
        await log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
        const abort = new AbortController();
        let given = 0;
        for await (const batch of log.read(from, { batchSize: 1, signal: abort.signal })) {
          given += batch.length;
          abort.abort();
        }
        expect(given).toBe(1);
      });

      it('refuses a position of another log', async () => {
        const head = await log.head();
        const foreign = { ...head, log: 'another-log' };
        await expect(readAll(log, foreign)).rejects.toMatchObject({ code: 'POSITION_OF_ANOTHER_LOG' });
        await expect(readAll(log, startOf(head.log), { until: foreign })).rejects.toMatchObject({
          code: 'POSITION_OF_ANOTHER_LOG',
        });
      });

      it('says that a position is lost when the log does not have it as it was', async () => {
        const { position } = await log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
        const wrong = [
          { ...position, sequence: position.sequence + 1 },
          { ...position, digest: '0'.repeat(40) },
          { ...position, sequence: position.sequence - 1 },
          { ...position, digest: '' },
          { ...position, sequence: 0 },
        ];
        for (const lost of wrong)
          await expect(readAll(log, lost)).rejects.toMatchObject({ code: 'POSITION_LOST' });
      });

      it('gives after a restart what it gave before, under the same identity', async () => {
        const identity = await log.identity();
        const before = await readAll(log, startOf(identity));
        const about = before.at(-1)!;
        await log.close();
        log = await harness.open();
        expect(await log.identity()).toBe(identity);
        expect(await readAll(log, startOf(identity), { verify: 'every-event' })).toEqual(before);
        expect(await log.versionOf(about.subject)).toBe(about.subjectVersion);
      });
    });

    describe('follow', () => {
      it('gives what is there, says that it has it all, and then each new event once', async () => {
        const from = await log.head();
        await log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
        const abort = new AbortController();
        const following = collect(log.follow(from, abort.signal));
        await until(() => following.empties > 0);
        expect(following.events).toHaveLength(2);
        for (let more = 0; more < 5; more += 1) await log.append({ writes: [write(subject(), 0)] });
        await until(() => following.events.length >= 7);
        abort.abort();
        await following.ended;
        expect(following.events).toEqual(await readAll(log, from));
      });

      it('loses and doubles nothing while others write', async () => {
        const from = await log.head();
        const writers = await Promise.all([another(), another()]);
        const abort = new AbortController();
        const following = collect(log.follow(from, abort.signal));
        for (const writer of writers)
          for (let burst = 0; burst < 20; burst += 1)
            await Promise.all(
              Array.from({ length: 5 }, () => writer.append({ writes: [write(subject(), 0)] })),
            );
        await until(() => following.events.length >= 200);
        abort.abort();
        await following.ended;
        expect(following.events.map((event) => event.id)).toEqual(
          (await readAll(log, from)).map(({ id }) => id),
        );
      });

      it('says at least every 10 s that contact is good, though nothing is new', async () => {
        const abort = new AbortController();
        const following = collect(log.follow(await log.head(), abort.signal));
        await until(() => following.empties >= 2, 12_000);
        abort.abort();
        await following.ended;
        expect(following.events).toEqual([]);
      });

      it('ends without error when the signal aborts, and at once when it had aborted before', async () => {
        const head = await log.head();
        const abort = new AbortController();
        const following = collect(log.follow(head, abort.signal));
        await until(() => following.empties > 0);
        abort.abort();
        await following.ended;
        const never = collect(log.follow(head, abort.signal));
        await never.ended;
        expect([following.events, never.events, never.empties]).toEqual([[], [], 0]);
      });

      it('refuses the positions that read refuses', async () => {
        const head = await log.head();
        const { signal } = new AbortController();
        const ended = async (from: LogPosition) => collect(log.follow(from, signal)).ended;
        await expect(ended({ ...head, log: 'another-log' })).rejects.toMatchObject({
          code: 'POSITION_OF_ANOTHER_LOG',
        });
        await expect(ended({ ...head, digest: '0'.repeat(40) })).rejects.toMatchObject({
          code: 'POSITION_LOST',
        });
      });
    });

    describe('positions', () => {
      it('are ordered within one log and have no order between two', async () => {
        const start = startOf(await log.identity());
        const { position } = await log.append({ writes: [write(subject(), 0)] });
        const parsed = parsePosition(formatPosition(position))!;
        expect([
          log.compare(start, position),
          log.compare(position, start),
          log.compare(position, parsed),
        ]).toEqual([-1, 1, 0]);
        expect(() => log.compare(position, { ...position, log: 'another-log' })).toThrow(
          expect.objectContaining({ code: 'POSITION_OF_ANOTHER_LOG' }),
        );
      });

      it('are found by time: after the last event recorded at or before it', async () => {
        for (let burst = 0; burst < 4; burst += 1) {
          await log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
          await pause(5);
        }
        const events = await readAll(log, startOf(await log.identity()));
        const times = [...new Set(events.slice(-8).map(({ recordedAt }) => recordedAt))];
        expect(times.length).toBeGreaterThan(1);
        for (const time of times) {
          const last = events.findLast(({ recordedAt }) => recordedAt <= time)!;
          expect(await log.positionAt(time)).toEqual(last.position);
        }
        expect(await log.positionAt(events[0]!.recordedAt - 1)).toEqual(startOf(await log.identity()));
        expect(await log.positionAt(Date.now() + 60_000)).toEqual(await log.head());
      });
    });

    describe('a snapshot', () => {
      const bytes = (...values: number[]) => new Uint8Array(values);
      const save = async (projection: string, chunks: Uint8Array[], version = 1, position?: LogPosition) =>
        log.snapshots.save({ projection, version, position: position ?? (await log.head()), chunks });
      const plain = (loaded: Awaited<ReturnType<EventLog['snapshots']['load']>>) =>
        loaded && { position: loaded.position, chunks: loaded.chunks.map((chunk) => [...chunk]) };

      it('comes back whole, with the place it is true at', async () => {
        const projection = randomUUID();
        const position = await log.head();
        await save(projection, [bytes(1, 2), bytes(0, 255)]);
        expect(plain(await log.snapshots.load(projection, 1))).toEqual({
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
        expect(await log.snapshots.load(projection, 2)).toBeUndefined();
        expect(await log.snapshots.load(randomUUID(), 1)).toBeUndefined();
      });

      it('is the newest, or the newest at or before the place asked for; the newest two are kept', async () => {
        const projection = randomUUID();
        const places: LogPosition[] = [];
        for (const mark of [1, 2, 3]) {
          places.push((await log.append({ writes: [write(subject(), 0)] })).position);
          await save(projection, [bytes(mark)]);
        }
        const loaded = async (atMost?: LogPosition) =>
          plain(await log.snapshots.load(projection, 1, atMost))?.chunks;
        expect([
          await loaded(),
          await loaded(places[2]),
          await loaded(places[1]),
          await loaded(places[0]),
        ]).toEqual([[[3]], [[3]], [[2]], undefined]);
      });

      it('that is torn is passed over for the one before', async () => {
        const projection = randomUUID();
        const position = await log.head();
        await save(projection, [bytes(1)]);
        await log.append({ writes: [write(subject(), 0)] });
        await save(projection, [bytes(2), bytes(3)]);
        log = await harness.damage(log, { kind: 'tear snapshot', projection });
        expect(plain(await log.snapshots.load(projection, 1))).toEqual({ position, chunks: [[1]] });
      });

      it('whose chunks failed half-way is not seen', async () => {
        const projection = randomUUID();
        const position = await log.head();
        const failing = function* () {
          yield bytes(1);
          throw new Error('out of memory');
        };
        await expect(
          log.snapshots.save({ projection, version: 1, position, chunks: failing() }),
        ).rejects.toThrow('out of memory');
        expect(await log.snapshots.load(projection, 1)).toBeUndefined();
      });

      it('of a part of the log that was lost is passed over', async () => {
        const projection = randomUUID();
        const head = await log.head();
        await save(projection, [bytes(1)]);
        await save(projection, [bytes(2)], 1, {
          ...head,
          sequence: head.sequence + 5,
          digest: 'a'.repeat(40),
        });
        expect(plain(await log.snapshots.load(projection, 1))?.chunks).toEqual([[1]]);
      });
    });

    it('does exactly what a simple model does with any appends', async () => {
      let run = 0;
      const aWrite = fc.record({
        about: fc.integer({ min: 0, max: 3 }),
        expects: fc.constantFrom(
          'right' as const,
          'right' as const,
          'right' as const,
          'any' as const,
          'wrong' as const,
        ),
        tombstone: fc.boolean(),
      });
      const appends = fc.array(fc.array(aWrite, { minLength: 1, maxLength: 6 }), { maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(appends, async (sequence) => {
          run += 1;
          const from = await log.head();
          const model = { versions: new Map<string, number>(), events: [] as [string, string, number][] };
          for (const append of sequence) {
            const versions = new Map(model.versions);
            const events: [string, string, number][] = [];
            const refused = append.some(({ expects }) => expects === 'wrong');
            const writes = append.map(({ about, expects, tombstone }): Write => {
              const name = `model/${from.log}/${run}/${about}`;
              const at = versions.get(name) ?? 0;
              const event = newEvent();
              events.push([event.id, name, at + 1]);
              versions.set(name, tombstone ? 0 : at + 1);
              const expectedVersion = expects === 'any' ? 'any' : expects === 'wrong' ? at + 1 : at;
              return { subject: name, expectedVersion, event, tombstone };
            });
            const outcome = await log.append({ writes }).then(
              () => 'recorded',
              (error: unknown) => (isEventLogError(error) ? error.code : error),
            );
            expect(outcome).toBe(refused ? 'VERSION_CONFLICT' : 'recorded');
            if (refused) continue;
            model.versions = versions;
            model.events.push(...events);
          }
          const recorded = await readAll(log, from, { batchSize: 5, verify: 'every-event' });
          expect(recorded.map((event) => [event.id, event.subject, event.subjectVersion])).toEqual(
            model.events,
          );
          for (const [name, version] of model.versions) expect(await log.versionOf(name)).toBe(version);
        }),
        { numRuns: 25 },
      );
    });
  });

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
      expect((await log.size()).events).toBe(fold(now).size + 1);
    });

    it('passes over snapshots that are older than it keeps', async () => {
      const projection = randomUUID();
      const place = await log.head();
      await log.snapshots.save({ projection, version: 1, position: place, chunks: [new Uint8Array(1)] });
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

function subject(): string {
  return `Pod/shop/web/${randomUUID()}`;
}

function newEvent(): NewEvent {
  return {
    id: randomUUID(),
    type: 'ScopeDeclared',
    version: 1,
    occurredAt: 1_700_000_000_000,
    actor: { name: 'collector', provenBy: 'component' },
    data: { namespaces: ['shop', 'bücher'] },
  };
}

function deletion(): NewEvent {
  return { ...newEvent(), type: 'PodDeleted', data: { detectedLate: false } };
}

function write(about: string, expectedVersion: Write['expectedVersion']): Write {
  return { subject: about, expectedVersion, event: newEvent() };
}

async function readAll(log: EventLog, from: LogPosition, options?: Parameters<EventLog['read']>[1]) {
  const events: RecordedEvent[] = [];
  for await (const batch of log.read(from, options)) events.push(...batch);
  return events;
}

/** Follows in the background; `ended` settles when the following does. */
function collect(following: AsyncIterable<readonly RecordedEvent[]>) {
  const events: RecordedEvent[] = [];
  const collected = { events, empties: 0, ended: Promise.resolve() };
  collected.ended = (async () => {
    for await (const batch of following) {
      events.push(...batch);
      if (batch.length === 0) collected.empties += 1;
    }
  })();
  collected.ended.catch(() => undefined);
  return collected;
}

async function until(reached: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!reached()) {
    if (Date.now() > deadline) throw new Error(`not reached within ${withinMs} ms`);
    await pause(5);
  }
}
