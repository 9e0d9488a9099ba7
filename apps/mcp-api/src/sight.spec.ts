import { describe, expect, it } from '@jest/globals';
import { AccessUnknown } from '@mcp/sources';
import { NotAllowed } from '@mcp/access';
import { VisibleNamespaces } from '@mcp/mesh';
import { Sight } from './sight.js';

const [shop, bank] = [VisibleNamespaces.only(['shop']), VisibleNamespaces.only(['bank'])];
const unknown = new AccessUnknown('the API server does not answer', undefined);
const refused = new NotAllowed(
  { name: 'ada', groups: [], provenBy: 'token' } as never,
  { verb: 'list', group: '', resource: 'pods' },
  '',
);

describe('what a caller may see', () => {
  let nowMs = 0;
  /** What is answered by `ms` after it was found out; `answer` is all that is answered. */
  const after = async (answer: VisibleNamespaces | Error, ...moments: readonly number[]) => {
    nowMs = 0;
    const ask = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
    const sight = new Sight(shop, ask, {}, () => nowMs);
    let seen = sight.visible;
    for (nowMs of moments) seen = await sight.current();
    return seen;
  };

  it('stands for 5 s, and is then asked for again', async () => {
    expect(await after(bank, 4_999)).toBe(shop);
    expect(await after(bank, 5_000)).toBe(bank);
  });

  it('is nothing as soon as that is known', async () => {
    await expect(after(refused, 5_000)).rejects.toBe(refused);
  });

  it('is believed for 20 s where it cannot be asked for, and no longer', async () => {
    expect(await after(unknown, 5_000, 10_000, 19_999)).toBe(shop);
    await expect(after(unknown, 20_000)).rejects.toBe(unknown);
    await expect(after(unknown, 14_999, 19_999, 20_000)).rejects.toBe(unknown);
  });
});
