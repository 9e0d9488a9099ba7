import { expect, it } from '@jest/globals';
import { Pace } from './pace.js';

it('counts an event at the moment it is due, though its arithmetic falls short of it by a hair', () => {
  expect((0.29 * 100_000) / 1000).toBeLessThan(29);
  expect(new Pace(0.29).take(100_000)).toBe(29);
});

it('keeps what was due before it changed', () => {
  const pace = new Pace(2);
  pace.change(0, 5000);
  expect([pace.take(9000), pace.take(20_000), pace.rate]).toEqual([10, 0, 0]);
});
