import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headerOf, nextDigest, payloadHashOf, startOf, type StoredEvent } from '@mcp/event-log';
import { connectRedisLog, type RedisEventLog } from '@mcp/redis';
import { freePort, RedisServer } from '@mcp/testing';
import { Redis } from 'ioredis';
import { AppProcess } from './app-process.js';
import { runCommand } from './command-run.js';

const mesh = 'default';
const key = `{mcp:${mesh}}`;
const signer = generateKeyPairSync('ed25519');

let folder: string;
let server: RedisServer;
/** Somebody with the credentials of Redis. */
let stranger: Redis;
let log: RedisEventLog;
let api: AppProcess;
let headFile: string;
let keyFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-rewritten-'));
  headFile = join(folder, 'head.json');
  keyFile = await saved('signing-key.pub', signer.publicKey.export({ type: 'spki', format: 'pem' }));
  server = await RedisServer.start({ settings: { appendfsync: 'always' } });
  stranger = new Redis(server.url);
  log = await connectRedisLog({ url: server.url, mesh });
  for (const namespaces of [['a'], ['b'], ['c'], ['d']]) await record(namespaces);
  api = new AppProcess('mcp-api', {
    MCP_REDIS_URL: server.url,
    MCP_MESH: mesh,
    MCP_AUTH: 'none',
    MCP_GRPC_HOST: '127.0.0.1',
    MCP_GRPC_PORT: String(await freePort()),
    MCP_HTTP_PORT: String(await freePort()),
    MCP_SIGNING_KEY_FILE: await saved(
      'signing-key.pem',
      signer.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ),
  });
  await api.start();
}, 60_000);

afterAll(async () => {
  await api.crash();
  await log.close();
  stranger.disconnect();
  await server.stop();
  await rm(folder, { recursive: true });
});

async function saved(name: string, text: string | Buffer): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

async function record(namespaces: readonly string[]): Promise<void> {
  const event = {
    ...{ id: randomUUID(), type: 'ScopeDeclared' as const, version: 1, occurredAt: 1 },
    ...{ actor: { name: 'collector', provenBy: 'component' as const }, data: { namespaces } },
  };
  await log.append({ writes: [{ subject: 'scope', expectedVersion: 'any', event }] });
}

const events = (...args: readonly string[]) => runCommand(['events', ...args], { MCP_ADDRESS: api.address });
const verify = (...args: readonly string[]) => events('verify', ...args);

/** Writes the log anew with another body in this event, and every digest after it made to fit. */
async function rewrite(sequence: number, forged: (body: string) => string): Promise<void> {
  const stored: StoredEvent[] = [];
  for await (const batch of log.readStored(startOf(await log.identity()))) stored.push(...batch);
  const writing = stranger.multi().del(`${key}:log`);
  let digest = '';
  for (const event of stored) {
    const body = event.sequence === sequence ? forged(event.body) : event.body;
    digest = nextDigest(digest, event, payloadHashOf(body));
    writing.xadd(`${key}:log`, `${event.sequence}-0`, 'h', headerOf({ ...event, digest }), 'e', body);
  }
  await writing.hset(`${key}:meta`, 'digest', digest).exec();
}

describe('a log on Redis that somebody changes', () => {
  it('is first as it was recorded, by a head that the API signed and a key that is known', async () => {
    const head = await events('head', '-o', 'json');
    await writeFile(headFile, head.stdout);
    await record(['e']);
    expect(await verify('--head', headFile, '--key', keyFile)).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^5 events are what was recorded, up to event 5 of log /),
      stderr: '',
    });
  });

  it('is not proven by a head that somebody else signed', async () => {
    const other = generateKeyPairSync('ed25519');
    const { stdout } = await events('head', '-o', 'json');
    const head = JSON.parse(stdout) as Record<string, string>;
    const statement = head['statement']!;
    const forged = await saved(
      'forged.json',
      JSON.stringify({
        ...head,
        signature: sign(null, Buffer.from(statement), other.privateKey).toString('base64'),
        publicKey: other.publicKey.export({ type: 'spki', format: 'pem' }),
      }),
    );
    expect(await verify('--head', forged)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('by the key that came with it'),
    });
    expect(await verify('--head', forged, '--key', keyFile)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('the signature of the saved head is not of this key'),
    });
  });

  it('is found to be rewritten by the saved head, though its own digests all fit', async () => {
    await rewrite(2, (body) => body.replace('"b"', '"forged"'));
    expect(await verify()).toMatchObject({ code: 0 });
    expect((await events('export')).stdout).toContain('forged');
    expect(await verify('--head', headFile, '--key', keyFile)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('the log was rewritten: at event 4 its digest is '),
    });
    await rewrite(2, (body) => body.replace('"forged"', '"b"'));
    expect(await verify('--head', headFile, '--key', keyFile)).toMatchObject({ code: 0 });
  });

  it('is found to lack an event that was taken out', async () => {
    await stranger.xdel(`${key}:log`, '3-0');
    expect(await verify()).toMatchObject({ code: 1, stdout: expect.stringContaining('event') });
  });
});
