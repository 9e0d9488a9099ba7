import { describe, expect, it } from '@jest/globals';
import { parseFault } from './fault.js';

describe('a fault from outside', () => {
  it.each([
    { kind: 'garbage', pod: 'web' },
    { kind: 'restarted', pod: 'web' },
    { kind: 'restarted', pod: 'web', release: '2.17' },
    { kind: 'labelled', pod: 'web', labels: { job: 'nightly' } },
    { kind: 'burst', flow: 'a>b', n: 3 },
    { kind: 'scraped-twice', on: true },
  ])('is taken as it is: %j', (fault) => {
    expect(parseFault(JSON.stringify(fault))).toEqual(fault);
  });

  it.each([
    ['{', /JSON/],
    ['7', /object/],
    ['{"kind":"flood"}', /flood/],
    ['{"kind":"toString"}', /toString/],
    ['{"kind":"garbage"}', /pod is undefined/],
    ['{"kind":"restarted","pod":"web","release":"1.0"}', /release is 1.0/],
    ['{"kind":"labelled","pod":"web","labels":{"job":7}}', /labels/],
    ['{"kind":"burst","flow":"a>b","n":-1}', /n is -1/],
    ['{"kind":"burst","flow":"a>b","n":0.5}', /n is 0.5/],
  ])('is refused with what is wrong: %s', (text, message) => {
    expect(() => parseFault(text)).toThrow(message);
  });
});
