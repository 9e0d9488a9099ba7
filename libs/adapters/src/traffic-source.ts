import { type Credentials, PrometheusClient } from '@mcp/prometheus';
import { ProxyMetricsSource } from '@mcp/proxy-metrics';
import {
  ConfigurationError,
  type SimulationSettings,
  type SourceSettings,
  type TrafficSettings,
} from '@mcp/runtime';
import type { TrafficSource } from '@mcp/sources';
import { SimulatedTrafficSource } from './simulated-traffic-source.js';

/** Where traffic is read. */
export interface OpenedTraffic {
  /** Undefined where there is nothing to ask; `absent` then says why, for a person. */
  readonly source: TrafficSource | undefined;
  readonly absent: string;
  close(): Promise<void>;
}

/** Fails with `ConfigurationError` where the settings contradict each other. */
export function openTrafficSource(
  traffic: TrafficSettings,
  { clusterSource }: Pick<SourceSettings, 'clusterSource'>,
  { url }: Pick<SimulationSettings, 'url'>,
): OpenedTraffic {
  if (clusterSource.startsWith('manifests:')) return nothing('manifests are a still picture without traffic');
  if (traffic.prometheusUrl !== undefined) return prometheus(traffic, traffic.prometheusUrl);
  if (clusterSource === 'simulated' && url !== undefined)
    return { source: new SimulatedTrafficSource(url), absent: '', close: async () => undefined };
  return nothing('MCP_PROMETHEUS_URL does not say which Prometheus scrapes the proxies');
}

function nothing(absent: string): OpenedTraffic {
  return { source: undefined, absent, close: async () => undefined };
}

function prometheus(settings: TrafficSettings, url: string): OpenedTraffic {
  const { prometheusTenant, prometheusCaFile: caFile, prometheusJob: job, prometheusMatchers } = settings;
  const credentials = credentialsOf(settings);
  const delayMs = settings.prometheusDelaySeconds && settings.prometheusDelaySeconds * 1000;
  try {
    const client = new PrometheusClient({
      url,
      ...(credentials && { credentials }),
      ...(prometheusTenant !== undefined && { headers: { 'X-Scope-OrgID': prometheusTenant } }),
      ...(caFile !== undefined && { caFile }),
    });
    const matchers = [`job=~${JSON.stringify(job)}`, ...(prometheusMatchers ? [prometheusMatchers] : [])];
    const source = new ProxyMetricsSource(client, {
      matchers: matchers.join(','),
      scrapeIntervalMs: settings.prometheusScrapeSeconds * 1000,
      minWindowMs: settings.prometheusWindowSeconds * 1000,
      ...(delayMs !== undefined && { delayMs }),
    });
    return { source, absent: '', close: () => client.close() };
  } catch (error) {
    throw new ConfigurationError([
      `MCP_PROMETHEUS_*: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}

function credentialsOf({
  prometheusTokenFile: tokenFile,
  prometheusUser: user,
  prometheusPasswordFile: passwordFile,
}: TrafficSettings): Credentials | undefined {
  if ((user === undefined) !== (passwordFile === undefined))
    throw new ConfigurationError([
      'MCP_PROMETHEUS_USER and MCP_PROMETHEUS_PASSWORD_FILE go together: set both, or neither',
    ]);
  if (tokenFile !== undefined && user !== undefined)
    throw new ConfigurationError([
      'MCP_PROMETHEUS_TOKEN_FILE and MCP_PROMETHEUS_USER are two ways to authenticate: set one of them',
    ]);
  if (tokenFile !== undefined) return { tokenFile };
  return user === undefined || passwordFile === undefined ? undefined : { user, passwordFile };
}
