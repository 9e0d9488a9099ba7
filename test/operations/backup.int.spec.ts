import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { EventLog } from '@mcp/event-log';
import { meshGraphFold } from '@mcp/graph';
import { connectRedisLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';

let folder: string;
const servers: RedisServer[] = [];
const logs: EventLog[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-backup-'));
});
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  rmSync(folder, { recursive: true });
});

async function serverWith(settings: Readonly<Record<string, string>>): Promise<RedisServer> {
  const server = await RedisServer.start({ settings });
  servers.push(server);
  return server;
}

async function logOn(server: RedisServer): Promise<EventLog> {
  const log = await connectRedisLog({ url: server.url, mesh: 'demo' });
  logs.push(log);
  return log;
}

async function addNamespaces(log: EventLog, names: readonly string[]): Promise<void> {
  const life = { namespace: '', createdAt: 1, labels: {}, annotations: {} };
  for (const name of names)
    await log.append({
      writes: [
        {
          subject: `namespace/${name}`,
          expectedVersion: 0,
          event: {
            ...{ id: name, type: 'NamespaceObserved', version: 1, occurredAt: 1 },
            actor: { name: 'collector', provenBy: 'component' },
            data: { ...life, name, uid: `uid-${name}` },
          },
        },
      ],
    });
}

async function namespacesIn(log: EventLog): Promise<readonly string[]> {
  const graph = meshGraphFold.initial();
  for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
    for (const event of batch) meshGraphFold.evolve(graph, event as never);
  return [...graph.meshView().namespaces.keys()].sort();
}

it('a log that is restored from a backup goes on from there, and knows the positions that came after it for lost', async () => {
  const before = await serverWith({});
  const log = await logOn(before);
  await addNamespaces(log, ['bank', 'shop']);
  const backedUp = await log.head();
  const dump = join(folder, 'dump.rdb');
  await promisify(execFile)('redis-cli', ['-p', String(before.port), '--rdb', dump]);
  await addNamespaces(log, ['later']);
  const lost = await log.head();

  const restored = await logOn(await serverWith({ dir: folder, dbfilename: 'dump.rdb', appendonly: 'no' }));
  expect(await namespacesIn(restored)).toEqual(['bank', 'shop']);
  expect(await restored.head()).toEqual(backedUp);
  // the place is taken by another event
  await addNamespaces(restored, ['other']);
  const read = async () => {
    for await (const _ of restored.read(lost));
  };
  await expect(read()).rejects.toMatchObject({ code: 'POSITION_LOST' });
  expect(await namespacesIn(restored)).toEqual(['bank', 'other', 'shop']);
});
