import { describe, expect, it } from '@jest/globals';
import { ApiError } from '@mcp/api-client';
import { Readable } from 'node:stream';
import { Run } from '../run.js';
import { whenAllowed } from './when-allowed.js';

const run = new Run({
  environment: {},
  stdin: Readable.from([]),
  write: () => undefined,
  hasRoom: async () => undefined,
  note: () => undefined,
  coloured: false,
  watched: false,
});

const refusal = (reason: string, retryAfterMs?: number) =>
  new ApiError('refused', 'RESOURCE_EXHAUSTED', reason, retryAfterMs, new Error('refused'));

/** Refuses so often, and then answers. */
function answersAfter(refusals: number, refused: Error): () => Promise<string> {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked <= refusals) throw refused;
    return `asked ${asked} times`;
  };
}

describe('asking for a change', () => {
  it('waits as often as there are too many, and asks again', async () => {
    const ask = answersAfter(3, refusal('TOO_MANY_CHANGES', 1));
    expect(await whenAllowed(run, ask)).toBe('asked 4 times');
  });

  it.each([
    ['any other refusal', refusal('REVISION_MISMATCH', 1)],
    ['a refusal that does not say when to ask again', refusal('TOO_MANY_CHANGES')],
    ['what is no refusal', new Error('a fault')],
  ])('fails at once with %s', async (_what, error) => {
    await expect(whenAllowed(run, answersAfter(1, error))).rejects.toBe(error);
  });
});
