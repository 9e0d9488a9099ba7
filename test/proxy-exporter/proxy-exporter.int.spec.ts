import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RealPrometheus } from '@mcp/testing';
import { batch, emoji, meshedPods, redis, voting, web } from './mesh/pods.js';
import { samplesOf } from './page/exposed-samples.js';
import { ProxyExporter } from './proxy-exporter.js';

type Row = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] };

let exporter: ProxyExporter;
let prometheus: RealPrometheus;

beforeAll(async () => {
  exporter = await ProxyExporter.start({ speed: 100, releases: { [emoji.name]: '2.17' } });
  prometheus = await RealPrometheus.start({ jobs: exporter.scrapeJobs(), intervalMs: 500 });
}, 60_000);

afterAll(async () => {
  await prometheus.stop();
  await exporter.close();
});

async function ask(query: string): Promise<readonly Row[]> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await response.json()) as { data: { result: readonly Row[] } };
  return data.result;
}

const valuesBy = async (label: string, query: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await ask(query)).map(({ metric, value }) => [metric[label] ?? '', Number(value[1])] as const),
  );

const forAll = (n: number): Record<string, number> =>
  Object.fromEntries(meshedPods.map(({ name }) => [name, n]));

const settle = (query: string): Promise<void> => prometheus.until(query);

describe('a Prometheus that scrapes the pages', () => {
  it('takes every sample of every pod once', async () => {
    await settle(`count(up == 1) == ${meshedPods.length}`);
    expect(await valuesBy('pod', 'up')).toEqual(forAll(1));
    // by now each flow of the pod had its first event
    await settle('inbound_tcp_authz_deny_total > 10');
    const onPage = Object.fromEntries(
      meshedPods.map(({ name }) => [name, samplesOf(exporter.page(name)).size]),
    );
    await settle(`scrape_samples_scraped{pod="${web.name}"} == ${onPage[web.name] ?? 0}`);
    expect(await valuesBy('pod', 'scrape_samples_scraped')).toEqual(onPage);
    const stored = 'count by (pod) ({__name__=~".+",__name__!~"up|scrape_.*"})';
    expect(await valuesBy('pod', stored)).toEqual(onPage);
    const own = await (await fetch(`${prometheus.url}/metrics`)).text();
    expect(own).toContain('\nprometheus_target_scrapes_sample_duplicate_timestamp_total 0\n');
  });

  it('has the labels that linkerd-viz gives', async () => {
    const rows = await ask(`up{pod="${redis.name}"}`);
    expect(rows.map(({ metric }) => metric)).toEqual([
      {
        __name__: 'up',
        app: 'redis',
        control_plane_ns: 'linkerd',
        instance: '10.42.0.14:4191',
        job: 'linkerd-proxy',
        namespace: 'emojivoto',
        pod: 'redis-0',
        statefulset: 'redis',
        workload_ns: 'emojivoto',
      },
    ]);
  });

  it('sees the rates that are true, of every flow that a client counts', async () => {
    // the window is full
    await settle(`count_over_time(up{pod="${web.name}"}[20s]) >= 14`);
    const rows = await ask(
      'sum by (pod, target_ip, target_port) (rate(response_total{direction="outbound"}[6s]))',
    );
    const key = (...parts: readonly (string | number | undefined)[]): string => parts.join(' ');
    const seen = new Map(
      rows.map(({ metric: m, value }) => [key(m['pod'], m['target_ip'], m['target_port']), Number(value[1])]),
    );
    const addresses = new Map(meshedPods.map(({ name, ip }) => [name, ip]));
    const expected = exporter
      .truth()
      .flows.filter(({ serverPod, clientPod }) => serverPod !== undefined && clientPod !== undefined)
      .filter(({ protocol }) => protocol !== 'tcp')
      .map(({ clientPod, serverPod, port, perSecond }) => {
        const rate = perSecond.success + perSecond.failure;
        return [key(clientPod, addresses.get(serverPod ?? ''), port), rate] as const;
      });
    expect(expected).toHaveLength(14);
    const wrong = expected.filter(([flow, rate]) => !(Math.abs((seen.get(flow) ?? NaN) / rate - 1) < 0.05));
    expect(wrong).toEqual([]);
  });

  it('sees the latencies that are true', async () => {
    const quantile = (q: number, to: string): Promise<Record<string, number>> =>
      valuesBy(
        'pod',
        `histogram_quantile(${q}, sum by (pod, le) (rate(response_latency_ms_bucket{pod="${web.name}",dst_deployment="${to}"}[6s])))`,
      );
    const truth = exporter.truth().flows.find(({ flow }) => flow === 'web>voting')?.latency;
    const p50 = (await quantile(0.5, 'voting'))[web.name] ?? NaN;
    expect(truth?.p50Ms).toBeCloseTo(17.1, 1);
    expect(Math.abs(p50 / 17.1 - 1)).toBeLessThan(0.1);
    expect((await quantile(0.5, 'emoji'))[web.name] ?? NaN).toBeLessThan(5);
  });

  it('has denials to the last one', async () => {
    for (const flow of ['batch>voting', 'batch>web-admin', 'batch>redis'])
      exporter.commit({ kind: 'paced', flow, times: 0 });
    exporter.commit({ kind: 'burst', flow: 'batch>redis', n: 7 });
    const denied = exporter.truth().decisions.filter(({ what }) => what === 'denied');
    expect(denied).toHaveLength(3);
    for (const { pod, protocol, count } of denied)
      await settle(`inbound_${protocol}_authz_deny_total{pod="${pod}"} == ${count}`);
  });

  it('takes the page of an older release', async () => {
    const rows = await ask(`response_total{pod="${emoji.name}",direction="inbound",target_port="8080"}`);
    expect(new Set(rows.map(({ metric }) => metric['authority']))).toEqual(
      new Set(['emoji-svc.emojivoto.svc.cluster.local:8080']),
    );
    expect(rows.filter(({ metric }) => metric['srv_port'] !== undefined)).toEqual([]);
  });

  it('takes what is absurd as it is', async () => {
    exporter.commit({ kind: 'overwritten', pod: batch.name, family: 'request_total', value: 'NaN' });
    exporter.commit({ kind: 'large', pod: batch.name, lines: 5000 });
    await settle(`scrape_samples_scraped{pod="${batch.name}"} > 5000`);
    const rows = await ask(`request_total{pod="${batch.name}",dst_deployment="voting"}`);
    expect(rows.map(({ value }) => value[1])).toEqual(['NaN']);
    expect(await valuesBy('pod', `up{pod="${batch.name}"}`)).toEqual({ [batch.name]: 1 });
    exporter.commit({ kind: 'answers', pod: batch.name });
  });

  it('is refused where a page is not to be had', async () => {
    exporter.commit({ kind: 'unreachable', pod: web.name });
    exporter.commit({ kind: 'forbidden', pod: voting.name });
    exporter.commit({ kind: 'garbage', pod: emoji.name });
    exporter.commit({ kind: 'slow', pod: redis.name, delayMs: 1000 });
    const failing = [web, voting, emoji, redis];
    await settle('count(up == 0) == 4');
    expect(await valuesBy('pod', 'up == 0')).toEqual(
      Object.fromEntries(failing.map(({ name }) => [name, 0])),
    );
    for (const { name } of failing) exporter.commit({ kind: 'answers', pod: name });
    await settle(`count(up == 1) == ${meshedPods.length}`);
  });
});

