import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SimulatedTrafficSource } from '@mcp/adapters';
import { canonicalJson } from '@mcp/mesh';
import { PrometheusClient } from '@mcp/prometheus';
import { ProxyMetricsSource } from '@mcp/proxy-metrics';
import type { SimulatedMesh, SimulatedMeshOptions } from '@mcp/simulated-mesh';
import { startSimulatedMesh } from '@mcp/simulated-mesh';
import type { TrafficReading } from '@mcp/sources';
import { RealPrometheus } from '@mcp/testing';
import { naiveDecider } from './policy-agreement/naive-decider.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface OnClock {
  readonly mesh: SimulatedMesh;
  /** Moves the clock of the mesh, a second at a time. */
  readonly pass: (seconds: number) => Promise<void>;
  readonly read: (latency?: boolean) => Promise<TrafficReading>;
}

const never = new AbortController().signal;

/** A mesh that keeps still, on a clock that stands until it is moved. */
async function onClock(options: Partial<SimulatedMeshOptions> = {}): Promise<OnClock> {
  let now = Date.now() - 3_600_000;
  const mesh = await startSimulatedMesh({
    ...{ port: 0, host: '127.0.0.1', seed: '7', paceMs: 0, now: () => now },
    ...options,
  });
  ends.push(() => mesh.close());
  const source = new SimulatedTrafficSource(mesh.url);
  return {
    mesh,
    pass: async (seconds) => {
      for (let left = seconds; left > 0; left -= 20) {
        now += Math.min(left, 20) * 1000;
        await fetch(`${mesh.url}/proxies`);
      }
    },
    read: (latency = false) => source.read({ latency }, never),
  };
}

const policyUrl = ({ url }: SimulatedMesh, namespace: string, name: string) =>
  `${url}/apis/policy.linkerd.io/v1alpha1/namespaces/${namespace}/authorizationpolicies/${name}`;

function decidedFor(reading: TrafficReading, server: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { what, server: governing, client, value } of reading.counters)
    if (governing.name === server && client.kind === 'identity') sums[what] = (sums[what] ?? 0) + value;
  return sums;
}

describe('the traffic of the simulated mesh, read over HTTP', () => {
  it('turns denied with the next reading after a policy was deleted', async () => {
    const { mesh, pass, read } = await onClock();
    await pass(60);
    expect(decidedFor(await read(), 'web-http')).toEqual({ allowed: 960 });
    const answer = await fetch(policyUrl(mesh, 'shop', 'web-from-edge'), { method: 'DELETE' });
    expect(answer.status).toBe(200);
    await pass(10);
    expect(decidedFor(await read(), 'web-http')).toEqual({ allowed: 960, denied: 160 });
  });

  it('has latencies where they are asked for, the last bound infinite', async () => {
    const { pass, read } = await onClock();
    await pass(20);
    expect(await read()).not.toHaveProperty('latency');
    const { latency = [] } = await read(true);
    expect(latency.length).toBeGreaterThan(10);
    expect(latency.map(({ buckets }) => buckets.at(-1)?.upToMs)).toEqual(latency.map(() => Infinity));
  });

  it('is the same where the second implementation of policy decides', async () => {
    const [ours, naive] = await Promise.all([onClock(), onClock({ decider: naiveDecider })]);
    for (const { mesh, pass } of [ours, naive]) {
      await pass(60);
      await fetch(policyUrl(mesh, 'ledger', 'ledger-db-from-ledger'), { method: 'DELETE' });
      await fetch(policyUrl(mesh, 'shop', 'cart-from-web'), { method: 'DELETE' });
      await pass(60);
    }
    // the pods of both are those of one seed
    const decided = (reading: TrafficReading) => reading.counters.map((row) => canonicalJson(row)).sort();
    const [byOurs, byNaive] = [decided(await ours.read()), decided(await naive.read())];
    expect(byOurs.length).toBeGreaterThan(50);
    expect(byNaive).toEqual(byOurs);
  });
});

