import { describe, expect, it } from '@jest/globals';
import { agreementOn } from './agreement.js';
import { leftOpen } from './left-open.js';

// `npm run agreement` asks about more than ten times as many
const { perRule, disagreements, unknown } = agreementOn(20_261_122, 8_000);

describe('the product and the naive implementation', () => {
  it('decide alike', () => {
    expect(disagreements.slice(0, 3)).toEqual([]);
  });

  it('were asked about every rule', () => {
    expect(Object.entries(perRule).filter(([, times]) => times === 0)).toEqual([]);
  });

  it('differ only where the product leaves open what cannot be known', () => {
    expect([...unknown.keys()].filter((reason) => !leftOpen.includes(reason))).toEqual([]);
  });
});
