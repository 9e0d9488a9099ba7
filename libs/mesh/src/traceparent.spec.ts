import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';
const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16)),
      { minLength: length, maxLength: length },
    )
    .map((digits) => digits.join(''))
    .filter((text) => /[1-9a-f]/.test(text));

describe('a traceparent', () => {
  it('is read as it was written', () => {
    const context = fc.record({
      traceId: hex(32),
      spanId: hex(16),
      traceFlags: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(context, (written) => {
        expect(parseTraceparent(formatTraceparent(written))).toEqual(written);
      }),
    );
  });

  it.each([
    ['nothing', undefined],
    ['no text', ''],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${span}-01`],
    ['a span of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
    ['the version that there is not', `ff-${trace}-${span}-01`],
    ['capitals', `00-${trace.toUpperCase()}-${span}-01`],
    ['more', `00-${trace}-${span}-01-more`],
  ])('is not %s', (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it('of a later version is read as one of this', () => {
    expect(parseTraceparent(`01-${trace}-${span}-00`)).toEqual({
      traceId: trace,
      spanId: span,
      traceFlags: 0,
    });
  });
});
