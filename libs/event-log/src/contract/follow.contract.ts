import { describe, expect, it } from '@jest/globals';
import type { LogPosition } from '@mcp/events';
import { type LogUnderTest, subject, write, readAll, collect, until } from './log-under-test.contract.js';

/** Reading that goes on. */
export function followContract(under: LogUnderTest): void {
  describe('follow', () => {
    it('gives what is there, says that it has it all, and then each new event once', async () => {
      const from = await under.log.head();
      await under.log.append({ writes: [write(subject(), 0), write(subject(), 0)] });
      const abort = new AbortController();
      const following = collect(under.log.follow(from, abort.signal));
      await until(() => following.empties > 0);
      expect(following.events).toHaveLength(2);
      for (let more = 0; more < 5; more += 1) await under.log.append({ writes: [write(subject(), 0)] });
      await until(() => following.events.length >= 7);
      abort.abort();
      await following.ended;
      expect(following.events).toEqual(await readAll(under.log, from));
    });

    it('loses and doubles nothing while others write', async () => {
      const from = await under.log.head();
      const writers = await Promise.all([under.another(), under.another()]);
      const abort = new AbortController();
      const following = collect(under.log.follow(from, abort.signal));
      for (const writer of writers)
        for (let burst = 0; burst < 20; burst += 1)
          await Promise.all(
            Array.from({ length: 5 }, () => writer.append({ writes: [write(subject(), 0)] })),
          );
      await until(() => following.events.length >= 200);
      abort.abort();
      await following.ended;
      expect(following.events.map((event) => event.id)).toEqual(
        (await readAll(under.log, from)).map(({ id }) => id),
      );
    });

    it('says at least every 10 s that contact is good, though nothing is new', async () => {
      const abort = new AbortController();
      const following = collect(under.log.follow(await under.log.head(), abort.signal));
      await until(() => following.empties >= 2, 12_000);
      abort.abort();
      await following.ended;
      expect(following.events).toEqual([]);
    });

    it('ends without error when the signal aborts, and at once when it had aborted before', async () => {
      const head = await under.log.head();
      const abort = new AbortController();
      const following = collect(under.log.follow(head, abort.signal));
      await until(() => following.empties > 0);
      abort.abort();
      await following.ended;
      const never = collect(under.log.follow(head, abort.signal));
      await never.ended;
      expect([following.events, never.events, never.empties]).toEqual([[], [], 0]);
    });

    it('refuses the positions that read refuses', async () => {
      const head = await under.log.head();
      const { signal } = new AbortController();
      const ended = async (from: LogPosition) => collect(under.log.follow(from, signal)).ended;
      await expect(ended({ ...head, log: 'another-log' })).rejects.toMatchObject({
        code: 'POSITION_OF_ANOTHER_LOG',
      });
      await expect(ended({ ...head, digest: '0'.repeat(40) })).rejects.toMatchObject({
        code: 'POSITION_LOST',
      });
    });
  });
}
