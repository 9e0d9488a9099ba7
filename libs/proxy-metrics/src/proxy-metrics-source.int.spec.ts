import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrometheusClient } from '@mcp/prometheus';
import type { CounterSeen, RequestsSeen, TrafficReading } from '@mcp/sources';
import { RealPrometheus } from '@mcp/testing';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../../../test/proxy-exporter/fault.js';
import { meshedPods, voting, web } from '../../../test/proxy-exporter/mesh/pods.js';
import { ProxyExporter } from '../../../test/proxy-exporter/proxy-exporter.js';
import type { FlowTruth, Truth } from '../../../test/proxy-exporter/truth.js';
import { ProxyMetricsSource } from './proxy-metrics-source.js';

const windowMs = 5_000;
const delayMs = 1_500;
/** So fast that the slowest flow makes 25 calls in a window. */
const speed = 100;

let exporter: ProxyExporter;
let prometheus: RealPrometheus;
let client: PrometheusClient;

beforeAll(async () => {
  exporter = await ProxyExporter.start({ speed, releases: { 'batch-7c5d8b9f6d-qq8zt': '2.16' } });
  prometheus = await RealPrometheus.start({ jobs: exporter.scrapeJobs(), intervalMs: 1_000 });
  client = new PrometheusClient({ url: prometheus.url });
  await prometheus.until(`count(up == 1) == ${meshedPods.length}`);
}, 60_000);

afterAll(async () => {
  await client.close();
  await prometheus.stop();
  await exporter.close();
});

function read(matchers = 'job=~"linkerd-proxy|.*/linkerd-proxy"'): Promise<TrafficReading> {
  const source = new ProxyMetricsSource(client, {
    matchers,
    delayMs,
    scrapeIntervalMs: 1_000,
    minWindowMs: windowMs,
  });
  return source.read({ latency: true }, AbortSignal.timeout(20_000));
}

/** Until windows hold only what happened since, latencies' too. */
const settled = () => pause(2 * windowMs + delayMs + 1_500);

async function withFault<T>(fault: Fault, cure: Fault, look: () => Promise<T>): Promise<T> {
  exporter.commit(fault);
  await prometheus.setJobs(exporter.scrapeJobs());
  try {
    await settled();
    return await look();
  } finally {
    exporter.commit(cure);
    await prometheus.setJobs(exporter.scrapeJobs());
  }
}

const isAdmin = ({ port }: { readonly port: number }) => port === 4191;

/** What tells the flows of the synthetic mesh apart, in its words and in ours. */
function flowKey({ clientPod, destination, port }: FlowTruth): string {
  const to = destination.kind === 'workload' ? destination.workload.name : destination.kind;
  return `${clientPod ?? ''}>${to}:${port}`;
}

function rowKey({
  client: { pod },
  destination: { workload, mirrored, port },
}: Pick<RequestsSeen, 'client' | 'destination'>): string {
  return `${pod}>${workload?.name ?? (mirrored === undefined ? 'external' : 'mirrored')}:${port}`;
}

/** By key, within 5 % of one another; 0 only where the other is as well. */
function expectClose(seen: ReadonlyMap<string, number>, truth: ReadonlyMap<string, number>): void {
  const wrong = [...truth].filter(
    ([key, value]) => !(Math.abs((seen.get(key) ?? NaN) - value) <= 0.05 * value),
  );
  expect(wrong.map(([key, value]) => [key, value, seen.get(key)])).toEqual([]);
  expect([...seen.keys()].filter((key) => !truth.has(key))).toEqual([]);
}

function ofFlows(
  flows: readonly FlowTruth[],
  value: (flow: FlowTruth) => number,
): ReadonlyMap<string, number> {
  const shown = flows.filter((flow) => flow.clientPod !== undefined && !isAdmin(flow));
  return new Map(shown.map((flow) => [flowKey(flow), value(flow)]));
}

