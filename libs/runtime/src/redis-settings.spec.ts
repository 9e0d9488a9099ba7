import { describe, expect, it } from '@jest/globals';
import { type ConfigurationError, readSettings } from './setting.js';
import { EventLogSettings } from './settings.js';

const refusalsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readSettings(EventLogSettings, environment);
    return [];
  } catch (error) {
    return (error as ConfigurationError).refusals;
  }
};

describe('the settings of Redis', () => {
  it.each([
    'redis://redis',
    'redis://:pass@redis:6379/2',
    'rediss://mcp:p%40ss@redis.example:6380',
    'redis://[::1]:6379',
  ])('take %s for a server', (url) => {
    expect(readSettings(EventLogSettings, { MCP_REDIS_URL: url }).redisUrl).toBe(url);
  });

  it.each([
    'redis:6379',
    'http://redis:6379',
    'redis:///1',
    'redis://redis:port',
    'redis://redis/log',
    'redis://redis?tls=true',
    'redis://:p%ss@redis',
    'redis://mcp:pass#word@redis',
  ])('refuse %s, and do not repeat it', (url) => {
    const refusals = refusalsOf({ MCP_REDIS_URL: url });
    expect(refusals).toEqual([expect.stringMatching(/^MCP_REDIS_URL=a secret: it must be redis:/)]);
    expect(refusals.join()).not.toContain(url);
  });

  it.each(['MCP_REDIS_SENTINELS', 'MCP_REDIS_CLUSTER_NODES'])('read %s into a list of addresses', (name) => {
    const settings = readSettings(EventLogSettings, { [name]: 'redis-0.redis:26379, 10.0.0.1:1,[::1]:7000' });
    expect(settings.redisSentinels ?? settings.redisClusterNodes).toEqual([
      'redis-0.redis:26379',
      '10.0.0.1:1',
      '[::1]:7000',
    ]);
  });

  it.each([
    ['MCP_REDIS_SENTINELS', 'redis'],
    ['MCP_REDIS_SENTINELS', 'redis:26379,redis://other:26379'],
    ['MCP_REDIS_CLUSTER_NODES', 'redis:0'],
    ['MCP_REDIS_TLS', 'yes'],
    ['MCP_REDIS_SENTINEL_TLS', 'true'],
    ['MCP_REDIS_REPLICAS', 'all'],
  ])('refuse %s=%s by its name', (name, value) => {
    expect(refusalsOf({ [name]: value })).toEqual([expect.stringContaining(`${name}="${value}": `)]);
  });
});
