import { describe, expect, it } from '@jest/globals';
import { DiffResponse } from '@mcp/contracts';
import { diffText } from './diff.js';
import { paintFor } from './paint.js';

describe('the text about two moments', () => {
  it.each([
    [{}, 'From the beginning of the log to 2026-11-23T19:06:13Z: 1 added'],
    [
      { recordedAt: new Date('2026-11-23T19:00:00Z') },
      'From 2026-11-23T19:00:00Z to 2026-11-23T19:06:13Z: 1 added',
    ],
  ])('names both, also where there was nothing yet: %j', (from, begins) => {
    const to = { recordedAt: new Date('2026-11-23T19:06:13Z') };
    const text = diffText(DiffResponse.fromPartial({ from, to, added: 1 }), paintFor(false));
    expect(text.slice(0, begins.length)).toBe(begins);
  });
});
