import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventLogSettings, Health, readSettings, TrafficSettings } from '@mcp/runtime';
import { RedisServer } from '@mcp/testing';
import { openOwnLog, openSharedLog } from './event-log.js';

const traffic = readSettings(TrafficSettings, {});

describe('a shared log', () => {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of running.splice(0).reverse()) await each.stop();
  });

  it.each([
    ['noeviction', { ready: true, reason: 'connected' }],
    ['allkeys-lru', { ready: false, reason: expect.stringContaining('allkeys-lru') }],
  ])('on a server with maxmemory-policy %s is told as what it is from the first', async (policy, told) => {
    const server = await RedisServer.start({ settings: { 'maxmemory-policy': policy } });
    running.push(server);
    const health = new Health();
    const settings = readSettings(EventLogSettings, { MCP_REDIS_URL: server.url });
    const opened = await openSharedLog(settings, traffic, health);
    running.push({ stop: () => opened.close() });
    expect(health.report().parts).toEqual({ 'event log': told });
  });
});

describe('the series that is opened with a log', () => {
  const poll = {
    at: 1_700_000_000_000,
    windowMs: 30_000,
    proxiesSeen: 1,
    meshedPods: 1,
    edges: new Map([['shop/Deployment/web>shop/Deployment/cart:8080', { successPerSecond: 12 }]]),
  };

  it('is shared where the log is, and is closed with it', async () => {
    const server = await RedisServer.start();
    const settings = readSettings(EventLogSettings, { MCP_REDIS_URL: server.url });
    const [one, other] = [
      await openSharedLog(settings, traffic, new Health()),
      await openSharedLog(settings, traffic, new Health()),
    ];
    await one.series.append(poll);
    expect(await other.series.latest()).toEqual(poll);
    await one.close();
    await other.close();
    await expect(other.series.latest()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await server.stop();
  });

  it('is in the folder of the log where that is, and is there when both are opened again', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'mcp-opened-'));
    const settings = readSettings(EventLogSettings, { MCP_DATA_DIR: dataDir });
    const open = () => openOwnLog(settings, traffic, { source: 'simulated', id: 'seed 1' });
    const opened = await open();
    await opened.series.append(poll);
    await opened.close();
    await expect(opened.series.latest()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    const again = await open();
    expect(await again.series.latest()).toEqual(poll);
    expect((await again.log.head()).sequence).toBe(0);
    await again.close();
    rmSync(dataDir, { recursive: true });
  });
});
