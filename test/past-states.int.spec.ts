import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { connectRedisLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import { pastStatesContract } from '../libs/projections/src/past-states.contract.js';

describe('the past of a projection, on Redis,', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  pastStatesContract(async () => {
    const log = await connectRedisLog({ url: server.url, mesh: randomUUID() });
    return { log, close: () => log.close() };
  });
});