describe('what the proxies of a mesh count', () => {
  let truth: Truth;
  let reading: TrafficReading;

  beforeAll(async () => {
    await settled();
    reading = await read();
    truth = exporter.truth();
  }, 60_000);

  it('is all there', () => {
    expect(reading).toMatchObject({ missing: [], rejected: [], windowMs });
    expect(reading).not.toHaveProperty('missingDetails');
    expect(reading).not.toHaveProperty('incomplete');
  });

  it('names every proxy by its address, with its age and version', () => {
    const shown = reading.proxies.map(({ sampleAgeMs, certificateMs, startedAt = 0, ...rest }) => ({
      ...rest,
      fresh: sampleAgeMs !== undefined && sampleAgeMs <= 1_500,
      certified: certificateMs !== undefined && certificateMs > 0,
      startedAt: Math.round(startedAt / 1000),
    }));
    const expected = truth.proxies.map(({ namespace, pod, startedAt, version }) => ({
      ...{ namespace, pod, version, address: meshedPods.find(({ name }) => name === pod)?.ip },
      ...{ job: 'linkerd-proxy', up: true, scrapes: 1, fresh: true, certified: true },
      startedAt: Math.round(startedAt / 1000),
    }));
    const byPod = (a: { readonly pod: string }, b: { readonly pod: string }) => a.pod.localeCompare(b.pod);
    expect(shown.sort(byPod)).toEqual(expected.sort(byPod));
  });

  it('gives every client its requests, by what came of them', () => {
    const flows = truth.flows.filter(({ protocol }) => protocol !== 'tcp');
    const seen = (field: 'successPerSecond' | 'failurePerSecond') =>
      new Map(
        reading.requests.flatMap((row) =>
          row[field] === undefined ? [] : [[rowKey(row), row[field]] as const],
        ),
      );
    const failing = flows.filter(({ perSecond }) => perSecond.failure > 0);
    const succeeding = flows.filter(({ perSecond }) => perSecond.success > 0);
    expectClose(
      seen('successPerSecond'),
      ofFlows(succeeding, ({ perSecond }) => perSecond.success),
    );
    expectClose(
      seen('failurePerSecond'),
      ofFlows(failing, ({ perSecond }) => perSecond.failure),
    );
  });

  it('gives every client its connections and bytes', () => {
    const seen = (field: 'openedPerSecond' | 'writtenBytesPerSecond' | 'open') =>
      new Map(reading.connections.map((row) => [rowKey(row), row[field] ?? NaN]));
    const busy = truth.flows.filter(({ perSecond }) => perSecond.opened >= 5);
    const opened = ofFlows(busy, ({ perSecond }) => perSecond.opened);
    expectClose(new Map([...seen('openedPerSecond')].filter(([key]) => opened.has(key))), opened);
    const carrying = truth.flows.filter(({ perSecond }) => perSecond.writtenBytes > 0);
    const written = ofFlows(carrying, ({ perSecond }) => perSecond.writtenBytes);
    expectClose(new Map([...seen('writtenBytesPerSecond')].filter(([key]) => written.has(key))), written);
    expect(seen('open')).toEqual(ofFlows(truth.flows, ({ openConnections }) => openConnections));
  });

  it('tells mesh TLS from none, and whom the client reached', () => {
    const seen = new Map(reading.requests.map((row) => [rowKey(row), row.tls.tls === 'mesh']));
    expect(seen).toEqual(ofFlowsSecured(truth));
    const toVoting = reading.requests.filter(({ destination }) => destination.workload?.name === 'voting');
    expect(new Set(toVoting.map(({ tls }) => tls.identity))).toEqual(
      new Set(['voting.emojivoto.serviceaccount.identity.linkerd.cluster.local']),
    );
  });

  it('has every response in the last bucket of its latencies, and half of them below the middle', () => {
    const flows = truth.flows.filter(
      ({ protocol, clientPod }) => protocol !== 'tcp' && clientPod !== undefined,
    );
    const all = (reading.latency ?? []).map(
      (row) => [rowKey(row), row.buckets.at(-1)?.perSecond ?? NaN] as const,
    );
    expectClose(
      new Map(all),
      ofFlows(flows, ({ perSecond }) => perSecond.success + perSecond.failure),
    );
    for (const flow of flows.filter((one) => !isAdmin(one))) {
      const buckets = reading.latency?.find((row) => rowKey(row) === flowKey(flow))?.buckets ?? [];
      const half = (buckets.at(-1)?.perSecond ?? NaN) / 2;
      const p50Ms = flow.latency?.p50Ms ?? NaN;
      const middle = buckets.findIndex(({ perSecond }) => perSecond >= half * 0.98);
      expect((buckets[middle]?.upToMs ?? NaN) >= p50Ms * 0.98).toBe(true);
      expect((buckets[middle - 1]?.upToMs ?? 0) <= p50Ms).toBe(true);
    }
  });

  it('shows servers who calls them, unmeshed clients and probes included', () => {
    const ofWeb = reading.inbound.filter(
      ({ serving, successPerSecond }) => serving.pod === web.name && successPerSecond,
    );
    const shown = ofWeb.map(({ client, authorization, port, successPerSecond = 0 }) => [
      client.kind,
      authorization?.name,
      port,
      Math.round(successPerSecond / 5) * 5,
    ]);
    expect(shown.sort()).toEqual([
      ['identity', 'all-unauthenticated', 8080, 180],
      ['unmeshed', 'all-unauthenticated', 8080, 50],
      ['unmeshed', 'probe', 8080, 10],
    ]);
  });

  it('shows Services as their clients call them', () => {
    const toVoting = reading.routes.filter(
      ({ parent, client: { pod } }) => parent.name === 'voting-svc' && pod === web.name,
    );
    expect(
      toVoting.map(({ protocol, backend, route }) => [protocol, backend?.name, route.name]).sort(),
    ).toEqual([
      ['http', undefined, 'http'],
      ['http', 'voting-svc', 'http'],
    ]);
    const rate = toVoting.find(({ backend }) => backend === undefined)?.successPerSecond ?? NaN;
    expect(Math.abs(rate - 100)).toBeLessThanOrEqual(5);
  });
});

