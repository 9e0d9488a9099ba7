import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NoResponder } from '@mcp/event-log';
import { RedisServer } from '@mcp/testing';
import { RedisRequestBoard } from './index.js';
import { meshKeys } from './keys.js';

const mesh = 'demo';
const topic = 'dry-run';

describe('a responder on Redis', () => {
  let server: RedisServer;
  let boards: RedisRequestBoard[] = [];
  let served: Promise<void>[] = [];
  let troubles: unknown[] = [];
  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    await Promise.all(boards.map((board) => board.close()));
    await Promise.all(served);
    await server.stop();
    [boards, served, troubles] = [[], [], []];
  });

  const open = () => {
    const board = new RedisRequestBoard({
      url: server.url,
      mesh,
      onTrouble: (trouble) => troubles.push(trouble),
    });
    boards.push(board);
    return board;
  };
  const serve = (answer: Parameters<RedisRequestBoard['serve']>[1]) => {
    const board = open();
    served.push(board.serve(topic, answer, new AbortController().signal));
    return board;
  };
  /** Asks until somebody serves. */
  const ask = async (body: unknown, timeoutMs: number): Promise<unknown> => {
    const asking = open();
    for (;;) {
      try {
        return await asking.ask({ topic, id: randomUUID(), body, timeoutMs });
      } catch (error) {
        if (!(error instanceof NoResponder)) throw error;
        await pause(10);
      }
    }
  };

  it('passes over a question that was taken, never answered, and then pushed out by newer ones', async () => {
    let taken = false;
    const stopping = serve(async (_, signal) => {
      taken = true;
      await once(signal, 'abort');
    });
    const unanswered = ask('first', 500).catch((error: unknown) => error);
    await until(() => taken);
    await stopping.close();
    expect(await unanswered).toMatchObject({ code: 'NO_ANSWER' });
    await server.command(`XTRIM ${meshKeys(mesh).questions(topic)} MAXLEN 0`);
    serve(async (body) => body);
    expect(await ask('second', 5000)).toBe('second');
    expect(troubles).toEqual([]);
  });

  it('tells when it cannot serve, and serves again when it can', async () => {
    serve(async (body) => body);
    expect(await ask('before', 5000)).toBe('before');
    expect(troubles).toEqual([]);
    await server.kill();
    await until(() => troubles.length > 0);
    await server.restart();
    expect(await ask('after', 5000)).toBe('after');
    expect(troubles[0]).toBeInstanceOf(Error);
  });
});

async function until(reached: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!reached()) {
    if (Date.now() > deadline) throw new Error('not reached within 5 s');
    await pause(5);
  }
}
