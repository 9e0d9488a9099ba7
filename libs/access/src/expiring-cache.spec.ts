import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExpiringCache } from './expiring-cache.js';

describe('an expiring cache', () => {
  it('keeps a value until its time, and not at it', () => {
    const cache = new ExpiringCache<string>(2);
    cache.keep('a', 'x', 10);
    expect([cache.get('a', 9), cache.get('a', 10), cache.get('a', 9)]).toEqual(['x', undefined, undefined]);
  });

  it('never has more than it may, and tells what was kept last or nothing', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.nat(20), for: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const cache = new ExpiringCache<number>(2);
        const truth = new Map<string, { value: number; until: number }>();
        steps.forEach(({ key, at, for: ms }, value) => {
          cache.keep(key, value, at + ms);
          truth.set(key, { value, until: at + ms });
          expect(cache.size).toBeLessThanOrEqual(2);
          for (const [each, { value: last, until }] of truth) {
            expect([undefined, ...(at < until ? [last] : [])]).toContain(cache.get(each, at));
          }
        });
      }),
    );
  });

  it('lets go of what was kept first', () => {
    const cache = new ExpiringCache<string>(2);
    for (const key of ['a', 'b', 'a', 'c']) cache.keep(key, key, 10);
    expect(['a', 'b', 'c'].map((key) => cache.get(key, 0))).toEqual(['a', undefined, 'c']);
  });
});
