import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, describeSettings, readSettings, refuseUnknown } from './setting.js';
import { TrafficSettings } from './traffic-settings.js';
import { allSettings, ApiSettings, EventLogSettings, ProcessSettings, SourceSettings } from './settings.js';

function refusalsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.refusals;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('have defaults for everything that a laptop needs', () => {
    expect(readSettings(EventLogSettings, {})).toMatchObject({
      mesh: 'default',
      redisReplicas: 0,
      dataDir: '.data',
      keepEvents: 1_000_000,
      keepMiB: 1024,
    });
    expect(readSettings(SourceSettings, {}).clusterSource).toBe('simulated');
  });

  it('are read from the environment, numbers and lists included', () => {
    expect(readSettings(ProcessSettings, { MCP_HTTP_PORT: '8080', MCP_LOG_LEVEL: 'warn' })).toMatchObject({
      httpPort: 8080,
      logLevel: 'warn',
    });
    expect(readSettings(SourceSettings, { MCP_NAMESPACES: 'shop, web' }).namespaces).toEqual(['shop', 'web']);
  });

  it('read lengths of time into milliseconds', () => {
    const hour = 3_600_000;
    expect(readSettings(TrafficSettings, {}).keepSamples).toEqual([hour, 24 * hour, 30 * 24 * hour]);
    const given = readSettings(TrafficSettings, { MCP_TRAFFIC_KEEP: '90m, 2d,60d' });
    expect(given.keepSamples).toEqual([1.5 * hour, 48 * hour, 60 * 24 * hour]);
  });

  it('take an empty variable for an absent one', () => {
    expect(readSettings(EventLogSettings, { MCP_REDIS_URL: '' }).redisUrl).toBeUndefined();
  });

  it.each([
    ['a word for a port', ApiSettings, { MCP_GRPC_PORT: 'http' }, 'MCP_GRPC_PORT="http"'],
    ['a port that does not exist', ApiSettings, { MCP_GRPC_PORT: '70000' }, 'MCP_GRPC_PORT="70000"'],
    ['an unknown way to authenticate', ApiSettings, { MCP_AUTH: 'magic' }, 'MCP_AUTH="magic"'],
    ['an unknown source', SourceSettings, { MCP_CLUSTER_SOURCE: 'docker' }, 'MCP_CLUSTER_SOURCE="docker"'],
    ['a namespace that cannot be one', SourceSettings, { MCP_NAMESPACES: 'Shop' }, 'MCP_NAMESPACES="Shop"'],
    [
      'a network with too long a prefix',
      SourceSettings,
      { MCP_CLUSTER_NETWORKS: '10.0.0.0/99' },
      'MCP_CLUSTER_NETWORKS',
    ],
    [
      'a network that is none',
      SourceSettings,
      { MCP_PROBE_NETWORKS: '0.0.0.0/0,bananas' },
      'MCP_PROBE_NETWORKS',
    ],
    [
      'a length of time that is none',
      TrafficSettings,
      { MCP_TRAFFIC_KEEP: '1h,24h,ever' },
      'MCP_TRAFFIC_KEEP',
    ],
    ['two lengths of time', TrafficSettings, { MCP_TRAFFIC_KEEP: '1h,24h' }, 'MCP_TRAFFIC_KEEP'],
    [
      'a matcher that is not quoted',
      TrafficSettings,
      { MCP_PROMETHEUS_MATCHERS: 'cluster=west' },
      'MCP_PROMETHEUS_MATCHERS',
    ],
    [
      'a URL without a scheme',
      TrafficSettings,
      { MCP_PROMETHEUS_URL: 'prometheus:9090' },
      'MCP_PROMETHEUS_URL',
    ],
    ['a mesh name with a slash', EventLogSettings, { MCP_MESH: 'a/b' }, 'MCP_MESH="a/b"'],
  ])('refuse %s and name the variable', (_what, section, environment, named) => {
    expect(refusalsOf(() => readSettings<object>(section, environment))).toEqual([
      expect.stringContaining(named),
    ]);
  });

  it('name every wrong variable at once', () => {
    expect(
      refusalsOf(() => readSettings(ProcessSettings, { MCP_HTTP_PORT: 'x', MCP_LOG_LEVEL: 'loud' })),
    ).toHaveLength(2);
  });

  it('never print a secret', () => {
    const refusals = refusalsOf(() =>
      readSettings(EventLogSettings, { MCP_REDIS_URL: 'http://:hunter2@redis' }),
    );
    expect(refusals).toEqual([expect.stringMatching(/^MCP_REDIS_URL=a secret: it must be redis:/)]);
    expect(refusals.join()).not.toContain('hunter2');
  });

  it('refuse a variable with our prefix that nothing reads', () => {
    expect(
      refusalsOf(() => refuseUnknown(allSettings, { MCP_GRPC_PROT: '1', PATH: '/bin', MCP_MESH: 'm' })),
    ).toEqual(['MCP_GRPC_PROT: there is no such setting; --help lists them']);
  });

  it('are described with their defaults', () => {
    expect(describeSettings([ProcessSettings])).toContain('[10901]');
  });
});
