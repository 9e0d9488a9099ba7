import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CounterSeen } from '@mcp/sources';
import { CallingMesh } from '../../test/calling-mesh.js';
import { resources } from '../resource-type.js';
import { proxyPage } from './proxy-page.js';
import { scrapeTargets } from './scrape-targets.js';

interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text format, read apart from what writes it. Throws for a line that is none. */
function linesOf(page: string): readonly Line[] {
  const samples = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return samples.map((line) => {
    const [, name = '', , inBraces = '', value = ''] = /^([a-z_]+)(\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`not a sample: ${line}`);
    const labels: Record<string, string> = {};
    const rest = inBraces.replace(/([a-z_]+)="((?:[^"\\]|\\.)*)",?/g, (_, label: string, text: string) => {
      expect(labels).not.toHaveProperty(label);
      labels[label] = text;
      return '';
    });
    expect(rest).toBe('');
    return { name, labels, value: Number(value) };
  });
}

let mesh: CallingMesh;
let pages: ReadonlyMap<string, readonly Line[]>;
beforeAll(() => {
  mesh = new CallingMesh();
  mesh.passSeconds(60);
  mesh.delete(resources.AuthorizationPolicy, 'ledger', 'ledger-db-from-ledger');
  mesh.passSeconds(60);
  pages = new Map(
    [...mesh.traffic.proxies].map((proxy) => [
      `${proxy.instance.namespace}/${proxy.instance.name}`,
      linesOf(proxyPage(proxy, mesh.now)),
    ]),
  );
});
afterAll(() => mesh.close());

const everyLine = (): readonly Line[] => [...pages.values()].flat();
const pageOf = (app: string): readonly Line[] =>
  [...pages].find(([pod]) => pod.split('/')[1]!.startsWith(`${app}-`))![1];
const sum = (lines: readonly Line[], name: string, wanted: Readonly<Record<string, string>> = {}): number =>
  lines
    .filter(
      (line) => line.name === name && Object.entries(wanted).every(([l, text]) => line.labels[l] === text),
    )
    .reduce((total, { value }) => total + value, 0);

/** What `CounterSeen` says of one line of a page. */
const families: Readonly<Record<string, Pick<CounterSeen, 'what' | 'protocol'>>> = {
  inbound_http_authz_allow_total: { what: 'allowed', protocol: 'http' },
  inbound_http_authz_deny_total: { what: 'denied', protocol: 'http' },
  inbound_http_route_not_found_total: { what: 'route-not-found', protocol: 'http' },
  inbound_tcp_authz_allow_total: { what: 'allowed', protocol: 'tcp' },
  inbound_tcp_authz_deny_total: { what: 'denied', protocol: 'tcp' },
  inbound_tcp_authz_terminate_total: { what: 'terminated', protocol: 'tcp' },
};

