import { describe, expect, it } from '@jest/globals';
import { agreementOn } from './agreement.js';
import { leftOpen } from './left-open.js';

// `npm run agreement` asks about a hundred times as many, and demands that every rule was exercised
const { disagreements, unknown } = agreementOn(20_261_122, 1_000);

describe('the product and the naive implementation', () => {
  it('decide alike', () => {
    expect(disagreements.slice(0, 3)).toEqual([]);
  });

  it('differ only where the product leaves open what cannot be known', () => {
    expect([...unknown.keys()].filter((reason) => !leftOpen.includes(reason))).toEqual([]);
  });
});
