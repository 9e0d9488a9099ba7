import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromFourDigits, toFourDigits } from './four-digits.js';

const rounded = (value: number) => {
  const number = toFourDigits(value);
  return number && fromFourDigits(number.digits, number.exponent);
};

it('a number of up to four digits comes back as it was, to the last bit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -9_999, max: 9_999 }),
      fc.integer({ min: -120, max: 120 }),
      (digits, exponent) => {
        const value = Number(`${digits}e${exponent}`);
        // 0 has no sign here
        expect(rounded(value)! + 0).toBe(value + 0);
      },
    ),
    { numRuns: 5000 },
  );
});

it('any other is off by half a unit of its fourth digit at most, and has four digits', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-120, max: 1e120, noNaN: true }), (value) => {
      const near = rounded(value)!;
      expect(Math.abs(near - value)).toBeLessThanOrEqual(value * 5.0001e-4);
      expect(Number(near.toPrecision(4))).toBe(near);
    }),
    { numRuns: 5000 },
  );
});

it.each([
  [0, 0],
  [-0, 0],
  [9999.5, 10_000],
  [99_994, 99_990],
  [0.000_999_96, 0.001],
  [1e-125, 0],
  [9.999e129, 9.999e129],
  [1e130, undefined],
  [NaN, undefined],
  [Infinity, undefined],
])('%d is %d', (value, expected) => {
  expect(rounded(value)).toEqual(expected);
});
