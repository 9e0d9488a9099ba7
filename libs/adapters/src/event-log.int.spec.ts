import { afterEach, describe, expect, it } from '@jest/globals';
import { EventLogSettings, Health, readSettings } from '@mcp/runtime';
import { RedisServer } from '@mcp/testing';
import { openSharedLog } from './event-log.js';

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
    const opened = await openSharedLog(settings, health);
    running.push({ stop: () => opened.close() });
    expect(health.report().parts).toEqual({ 'event log': told });
  });
});
