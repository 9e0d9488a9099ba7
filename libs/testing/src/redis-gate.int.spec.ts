import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { RedisGate } from './redis-gate.js';
import { RedisServer } from './redis-server.js';

let server: RedisServer;
let gate: RedisGate;
let client: Socket;
let ended: Promise<unknown>;

beforeEach(async () => {
  server = await RedisServer.start();
  gate = await RedisGate.start(server.port);
  client = connect(Number(new URL(gate.url).port), '127.0.0.1');
  ended = once(client, 'close');
  await once(client, 'connect');
});

afterEach(async () => {
  client.destroy();
  await gate.stop();
  await server.stop();
});

const wire = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

const isIncr = (command: string): boolean => command.includes('INCR');

/** As many bytes as are expected, in however many pieces they come. */
async function answerTo(bytes: string, { length }: string): Promise<string> {
  client.write(bytes);
  let answer = '';
  while (answer.length < length) {
    const [piece] = (await once(client, 'data')) as [Buffer];
    answer += piece.toString();
  }
  return answer;
}

describe('a gate before Redis', () => {
  it('lets through what nobody holds, in however many pieces it comes', async () => {
    const command = wire('SET', 'key', 'a value');
    client.write(command.slice(0, 9));
    const ok = '+OK\r\n';
    expect(await answerTo(command.slice(9), ok)).toBe(ok);
    const both = '$7\r\na value\r\n$-1\r\n';
    expect(await answerTo(wire('GET', 'key') + wire('GET', 'none'), both)).toBe(both);
  });

  it('holds a command before the server has it, and lets it come late', async () => {
    const held = gate.hold('before', isIncr);
    client.write(wire('INCR', 'count'));
    const request = await held;
    expect(await server.command('GET count')).toBe('$-1\r\n');
    expect(await request.deliver()).toBe(':1\r\n');
    expect(await server.command('GET count')).toBe('$1\r\n1\r\n');
    await ended;
  });

  it('drops a command that the server never has', async () => {
    const held = gate.hold('before', isIncr);
    client.write(wire('INCR', 'count'));
    (await held).drop();
    await ended;
    expect(await server.command('GET count')).toBe('$-1\r\n');
  });

  it('holds the answer to a command that the server has carried out once', async () => {
    const held = gate.hold('after', isIncr);
    let answered = false;
    client.on('data', () => (answered = true)).write(wire('INCR', 'count'));
    const request = await held;
    expect(await server.command('GET count')).toBe('$1\r\n1\r\n');
    request.drop();
    await ended;
    expect([answered, await server.command('GET count')]).toEqual([false, '$1\r\n1\r\n']);
  });

  it('says that a command was refused which was to be carried out', async () => {
    const held = gate.hold('after', isIncr);
    client.write(wire('INCR'));
    await expect(held).rejects.toThrow('redis refused what the gate held');
    await ended;
  });
});
