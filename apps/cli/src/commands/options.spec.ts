import { describe, expect, it } from '@jest/globals';
import { moment } from './options.js';

describe('a moment', () => {
  it.each([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['2026-11-22T10:00:00.250+02:00', '2026-11-22T08:00:00.250Z'],
  ])('is a time: %s', (text, expected) => {
    expect(moment(text).toISOString()).toBe(expected);
  });

  it('is how long ago', () => {
    const before = Date.now();
    const ago = moment('1h30m').getTime();
    expect(ago).toBeGreaterThanOrEqual(before - 90 * 60_000);
    expect(ago).toBeLessThanOrEqual(Date.now() - 90 * 60_000);
  });

  it.each(['yesterday', '2026-11-22', '2026-13-45T10:00:00Z', '5', ''])('is not %s', (text) => {
    expect(() => moment(text)).toThrow('say a time, such as 2026-11-22T10:00:00Z');
  });
});