describe('a simulated mesh that cannot be asked', () => {
  const read = (url: string, signal = never) =>
    new SimulatedTrafficSource(url).read({ latency: false }, signal);

  async function answering(status: number, body: string): Promise<string> {
    const server: Server = createServer((_, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is unreachable where nothing listens', async () => {
    await expect(read('http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'TRAFFIC_UNAVAILABLE',
      fault: 'UNREACHABLE',
      message: expect.stringContaining('http://127.0.0.1:1'),
    });
  });

  it.each([
    ['an error', 404, '{}'],
    ['a page', 200, '<html></html>'],
    ['other JSON', 200, '{"at":1,"windowMs":1}'],
  ])('gives no reading where it answers with %s', async (_, status, body) => {
    await expect(read(await answering(status, body))).rejects.toMatchObject({
      code: 'TRAFFIC_UNAVAILABLE',
      fault: 'INVALID',
    });
  });

  it('ends with the signal', async () => {
    const { mesh } = await onClock();
    await expect(read(mesh.url, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('a real Prometheus that discovers the simulated proxies', () => {
  it('has what the simulated mesh says itself', async () => {
    const { mesh, pass, read } = await onClock();
    await pass(120);
    const job = { name: 'simulated', targets: [], discovery: `${mesh.url}/proxies` };
    const prometheus = await RealPrometheus.start({ jobs: [job], intervalMs: 1_000 });
    ends.push(() => prometheus.stop());
    const { proxies } = await read();
    // rates need two scrapes of each
    await prometheus.until(
      `count(count_over_time(up{job="linkerd-proxy"}[1m]) > 2 and up == 1) == ${proxies.length}`,
    );
    const source = new ProxyMetricsSource(new PrometheusClient({ url: prometheus.url }), {
      scrapeIntervalMs: 1_000,
      delayMs: 0,
    });
    const agree = async () => {
      const [scraped, own] = [await source.read({ latency: true }, never), await read(true)];
      expect(scraped).toMatchObject({ missing: [], rejected: [] });
      expect(pictureOf(scraped)).toEqual(pictureOf(own));
    };
    await agree();

    await fetch(policyUrl(mesh, 'shop', 'web-from-edge'), { method: 'DELETE' });
    await pass(20);
    // each proxy is scraped at its own moment: all of them once more
    await prometheus.until(
      `count(timestamp(up{job="linkerd-proxy"}) > ${Date.now() / 1000} and up == 1) == ${proxies.length}`,
    );
    await prometheus.until('sum(inbound_http_authz_deny_total{srv_name="web-http"}) == 320');
    await prometheus.until(
      'min(count_over_time(inbound_http_authz_deny_total{srv_name="web-http"}[1m])) > 1',
    );
    await agree();
  }, 90_000);
});

/** All of a reading but rates, which a mesh that stands still has none of. */
function pictureOf({
  proxies,
  requests,
  latency = [],
  connections,
  inbound,
  counters,
  routes,
}: TrafficReading) {
  const rows = (all: readonly object[]) => all.map((row) => canonicalJson(row)).sort();
  return {
    proxies: rows(
      proxies.map(({ namespace, pod, address, job, up, startedAt, version, scrapes }) => ({
        ...{ namespace, pod, address, job, up, version, scrapes },
        startedAt: Math.round((startedAt ?? NaN) / 1000),
      })),
    ),
    requests: rows(requests.map(({ client, destination, tls }) => ({ client, destination, tls }))),
    latency: rows(
      latency.map(({ client, destination, buckets }) => ({ client, destination, bounds: buckets.length })),
    ),
    connections: rows(
      connections.map(({ client, destination, tls, open }) => ({ client, destination, tls, open })),
    ),
    inbound: rows(
      inbound.map(({ successPerSecond: _, failurePerSecond: __, openConnections: open, ...row }) => ({
        ...row,
        ...(open !== undefined && { open }),
      })),
    ),
    counters: rows(counters),
    routes: rows(
      routes.map(({ client, parent, route, backend, protocol }) => ({
        client,
        parent,
        route,
        backend,
        protocol,
      })),
    ),
  };
}