describe('targets that change', () => {
  it('have what their pods are labelled with, over everything else', async () => {
    const labels = { namespace: 'team-a', job: 'nightly', deployment: 'web', direction: 'sideways' };
    exporter.commit({ kind: 'labelled', pod: batch.name, labels });
    await prometheus.setJobs(exporter.scrapeJobs());
    await settle('up{job="nightly"} == 1');
    const [row] = await ask('request_total{job="nightly",exported_direction="outbound"}');
    expect(row?.metric).toMatchObject({ pod: batch.name, ...labels, instance: '10.42.0.15:4191' });
  });

  it('are gone with their pods', async () => {
    exporter.commit({ kind: 'gone', pod: redis.name });
    await prometheus.setJobs(exporter.scrapeJobs());
    await settle(`absent(up{pod="${redis.name}"})`);
    exporter.commit({ kind: 'back', pod: redis.name });
    await prometheus.setJobs(exporter.scrapeJobs());
    await settle(`up{pod="${redis.name}"} == 1`);
    expect(await ask(`up{pod="${redis.name}"}`)).toHaveLength(1);
  });

  it('are found by a plain PodMonitor, and scraped twice', async () => {
    exporter.commit({ kind: 'labelled', pod: batch.name, labels: {} });
    exporter.commit({ kind: 'scraped-twice', on: true });
    await prometheus.setJobs(exporter.scrapeJobs('plain'));
    await settle(`count(up{endpoint="linkerd-admin"} == 1) == ${2 * meshedPods.length}`);
    const rows = await ask(`up{pod="${web.name}",endpoint!=""}`);
    expect(new Set(rows.map(({ metric }) => metric))).toEqual(
      new Set(
        ['again/linkerd-proxy', 'monitoring/linkerd-proxy'].map((job) => ({
          __name__: 'up',
          container: 'linkerd-proxy',
          endpoint: 'linkerd-admin',
          instance: '10.42.0.11:4191',
          job,
          namespace: 'emojivoto',
          pod: web.name,
        })),
      ),
    );
  });
});

describe('the exporter, asked over HTTP', () => {
  const post = (fault: string): Promise<Response> =>
    fetch(`${exporter.url}/faults`, { method: 'POST', body: fault });

  it('tells the truth, and commits faults', async () => {
    const before = exporter.truth().flows.find(({ flow }) => flow === 'batch>redis')?.counts.opened ?? NaN;
    const answered = await post('{"kind":"burst","flow":"batch>redis","n":5}');
    expect(answered.status).toBe(204);
    const truth = (await (await fetch(`${exporter.url}/truth`)).json()) as ReturnType<typeof exporter.truth>;
    const after = truth.flows.find(({ flow }) => flow === 'batch>redis')?.counts.opened;
    expect(after).toBe(before + 5);
  });

  it.each([
    ['{"kind":"burst","flow":"nobody","n":5}', /no flow nobody/],
    ['{"kind":"flood"}', /flood/],
    ['<fault/>', /JSON/],
  ])('refuses %s', async (fault, message) => {
    const answered = await post(fault);
    expect([answered.status, await answered.text()]).toEqual([400, expect.stringMatching(message)]);
  });

  it('knows no other page', async () => {
    const statuses = ['/', '/pods/nobody/metrics'].map(
      async (path) => (await fetch(exporter.url + path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([404, 400]);
  });
});
