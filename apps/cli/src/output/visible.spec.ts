import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { paintFor } from './paint.js';
import { visible } from './visible.js';

describe('a text on a terminal', () => {
  it.each([
    ['a title of the window', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
    ['a cursor that moves up', 'kind\u001b[1A\u001b[2K', 'kind\\u001b[1A\\u001b[2K'],
    ['the same in one character', '\u009b2J', '\\u009b2J'],
    ['a line that is written over', 'refused\rallowed', 'refused\\u000dallowed'],
    ['letters that run backwards', 'a\u202eb', 'a\\u202eb'],
  ])('shows %s, and does not do it', (_what, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('keeps its lines, its tabs and its colours', () => {
    const text = `${paintFor(true)('bad', 'denied')}\tby\nnobody — ü`;
    expect(visible(text)).toBe(text);
  });

  it('reads as the same from JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(visible(JSON.stringify(text)))).toBe(text);
      }),
    );
  });
});
