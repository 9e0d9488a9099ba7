import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type LogUnderTest, subject, write } from './log-under-test.contract.js';

/** Who may write, where one process leads. */
export function epochContract(under: LogUnderTest): void {
  describe('an epoch', () => {
    it('lets its holder write until another claims the role', async () => {
      const role = randomUUID();
      const first = await under.log.claim(role, 'collector-1');
      await under.log.append({ writes: [write(subject(), 0)], epoch: first });
      const second = await (await under.another()).claim(role, 'collector-2');
      expect(second).toEqual({ role, holder: 'collector-2', number: first.number + 1 });
      const about = subject();
      await expect(under.log.append({ writes: [write(about, 0)], epoch: first })).rejects.toMatchObject({
        code: 'DEPOSED_WRITER',
      });
      expect(await under.log.versionOf(about)).toBe(0);
      await under.log.append({ writes: [write(about, 0)], epoch: second });
      expect(await under.log.versionOf(about)).toBe(1);
    });

    it('is of one holder: its number alone does not do', async () => {
      const epoch = await under.log.claim(randomUUID(), 'collector-1');
      const stolen = { ...epoch, holder: 'collector-2' };
      await expect(under.log.append({ writes: [write(subject(), 0)], epoch: stolen })).rejects.toMatchObject({
        code: 'DEPOSED_WRITER',
      });
    });
  });
}
