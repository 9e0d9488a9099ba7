import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { Run } from '../run.js';
import { allPages } from './all-pages.js';

/** Three pages, and what is told while they are read. */
async function read(watched: boolean) {
  let stderr = '';
  const run = new Run({
    environment: {},
    stdin: Readable.from([]),
    write: () => undefined,
    hasRoom: async () => undefined,
    note: (text) => (stderr += text),
    coloured: false,
    watched,
  });
  const next: Readonly<Record<string, string>> = { '': 'b', b: 'c', c: '' };
  const pages = await allPages(run, async (token) => ({ token, nextPageToken: next[token] ?? '' }));
  return { tokens: pages.map(({ token }) => token), stderr };
}

describe('all pages of an answer', () => {
  it('are read one after the other, to the last', async () => {
    expect(await read(false)).toEqual({ tokens: ['', 'b', 'c'], stderr: '' });
  });

  it('tell whoever watches how far it is, and leave nothing of that behind', async () => {
    const cleared = '\r\u001b[2K';
    expect((await read(true)).stderr).toBe(`${cleared}1 pages read…${cleared}2 pages read…${cleared}`);
  });
});
