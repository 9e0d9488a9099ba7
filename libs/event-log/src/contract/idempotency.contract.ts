import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { formatPosition } from '@mcp/events';
import type { Append } from '../index.js';
import { newEvent, type LogUnderTest, subject, write } from './log-under-test.contract.js';

/** A request that is repeated is recorded once. */
export function idempotencyContract(under: LogUnderTest): void {
  describe('an idempotency key', () => {
    it('gives the same request its first answer, whatever was recorded since', async () => {
      const idempotency = { scope: 'alice', key: `k ${randomUUID()} ü`, bodyHash: 'a' };
      const event = { ...newEvent(), correlation: 'change-1' };
      const writes = [{ ...write(subject(), 0), event }];
      const first = await under.log.append({ writes, idempotency });
      await under.log.append({ writes: [write(subject(), 0)] });
      const head = await under.log.head();
      // a repeated request makes its events anew: they have other ids
      const again = await under.log.append({ writes: [write(writes[0]!.subject, 0)], idempotency });
      expect(again).toEqual({ ...first, duplicate: true });
      expect(again.correlation).toBe('change-1');
      expect(await under.log.head()).toEqual(head);
    });

    it('is refused for another request, naming the change that used it first', async () => {
      const idempotency = { scope: 'alice', key: randomUUID(), bodyHash: 'a' };
      const event = { ...newEvent(), correlation: 'change-2' };
      await under.log.append({ writes: [{ ...write(subject(), 0), event }], idempotency });
      const other: Append = {
        writes: [write(subject(), 0)],
        idempotency: { ...idempotency, bodyHash: 'b' },
      };
      await expect(under.log.append(other)).rejects.toMatchObject({ code: 'KEY_REUSED', first: 'change-2' });
    });

    it('belongs to its scope: two callers may use the same one', async () => {
      const key = randomUUID();
      const by = (scope: string) => ({ scope, key, bodyHash: scope });
      await under.log.append({ writes: [write(subject(), 0)], idempotency: by('alice') });
      const bob = await under.log.append({ writes: [write(subject(), 0)], idempotency: by('bob') });
      expect(bob.duplicate).toBe(false);
    });

    it('is not used up by an append that was refused', async () => {
      const idempotency = { scope: 'alice', key: randomUUID(), bodyHash: 'a' };
      const about = subject();
      await expect(under.log.append({ writes: [write(about, 4)], idempotency })).rejects.toMatchObject({
        code: 'VERSION_CONFLICT',
      });
      const second = await under.log.append({ writes: [write(about, 0)], idempotency });
      expect(second.duplicate).toBe(false);
    });

    it('records once what is asked many times at once', async () => {
      const before = await under.log.head();
      const about = subject();
      const idempotency = { scope: 'alice', key: randomUUID(), bodyHash: 'a' };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => under.log.append({ writes: [write(about, 0)], idempotency })),
      );
      expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      expect(new Set(answers.map(({ position }) => formatPosition(position))).size).toBe(1);
      expect((await under.log.head()).sequence).toBe(before.sequence + 1);
    });
  });
}
