import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { connectRedisLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import { reconcilerContract } from './reconciler.contract.js';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(async () => {
  await server.stop();
});

reconcilerContract('Redis', async () => ({
  log: await connectRedisLog({ url: server.url, mesh: randomUUID() }),
  cleanup: async () => undefined,
}));