describe('the page of a simulated proxy', () => {
  it('has each series once, a number in each, and no series before its first event', () => {
    for (const lines of pages.values()) {
      const series = lines.map(({ name, labels }) => name + JSON.stringify(Object.entries(labels).sort()));
      expect(new Set(series).size).toBe(series.length);
      expect(lines.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
      const born = lines.filter(({ name }) =>
        /^(request|response)_total$|authz|not_found|statuses|requests_total/.test(name),
      );
      expect(born.filter(({ value }) => value === 0)).toEqual([]);
    }
    expect(pages.size).toBeGreaterThan(20);
  });

  it('ends, names families of the client library without their `_total`, and none that has no series', () => {
    const [web = ''] = mesh.pods('shop', 'web');
    const page = proxyPage(mesh.traffic.proxyOf('shop', web)!, mesh.now);
    expect(page.endsWith('# EOF\n')).toBe(true);
    expect(page).toContain('# TYPE outbound_http_route_request_statuses counter\n');
    expect(page).toContain('# TYPE request_total counter\n');
    const families = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    expect(new Set(families).size).toBe(families.length);
    const [emailer = ''] = mesh.pods('shop', 'emailer');
    const quiet = proxyPage(mesh.traffic.proxyOf('shop', emailer)!, mesh.now);
    expect(quiet).toContain('# TYPE inbound_http_authz_deny_total counter\n');
    expect(quiet).not.toContain('inbound_tcp_authz');
    expect(quiet).not.toContain('outbound');
  });

  it('says what the reading says that was decided, counter for counter', () => {
    const onPages = [...pages].flatMap(([pod, lines]) =>
      lines.flatMap(({ name, labels, value }) => {
        const counted = families[name];
        if (counted === undefined || labels['target_port'] === '4191') return [];
        const what = labels['authz_name'] === 'audit' ? 'audited' : counted.what;
        const { srv_name, srv_port, route_name, authz_name, client_id = 'none' } = labels;
        return [[pod, what, counted.protocol, srv_name, srv_port, route_name, authz_name, client_id, value]];
      }),
    );
    const inReading = mesh.read().counters.map(({ serving, what, protocol, server, port, ...more }) => {
      const { route, authorization, client, value } = more;
      const identity = client.kind === 'identity' ? client.identity : 'none';
      const pod = `${serving.namespace}/${serving.pod}`;
      return [
        pod,
        what,
        protocol,
        server.name,
        String(port),
        route?.name,
        authorization?.name,
        identity,
        value,
      ];
    });
    const inOrder = (rows: readonly unknown[][]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(inOrder(onPages)).toEqual(inOrder(inReading));
    expect(new Set(onPages.map(([, what]) => what))).toEqual(
      new Set(['allowed', 'denied', 'audited', 'route-not-found', 'terminated']),
    );
  });

  it('has as many latencies as responses, in growing buckets', () => {
    for (const lines of pages.values())
      expect(sum(lines, 'response_latency_ms_count')).toBe(sum(lines, 'response_total'));
    const buckets = everyLine().filter(({ name }) => name === 'response_latency_ms_bucket');
    let reached = 0;
    for (const { labels, value } of buckets) {
      if (labels['le'] === '1') reached = 0;
      expect(value).toBeGreaterThanOrEqual(reached);
      reached = value;
    }
    const web = pageOf('web').filter(({ labels }) => labels['dst_deployment'] === 'orders');
    const all = sum(web, 'response_latency_ms_bucket', { le: '+Inf' });
    expect(sum(web, 'response_latency_ms_bucket', { le: '10' })).toBeLessThan(all / 2);
    expect(sum(web, 'response_latency_ms_bucket', { le: '20' })).toBeGreaterThan(all / 2);
  });

  it('names an endpoint as the proxy of a client does', () => {
    const line = pageOf('edge').find(({ name }) => name === 'response_total');
    const pod = mesh.store
      .list(resources.Pod, 'shop')
      .find(({ metadata }) => metadata.name === line?.labels['dst_pod']);
    const { podIP } = pod?.['status'] as { podIP: string };
    expect(line?.labels).toEqual({
      direction: 'outbound',
      authority: 'web.shop.svc.cluster.local:80',
      target_addr: `${podIP}:8080`,
      target_ip: podIP,
      target_port: '8080',
      tls: 'true',
      server_id: 'web.shop.serviceaccount.identity.linkerd.cluster.local',
      dst_control_plane_ns: 'linkerd',
      dst_deployment: 'web',
      dst_namespace: 'shop',
      dst_pod: pod?.metadata.name,
      dst_pod_template_hash: pod?.metadata.labels?.['pod-template-hash'],
      dst_service: 'web',
      dst_serviceaccount: 'web',
      dst_zone: '',
      dst_zone_locality: 'unknown',
      status_code: '200',
      classification: 'success',
      grpc_status: '',
      error: '',
    });
    expect(Object.keys(line?.labels ?? {}).slice(7, -4)).toEqual(
      Object.keys(line?.labels ?? {})
        .slice(7, -4)
        .sort(),
    );
  });

  it('says of a place out of the cluster only where it is', () => {
    const line = pageOf('payments').find(
      ({ name, labels }) => name === 'tcp_open_total' && labels['target_port'] === '443',
    );
    expect(line?.labels).toEqual({
      direction: 'outbound',
      peer: 'dst',
      target_addr: '203.0.113.10:443',
      target_ip: '203.0.113.10',
      target_port: '443',
      tls: 'no_identity',
      no_tls_reason: 'not_provided_by_service_discovery',
    });
  });

  it('counts gRPC under names of its own only where a GRPCRoute took it', () => {
    expect(sum(pageOf('catalog'), 'inbound_grpc_statuses_total', { status: '0' })).toBeGreaterThan(0);
    expect(sum(pageOf('catalog'), 'inbound_http_statuses_total', { parent_port: '9090' })).toBe(0);
    expect(sum(pageOf('fraud-check'), 'inbound_http_statuses_total', { parent_port: '9090' })).toBe(96);
  });

  it('shows scrapes and probes of the proxy at its own port', () => {
    const web = pageOf('web').filter(({ labels }) => labels['target_addr'] === '0.0.0.0:4191');
    expect(sum(web, 'inbound_http_authz_allow_total', { authz_name: 'proxy-admin-from-prometheus' })).toBe(
      12,
    );
    expect(sum(web, 'inbound_http_authz_allow_total', { authz_name: 'probe' })).toBe(24);
  });

  it('is offered to Prometheus with the labels that linkerd-viz gives', () => {
    const targets = scrapeTargets(mesh.traffic.proxies, 'mesh:1');
    const db = targets.find(({ labels }) => labels['pod'] === 'ledger-db-0');
    const proxy = mesh.traffic.proxyOf('ledger', 'ledger-db-0');
    expect(db).toEqual({
      targets: ['mesh:1'],
      labels: {
        __metrics_path__: '/proxies/ledger/ledger-db-0/metrics',
        job: 'linkerd-proxy',
        instance: `${proxy?.instance.address}:4191`,
        namespace: 'ledger',
        pod: 'ledger-db-0',
        app: 'ledger-db',
        control_plane_ns: 'linkerd',
        statefulset: 'ledger-db',
        workload_ns: 'ledger',
      },
    });
    expect(targets.length).toBe(pages.size);
  });
});