function ofFlowsSecured({ flows }: Truth): ReadonlyMap<string, boolean> {
  const shown = flows.filter(
    (flow) => flow.clientPod !== undefined && flow.protocol !== 'tcp' && !isAdmin(flow),
  );
  return new Map(shown.map((flow) => [flowKey(flow), flow.overMesh]));
}

it('counters of what servers decided are exact', async () => {
  const flows = exporter.truth().flows.map(({ flow }) => flow);
  for (const flow of flows) exporter.commit({ kind: 'paced', flow, times: 0 });
  await pause(delayMs + 3_000);
  const { counters, missing } = await read();
  const { decisions } = exporter.truth();
  for (const flow of flows) exporter.commit({ kind: 'paced', flow, times: 1 });

  expect(missing).toEqual([]);
  const seen = counters.map(({ serving, ...rest }: CounterSeen) => ({ pod: serving.pod, ...rest }));
  const expected = decisions
    .filter((decision) => !isAdmin(decision))
    .map(({ namespace: _, count, ...rest }) => ({ ...rest, value: count }));
  expect(expected.length).toBeGreaterThanOrEqual(10);
  expect(sorted(seen)).toEqual(sorted(expected));
}, 60_000);

function sorted<T extends { readonly pod: string; readonly what: string; readonly value: number }>(
  rows: readonly T[],
): readonly T[] {
  const key = ({ pod, what, value }: T) => `${pod} ${what} ${value}`;
  return [...rows].sort((a, b) => key(a).localeCompare(key(b)));
}

it('a pod whose labels take the place of its proxy’s is counted and not believed', async () => {
  const forged = {
    kind: 'labelled',
    pod: voting.name,
    labels: { direction: 'inbound', dst_deployment: 'vault' },
  } as const;
  const reading = await withFault(forged, { ...forged, labels: {} }, () => read());
  expect(reading.rejected).toContainEqual({
    reason: 'displaced-labels: a label of the pod takes the place of one of its proxy',
    rows: 1,
  });
  expect(reading.proxies.map(({ pod }) => pod)).not.toContain(voting.name);
  const believed = [...reading.connections, ...reading.requests].map(({ client: { pod } }) => pod);
  expect(believed).not.toContain(voting.name);
  expect(believed).toContain(web.name);
}, 90_000);

it('a proxy that cannot be scraped is down, and its counters are gone rather than old', async () => {
  const reading = await withFault(
    { kind: 'forbidden', pod: web.name },
    { kind: 'answers', pod: web.name },
    () => read(),
  );
  expect(reading.proxies.find(({ pod }) => pod === web.name)).toMatchObject({ up: false });
  expect(reading.counters.filter(({ serving }) => serving.pod === web.name)).toEqual([]);
}, 90_000);

it('values that cannot be are left out and counted', async () => {
  const absurd = { kind: 'overwritten', pod: web.name, family: 'tcp_open_connections' } as const;
  const reading = await withFault({ ...absurd, value: '-1' }, { ...absurd, value: '' }, () => read());
  const negative = reading.rejected.filter(({ reason }) => reason.endsWith(': negative'));
  expect(negative.map(({ reason }) => reason)).toEqual([
    'connections-open-to-pods: negative',
    'connections-open: negative',
    'inbound-connections: negative',
  ]);
}, 90_000);

it('another cluster’s proxies are not seen', async () => {
  const { proxies, requests, missing } = await read('job=~"linkerd-proxy|.*/linkerd-proxy",cluster="east"');
  expect({ proxies, requests, missing }).toEqual({ proxies: [], requests: [], missing: [] });
});

// last, since what a job that is no more scraped is seen for five minutes, and doubles sums
it('a proxy that two jobs scrape says so, and one of them that is no more does not vouch for it', async () => {
  const reading = await withFault(
    { kind: 'scraped-twice', on: true },
    { kind: 'scraped-twice', on: false },
    () => read(),
  );
  expect(new Set(reading.proxies.map(({ scrapes }) => scrapes))).toEqual(new Set([2]));
  exporter.commit({ kind: 'forbidden', pod: web.name });
  await settled();
  const { proxies } = await read();
  expect(proxies.find(({ pod }) => pod === web.name)).toMatchObject({ up: false });
}, 90_000);
