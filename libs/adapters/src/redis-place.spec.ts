import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, EventLogSettings, readSettings } from '@mcp/runtime';
import { isShared, redisPlace } from './redis-place.js';

const settings = (environment: Record<string, string>) => readSettings(EventLogSettings, environment);
const readable = fileURLToPath(import.meta.url);
const absent = '/nowhere/secret';

describe('where Redis is', () => {
  it.each<[Record<string, string>, object]>([
    [{ MCP_REDIS_URL: 'redis://r' }, { url: 'redis://r', access: {} }],
    [{ MCP_REDIS_URL: 'rediss://r' }, { url: 'rediss://r', access: { tls: {} } }],
    [
      { MCP_REDIS_URL: 'redis://r', MCP_REDIS_USER: 'mcp', MCP_REDIS_PASSWORD_FILE: readable },
      { url: 'redis://r', access: { user: 'mcp', passwordFile: readable } },
    ],
    [
      {
        MCP_REDIS_CLUSTER_NODES: 'a:1,[::1]:2',
        MCP_REDIS_CA_FILE: readable,
        MCP_REDIS_CERTIFICATE_FILE: readable,
        MCP_REDIS_KEY_FILE: readable,
        MCP_REDIS_SERVER_NAME: 'redis',
      },
      {
        clusterNodes: [
          { host: 'a', port: 1 },
          { host: '::1', port: 2 },
        ],
        access: {
          tls: { caFile: readable, certificateFile: readable, keyFile: readable, serverName: 'redis' },
        },
      },
    ],
    [
      { MCP_REDIS_SENTINELS: 's:26379', MCP_REDIS_TLS: 'on' },
      {
        sentinels: [{ host: 's', port: 26379 }],
        master: 'mymaster',
        access: { tls: {} },
        sentinelAccess: { tls: {} },
      },
    ],
    [
      {
        MCP_REDIS_SENTINELS: 's:26379',
        MCP_REDIS_SENTINEL_MASTER: 'mcp',
        MCP_REDIS_SENTINEL_USER: 'watcher',
        MCP_REDIS_SENTINEL_PASSWORD_FILE: readable,
        MCP_REDIS_SENTINEL_TLS: 'off',
        MCP_REDIS_CA_FILE: readable,
      },
      {
        sentinels: [{ host: 's', port: 26379 }],
        master: 'mcp',
        access: { tls: { caFile: readable } },
        sentinelAccess: { user: 'watcher', passwordFile: readable },
      },
    ],
  ])('is by %j as it says', (environment, place) => {
    expect(redisPlace(settings(environment))).toEqual(place);
    expect(isShared(settings(environment))).toBe(true);
  });

  it.each<[string, Record<string, string>, string]>([
    ['no place', {}, 'MCP_REDIS_URL, MCP_REDIS_SENTINELS or MCP_REDIS_CLUSTER_NODES must be set'],
    [
      'two places',
      { MCP_REDIS_URL: 'redis://r', MCP_REDIS_SENTINELS: 's:1' },
      'MCP_REDIS_URL, MCP_REDIS_SENTINELS: set one of them',
    ],
    [
      'two passwords',
      { MCP_REDIS_URL: 'redis://:hunter2@r', MCP_REDIS_PASSWORD_FILE: readable },
      'MCP_REDIS_PASSWORD_FILE: ',
    ],
    [
      'two users',
      { MCP_REDIS_URL: 'redis://mcp:hunter2@r', MCP_REDIS_USER: 'mcp' },
      'MCP_REDIS_USER: MCP_REDIS_URL has a user',
    ],
    ['a user without a password', { MCP_REDIS_URL: 'redis://r', MCP_REDIS_USER: 'mcp' }, 'MCP_REDIS_USER: '],
    [
      'a user of sentinels without a password',
      { MCP_REDIS_SENTINELS: 's:1', MCP_REDIS_SENTINEL_USER: 'mcp' },
      'MCP_REDIS_SENTINEL_USER: ',
    ],
    [
      'credentials for sentinels that are not there',
      { MCP_REDIS_URL: 'redis://r', MCP_REDIS_SENTINEL_TLS: 'on' },
      'MCP_REDIS_SENTINEL_TLS: there are no MCP_REDIS_SENTINELS',
    ],
    [
      'a certificate without its key',
      { MCP_REDIS_URL: 'rediss://r', MCP_REDIS_CERTIFICATE_FILE: readable },
      'MCP_REDIS_CERTIFICATE_FILE, MCP_REDIS_KEY_FILE: ',
    ],
    ['TLS and no TLS', { MCP_REDIS_URL: 'rediss://r', MCP_REDIS_TLS: 'off' }, 'MCP_REDIS_TLS="off": '],
    [
      'certificates without TLS',
      { MCP_REDIS_URL: 'redis://r', MCP_REDIS_TLS: 'off', MCP_REDIS_CA_FILE: readable },
      'MCP_REDIS_TLS="off": ',
    ],
    [
      'a password file that is not there',
      { MCP_REDIS_URL: 'redis://r', MCP_REDIS_PASSWORD_FILE: absent },
      `MCP_REDIS_PASSWORD_FILE="${absent}": it cannot be read (ENOENT)`,
    ],
    [
      'authorities that are not there',
      { MCP_REDIS_URL: 'rediss://r', MCP_REDIS_CA_FILE: absent },
      `MCP_REDIS_CA_FILE="${absent}": it cannot be read (ENOENT)`,
    ],
  ])('refuses %s by the name of the setting, and tells no secret', (_what, environment, refusal) => {
    let refused: unknown;
    try {
      redisPlace(settings(environment));
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect((refused as ConfigurationError).refusals).toEqual([expect.stringContaining(refusal)]);
    expect((refused as ConfigurationError).message).not.toContain('hunter2');
  });

  it('is nowhere by default: the log is embedded', () => {
    expect(isShared(settings({}))).toBe(false);
  });
});
