import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nobodyIsAsked } from './authenticator.js';
import { TokenFile } from './token-file.js';

const alice = 'alice-token-0123456789';
const bob = 'bob-token-0123456789';

let folder: string;
let path: string;
let nowMs: number;
let reported: string[];

const open = () =>
  TokenFile.open(
    path,
    (error) => reported.push(error.message),
    () => nowMs,
  );

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokens-'));
  path = join(folder, 'tokens');
  nowMs = 0;
  reported = [];
  await writeFile(path, `# people\n${alice},alice\n\n${bob},Bob, of operations\r\n`);
});
afterEach(() => rm(folder, { recursive: true }));

describe('a token file', () => {
  it('tells who a token belongs to', async () => {
    const tokens = await open();
    expect([
      await tokens.authenticate(`Bearer ${alice}`),
      await tokens.authenticate(`bearer  ${bob}`),
    ]).toEqual([
      { name: 'alice', provenBy: 'token' },
      { name: 'Bob, of operations', provenBy: 'token' },
    ]);
  });

  it.each([
    ['no token', undefined, 'the call has no token'],
    ['another kind of proof', 'Basic YWxpY2U6eA==', 'the authorization header is not a bearer token'],
    ['a token that is not in it', 'Bearer mallory-token-0123456789', 'the token is not known'],
    ['the beginning of a token', `Bearer ${alice.slice(0, -1)}`, 'the token is not known'],
    ['a name', 'Bearer alice', 'the token is not known'],
  ])('refuses %s', async (_what, authorization, why) => {
    const tokens = await open();
    await expect(tokens.authenticate(authorization)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(why),
    });
  });

  it('is read again when it has changed', async () => {
    const tokens = await open();
    await writeFile(path, `${bob},bob\n`);
    nowMs = 1_000;

    await expect(tokens.authenticate(`Bearer ${alice}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await tokens.authenticate(`Bearer ${bob}`)).toEqual({ name: 'bob', provenBy: 'token' });
  });

  it('that has become unusable locks nobody out, and says so', async () => {
    const tokens = await open();
    await writeFile(path, bob);
    nowMs = 1_000;

    expect(await tokens.authenticate(`Bearer ${alice}`)).toEqual({ name: 'alice', provenBy: 'token' });
    expect(reported).toEqual([`token file ${path}: line 1 is not token,name (TOKEN_FILE_UNUSABLE)`]);
  });

  it.each([
    ['is missing', undefined, 'ENOENT'],
    ['is empty', '# nobody\n', 'it has no token'],
    ['has a line without a name', `${alice},\n`, 'line 1 is not token,name'],
    ['has a token that can be guessed', 'short,alice\n', 'the token of line 1 has spaces or fewer than 16'],
    ['gives one token to two people', `${alice},alice\n${alice},bob\n`, 'it has a token twice'],
  ])('is refused at start when it %s', async (_what, text, why) => {
    if (text === undefined) await rm(path);
    else await writeFile(path, text);
    await expect(open()).rejects.toMatchObject({
      code: 'TOKEN_FILE_UNUSABLE',
      message: expect.stringContaining(why),
    });
  });
});

describe('where nobody is asked', () => {
  it('every caller is anonymous, whatever it sends', async () => {
    expect(await nobodyIsAsked.authenticate(`Bearer ${alice}`)).toEqual({
      name: 'anonymous',
      provenBy: 'none',
    });
  });
});
