import { expect, it } from '@jest/globals';
import { enumeration } from './enumeration.js';

it('names are told once and in order, and of many only the first', () => {
  expect(enumeration(['c', 'a', 'b', 'a'])).toBe('a, b, c');
  expect(enumeration(['e', 'c', 'a', 'b', 'd'])).toBe('a, b, c and 2 more');
});
