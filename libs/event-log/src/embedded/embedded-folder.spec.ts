import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventLog } from '../event-log.js';
import { startOf } from '../event-storage.js';
import { openEmbeddedLog } from './embedded-log.js';
import { openTables, type Owner } from './tables.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'mcp-log-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

describe('the folder of an embedded log', () => {
  const open = () => openEmbeddedLog({ dataDir, mesh: 'demo' });
  const leftBy = async (owner: Owner) => {
    await (await open()).close();
    const { root, owner: table } = openTables(dataDir);
    await table.put('owner', owner);
    await root.close();
  };

  it('is open once in a process, and free after it was closed', async () => {
    const log = await open();
    await expect(open()).rejects.toMatchObject({
      code: 'LOG_IN_USE',
      message: expect.stringContaining(`process ${process.pid} `),
    });
    await log.append({ writes: [write()] });
    await log.close();
    const again = await open();
    expect((await again.head()).sequence).toBe(1);
    await again.close();
  });

  it('is refused while another process has it, naming that process', async () => {
    const other = spawn('sleep', ['60']);
    await leftBy({ pid: other.pid!, startedAt: '' });
    await expect(open()).rejects.toMatchObject({
      code: 'LOG_IN_USE',
      message: expect.stringContaining(`process ${other.pid} `),
    });
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;
    const log = await open();
    expect((await log.head()).sequence).toBe(0);
    await log.close();
  });

  it('is free when its process is gone and another has got its number since', async () => {
    await leftBy({ pid: process.ppid, startedAt: 'another life' });
    const log = await open();
    expect(log.mesh).toBe('demo');
    await log.close();
  });

  it('is free when a former life of this process had it', async () => {
    await leftBy({ pid: process.pid, startedAt: 'another life' });
    const log = await open();
    expect(log.mesh).toBe('demo');
    await log.close();
  });

  it('is refused when it holds the log of another mesh', async () => {
    await (await open()).close();
    await expect(openEmbeddedLog({ dataDir, mesh: 'production' })).rejects.toMatchObject({
      code: 'LOG_IN_USE',
      message: expect.stringContaining('mesh demo'),
    });
    const log = await open();
    expect(log.mesh).toBe('demo');
    await log.close();
  });
});

describe('the time of an embedded log', () => {
  let now = 0;
  const open = () => openEmbeddedLog({ dataDir, mesh: 'demo', clock: () => now });

  it('never decreases, though the clock is set back, and is what positions are found by', async () => {
    const log = await open();
    for (now of [1000, 500, 1000, 2000, 1500, 3000]) await log.append({ writes: [write()] });
    const events = await readAll(log);
    expect(events.map(({ recordedAt }) => recordedAt)).toEqual([1000, 1000, 1000, 2000, 2000, 3000]);
    const found = await Promise.all([999, 1000, 1999, 2000, 2999, 3000].map((time) => log.positionAt(time)));
    expect(found.map(({ sequence }) => sequence)).toEqual([0, 3, 3, 5, 5, 6]);
    await log.close();
  });

  it('keeps idempotency keys for 24 h, and does not keep them for ever', async () => {
    const log = await open();
    const hour = 60 * 60 * 1000;
    const idempotency = { scope: 'alice', key: 'k', bodyHash: 'a' };
    const ask = async () => (await log.append({ writes: [write()], idempotency })).duplicate;
    now = hour;
    expect(await ask()).toBe(false);
    now = 25 * hour;
    expect(await ask()).toBe(true);
    now = 27 * hour;
    await log.append({ writes: [write()], idempotency: { ...idempotency, key: 'another' } });
    expect(await ask()).toBe(false);
    await log.close();
  });
});

it('an embedded log that is closed says so to its readers, writers and followers', async () => {
  const log = await openEmbeddedLog({ dataDir, mesh: 'demo' });
  const head = await log.head();
  const following = (async () => {
    for await (const batch of log.follow(head, new AbortController().signal)) expect(batch).toEqual([]);
  })();
  await log.close();
  await expect(following).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  await expect(readAll(log)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  await expect(log.append({ writes: [write()] })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
});

function write() {
  const data = { namespaces: 'all' } as const;
  const actor = { name: 'collector', provenBy: 'component' } as const;
  const event = { id: randomUUID(), type: 'ScopeDeclared', version: 1, occurredAt: 0, actor, data } as const;
  return { subject: 'scope', expectedVersion: 'any', event } as const;
}

async function readAll(log: EventLog) {
  const events = [];
  for await (const batch of log.read(startOf(await log.identity()))) events.push(...batch);
  return events;
}
