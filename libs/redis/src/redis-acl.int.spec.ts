import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mostPins, startOf, type Write } from '@mcp/event-log';
import type { RecordedEvent } from '@mcp/events';
import { RedisServer } from '@mcp/testing';
import { Redis } from 'ioredis';
import { edge, pollAt, seconds } from '../../event-log/src/contract/series-under-test.contract.js';
import { connectRedisLog, RedisRequestBoard, redisSeries, type RedisEventLog } from './index.js';

const mesh = 'default';
/** The users as docs/redis.md gives them: name, then rules. */
const users = new Map(
  [...readFileSync('docs/redis.md', 'utf8').matchAll(/^user (\S+) (.+)$/gm)].map(([, name, rules]) => [
    name!,
    rules!.split(' '),
  ]),
);
/** Only with replicas, and only in a cluster. */
const elsewhere = ['wait', 'exists'];

let server: RedisServer;
let admin: Redis;
beforeAll(async () => {
  server = await RedisServer.start({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

describe.each([
  ['mcp-collector', asCollector],
  ['mcp-api', asApi],
  ['mcp-reconciler', asReconciler],
] as const)('what %s does on Redis', (user, usage) => {
  const rules = users.get(user)!;
  const granted = rules.filter((rule) => rule.startsWith('+')).map((rule) => rule.slice(1));
  beforeEach(async () => {
    await admin.flushall();
    await admin.script('FLUSH');
    await admin.call('ACL', 'LOG', 'RESET');
    await prepare();
  });

  it('is allowed to its user, and uses every command that the user may give', async () => {
    await admin.call('ACL', 'SETUSER', user, 'reset', ...rules);
    await admin.config('RESETSTAT');
    await usage(`redis://${user}:password@127.0.0.1:${server.port}`);
    expect(await admin.call('ACL', 'LOG')).toEqual([]);
    const stats = await admin.info('commandstats');
    const unused = granted.filter((command) => !stats.includes(`cmdstat_${command}:`));
    expect(unused.sort()).toEqual([...elsewhere].sort());
  });

  it('is bound to the mesh and to what was granted', async () => {
    await admin.call('ACL', 'SETUSER', user, 'reset', ...rules);
    const dryRun = (...command: string[]) => admin.call('ACL', 'DRYRUN', user, ...command);
    expect(await dryRun('WAIT', '1', '1')).toBe('OK');
    expect(await dryRun('EXISTS', `{mcp:${mesh}}:meta`)).toBe('OK');
    for (const key of ['foreign', '{mcp:other}:log', `{mcp:${mesh}}x`])
      expect(await dryRun('XADD', key, '*', 'a', 'b')).toMatch(/no permissions/);
    for (const command of [['FLUSHALL'], ['CONFIG', 'SET', 'appendonly', 'no'], ['KEYS', '*']])
      expect(await dryRun(...command)).toMatch(/no permissions/);
  });
});

/** What the others have left: a log with a baseline, a poll, and somebody who serves and asks each topic. */
async function prepare(): Promise<void> {
  const log = await connectRedisLog({ url: server.url, mesh });
  await log.append({ writes: [write('a'), write('b')] });
  const events = await readAll(log);
  await log.trim(events[0]!.position, events.slice(0, 1));
  await log.close();
  const series = redisSeries({ url: server.url, mesh });
  await series.append(pollAt(seconds(0), { [edge]: { p50Ms: 1 } }));
  await series.close();
}

async function asCollector(url: string): Promise<void> {
  const log = await connectRedisLog({ url, mesh });
  const series = redisSeries({ url, mesh });
  try {
    await asAnyone(log);
    const epoch = await log.claim('collector', 'one');
    const gone = { ...write('c'), expectedVersion: 1, tombstone: true };
    await log.append({ writes: [write('c'), gone], epoch });
    const events = await readAll(log);
    await log.size();
    await log.trim(events.at(-1)!.position, events, epoch);
    await series.append(pollAt(seconds(3600), { [edge]: { p50Ms: 1 } }));
    await series.latest();
    await series.trim();
    await series.putCheckpoint(new Uint8Array([1]));
    await series.checkpoint();
    await served(url, 'collector');
  } finally {
    await log.close();
    await series.close();
  }
}

async function asApi(url: string): Promise<void> {
  const log = await connectRedisLog({ url, mesh });
  const series = redisSeries({ url, mesh });
  const board = new RedisRequestBoard({ url, mesh });
  const other = new RedisRequestBoard({ url: server.url, mesh });
  const ended = new AbortController();
  const serving = other.serve('dry-run', async () => 'planned', ended.signal);
  try {
    await asAnyone(log);
    await asked(log);
    await snapshots(log);
    await series.latest();
    await series.read({ edges: [edge], from: 0, to: Infinity, resolution: 'poll' });
    await answerOf(board, 'dry-run');
    await admin.hset(`{mcp:${mesh}}:responders:dry-run`, 'gone', 1);
    await answerOf(board, 'dry-run');
    for (let note = 0; note <= mostPins; note += 1)
      await board.pin({ scope: 'ada', id: `note-${note}`, body: note, forMs: 60_000 });
    await board.pinned('note-1');
  } finally {
    ended.abort();
    await serving;
    await Promise.all([log, series, board, other].map((each) => each.close()));
  }
}

async function asReconciler(url: string): Promise<void> {
  const log = await connectRedisLog({ url, mesh });
  try {
    await asAnyone(log);
    await log.claim('reconciler', 'one');
    await asked(log);
    await snapshots(log);
    await served(url, 'dry-run');
  } finally {
    await log.close();
  }
}

/** Begin, read, follow, and ask what the server promises. */
async function asAnyone(log: RedisEventLog): Promise<void> {
  await log.health();
  await log.durability();
  const waited = new AbortController();
  for await (const batch of log.follow(startOf(await log.identity()), waited.signal))
    if (batch.length === 0) {
      setTimeout(() => waited.abort(), 50);
    }
}

async function asked(log: RedisEventLog): Promise<void> {
  const subject = `Policy/shop/${randomUUID()}`;
  const append = {
    writes: [{ ...write('d'), subject }],
    idempotency: { scope: 's', key: subject, bodyHash: 'b' },
  };
  await log.append(append);
  await log.append(append);
  await log.append({ writes: [{ ...write('e'), subject, expectedVersion: 1, tombstone: true }] });
}

async function snapshots(log: RedisEventLog): Promise<void> {
  const position = await log.head();
  for (let count = 0; count < 3; count += 1)
    await log.snapshots.save({
      projection: 'graph',
      version: 1,
      position,
      chunks: [new Uint8Array([1])],
      every: 0,
    });
  await log.snapshots.load('graph', 1);
}

/** Serves a topic until the first question that somebody else asks is answered. */
async function served(url: string, topic: string): Promise<void> {
  const ended = new AbortController();
  const other = new RedisRequestBoard({ url: server.url, mesh });
  const board = new RedisRequestBoard({ url, mesh, onTrouble: () => ended.abort() });
  const serving = board.serve(topic, async () => 'served', ended.signal);
  try {
    await answerOf(other, topic);
  } finally {
    ended.abort();
    await serving;
    await Promise.all([board.close(), other.close()]);
  }
}

/** Asks until somebody serves. */
async function answerOf(board: RedisRequestBoard, topic: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await board.ask({ topic, id: randomUUID(), body: null, timeoutMs: 300 });
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function write(name: string) {
  const data = { namespaces: 'all' } as const;
  const actor = { name: 'collector', provenBy: 'component' } as const;
  const event = { id: randomUUID(), type: 'ScopeDeclared', version: 1, occurredAt: 0, actor, data } as const;
  return { subject: `Pod/shop/${name}/1`, expectedVersion: 'any', event } satisfies Write;
}

async function readAll(log: RedisEventLog): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of log.read(startOf(await log.identity()))) events.push(...batch);
  return events;
}
