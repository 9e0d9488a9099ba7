import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ClusterUser } from '@mcp/events';
import { AccessUnknown } from '@mcp/sources';
import { KubernetesAuthenticator } from './kubernetes-authenticator.js';

const ada: ClusterUser = { name: 'ada', uid: '1', groups: ['developers'] };

let nowMs: number;
/** What the cluster says now. */
let users: Map<string, ClusterUser>;
let asked: string[];
let down: boolean;

const reviews = {
  userOf: async (token: string) => {
    asked.push(token);
    if (down) throw new AccessUnknown('the API server does not answer', undefined);
    return users.get(token);
  },
};
const open = () => new KubernetesAuthenticator(reviews, undefined, () => nowMs);

/** A token that says of itself when it ends. */
const ending = (atMs: number): string =>
  `h.${Buffer.from(JSON.stringify({ exp: atMs / 1_000 })).toString('base64url')}.s`;

beforeEach(() => {
  nowMs = 1_000_000;
  users = new Map([['of-ada', ada]]);
  asked = [];
  down = false;
});

describe('a caller with a token of the cluster', () => {
  it('is who the API server says', async () => {
    expect(await open().authenticate('Bearer of-ada')).toEqual({ ...ada, provenBy: 'kubernetes' });
  });

  it('is known for ten seconds, and then asked for again', async () => {
    const callers = open();
    await callers.authenticate('Bearer of-ada');
    users.clear();
    nowMs += 9_999;
    expect(await callers.authenticate('Bearer of-ada')).toMatchObject({ name: 'ada' });
    nowMs += 1;
    await expect(callers.authenticate('Bearer of-ada')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is not known beyond the end of the token', async () => {
    const callers = open();
    const token = ending(nowMs + 3_000);
    users.set(token, ada);
    await callers.authenticate(`Bearer ${token}`);
    users.clear();
    nowMs += 2_999;
    expect(await callers.authenticate(`Bearer ${token}`)).toMatchObject({ name: 'ada' });
    nowMs += 1;
    await expect(callers.authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each([
    'h.bm90IGpzb24.s',
    'h.bnVsbA.s',
    `h.${Buffer.from('{"exp":"soon"}').toString('base64url')}.s`,
    '..',
  ])('may have a token that says nothing of its end: %s', async (token) => {
    users.set(token, ada);
    expect(await open().authenticate(`Bearer ${token}`)).toMatchObject({ name: 'ada' });
  });

  it('who was refused may come back after one second', async () => {
    const callers = open();
    await expect(callers.authenticate('Bearer new')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    users.set('new', ada);
    nowMs += 999;
    await expect(callers.authenticate('Bearer new')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    nowMs += 1;
    expect(await callers.authenticate('Bearer new')).toMatchObject({ name: 'ada' });
    expect(asked).toEqual(['new', 'new']);
  });

  it('is asked for once by all who come at the same time', async () => {
    const callers = open();
    await Promise.all(Array.from({ length: 20 }, () => callers.authenticate('Bearer of-ada')));
    expect(asked).toEqual(['of-ada']);
  });

  it('stays known while strangers guess', async () => {
    const callers = open();
    await callers.authenticate('Bearer of-ada');
    for (let guess = 0; guess < 2_500; guess += 1)
      await callers.authenticate(`Bearer guess-${guess}`).catch(() => undefined);
    users.clear();
    expect(await callers.authenticate('Bearer of-ada')).toMatchObject({ name: 'ada' });
  });
});

describe('a caller who cannot be asked for', () => {
  it('is neither let in nor called unknown, and nothing of it is remembered', async () => {
    const callers = open();
    down = true;
    await expect(callers.authenticate('Bearer of-ada')).rejects.toMatchObject({ code: 'ACCESS_UNKNOWN' });
    down = false;
    expect(await callers.authenticate('Bearer of-ada')).toMatchObject({ name: 'ada' });
  });

  it('does not become unknown when the API server is away, while it is remembered', async () => {
    const callers = open();
    await callers.authenticate('Bearer of-ada');
    down = true;
    expect(await callers.authenticate('Bearer of-ada')).toMatchObject({ name: 'ada' });
    nowMs += 10_000;
    await expect(callers.authenticate('Bearer of-ada')).rejects.toMatchObject({ code: 'ACCESS_UNKNOWN' });
  });

  it('is one of too many at once', async () => {
    const callers = open();
    const all = Array.from({ length: 60 }, (_, n) => callers.authenticate(`Bearer guess-${n}`));
    const codes = (await Promise.allSettled(all)).map(
      (each) => ((each as PromiseRejectedResult).reason as { code: string }).code,
    );
    expect(codes.filter((code) => code === 'ACCESS_UNKNOWN')).toHaveLength(10);
    expect(asked).toHaveLength(50);
  });
});

it.each([undefined, 'Basic b2YtYWRh', 'of-ada', 'Bearer'])('a call with %s has no token', async (header) => {
  await expect(open().authenticate(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(asked).toEqual([]);
});

it('a refusal does not repeat the token', async () => {
  const error = await open()
    .authenticate('Bearer a-secret')
    .catch((refused: unknown) => refused);
  expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(String((error as Error).stack)).not.toContain('a-secret');
});
