import { beforeEach, describe, expect, it, test } from '@jest/globals';
import type { TrafficReading } from '@mcp/sources';
import { FakeInstantQueries, type FakeSeries } from '../test/fake-instant-queries.js';
import {
  alive,
  cart,
  cartIdentity,
  cartPort,
  defaultRoute,
  fromWeb,
  of,
  report,
  scraped,
  toCart,
  web,
  webIdentity,
} from '../test/shop.js';
import { ProxyMetricsSource, type ProxyMetricsOptions } from './proxy-metrics-source.js';

const webClaim = { namespace: 'shop', pod: 'web-1', address: '10.0.0.1' };
const cartClaim = { namespace: 'shop', pod: 'cart-1', address: '10.0.0.2' };
const cartServer = { group: 'policy.linkerd.io', kind: 'server', name: 'cart-http' };
const byMeshTls = { tls: 'mesh', reason: '', identity: cartIdentity };
const cartDestination = {
  ...{ namespace: 'shop', service: 'cart', workload: { kind: 'Deployment', name: 'cart' } },
  ...{ authority: 'cart.shop.svc.cluster.local:80', port: 8080 },
};

let prometheus: FakeInstantQueries;
beforeEach(() => {
  prometheus = new FakeInstantQueries();
});

const never = new AbortController().signal;

function read(series: readonly FakeSeries[], options: ProxyMetricsOptions = {}): Promise<TrafficReading> {
  prometheus.series = series;
  return new ProxyMetricsSource(prometheus, options).read({ latency: true }, never);
}

describe('time', () => {
  it('all of a reading is asked at one time, a scrape and 5 s behind the server, in whole seconds', async () => {
    prometheus.serverTimeMs = 1_787_000_000_700;
    const { at } = await read(alive(web), { scrapeIntervalMs: 15_000 });
    expect(at).toBe(1_786_999_980_000);
    expect(new Set(prometheus.asked.map(({ timeMs }) => timeMs))).toEqual(new Set([at]));
  });

  it('a delay that is configured takes the place of that', async () => {
    expect(await read([], { delayMs: 60_000 })).toMatchObject({ at: prometheus.serverTimeMs - 60_000 });
  });

  test.each([
    [10_000, 60_000, '60s', '120s'],
    [15_000, 60_000, '60s', '120s'],
    [30_000, 120_000, '120s', '120s'],
    [60_000, 240_000, '240s', '240s'],
  ])(
    'scraped every %d ms, rates are over %d ms',
    async (scrapeIntervalMs, windowMs, window, latencyWindow) => {
      expect(await read([], { scrapeIntervalMs })).toMatchObject({ windowMs });
      const windowOf = (family: string) =>
        new RegExp(`${family}{[^[]*\\[(\\d+s)]`).exec(
          prometheus.asked.map(({ query }) => query).join('\n'),
        )?.[1];
      expect(windowOf('response_total')).toBe(window);
      expect(windowOf('response_latency_ms_bucket')).toBe(latencyWindow);
    },
  );

  it('rates are over no less than is configured', async () => {
    expect(await read([], { scrapeIntervalMs: 200, minWindowMs: 4_500 })).toMatchObject({ windowMs: 5_000 });
  });

  it('what the scrapes are found to be counts from the next reading on', async () => {
    prometheus.series = alive(web).map((series) => ({ ...series, samplesIn5m: 5 }));
    const source = new ProxyMetricsSource(prometheus, { scrapeIntervalMs: 15_000 });
    const first = await source.read({ latency: false }, never);
    expect([first.scrapeIntervalMs, first.windowMs]).toEqual([60_000, 60_000]);
    const second = await source.read({ latency: false }, never);
    expect([second.windowMs, second.at]).toEqual([240_000, prometheus.serverTimeMs - 65_000]);
  });
});

describe('proxies', () => {
  it('says how each is scraped, and since when it runs', async () => {
    const { proxies } = await read(alive(web));
    expect(proxies).toEqual([
      {
        ...webClaim,
        ...{ job: 'linkerd-proxy', up: true, scrapes: 1, startedAt: 1_786_999_000_000 },
        ...{ sampleAgeMs: 4_500, version: '2.366.0', certificateMs: 86_335_000 },
      },
    ]);
  });

  it('a proxy that is down is there, without what only its page tells', async () => {
    const { proxies } = await read([{ name: 'up', labels: { ...web }, value: 0 }]);
    expect(proxies).toEqual([{ ...webClaim, job: 'linkerd-proxy', up: false, scrapes: 1 }]);
  });

  it('one that two jobs scrape is one, and says so', async () => {
    const { proxies } = await read([...alive({ ...web, job: 'linkerd/linkerd-proxy' }), ...alive(web)]);
    expect(proxies).toMatchObject([{ ...webClaim, job: 'linkerd-proxy', up: true, scrapes: 2 }]);
  });

  it('replicas of one job are scrapes too', async () => {
    const again = alive(web).map((series) => ({
      ...series,
      labels: { ...series.labels, prometheus_replica: 'b' },
    }));
    expect((await read([...alive(web), ...again])).proxies).toMatchObject([{ scrapes: 2 }]);
  });

  it('a version that a label of the pod pushed aside is found', async () => {
    const labels = { ...web, version: 'v7', exported_version: '2.221.0' };
    const { proxies } = await read([
      ...alive(web).slice(0, 2),
      { name: 'proxy_build_info', labels, value: 1 },
    ]);
    expect(proxies).toMatchObject([{ version: '2.221.0' }]);
  });

  it('the certificate is read under the name of 2.15 as well', async () => {
    const name = 'identity_cert_expiration_timestamp_seconds';
    const at = prometheus.serverTimeMs - 35_000;
    const { proxies } = await read([...alive(web).slice(0, 2), of(web, name, {}, at / 1000 - 60)]);
    expect(proxies).toMatchObject([{ certificateMs: -60_000 }]);
  });

  it('a pod whose labels push those of its proxy aside is counted, and nothing of it is believed', async () => {
    const liar = scraped('shop', 'liar', '10.0.0.9');
    const reading = await read([
      ...alive(web),
      ...alive(liar),
      of(
        liar,
        'response_total',
        { ...toCart, dst_deployment: 'vault', exported_dst_deployment: 'cart', classification: 'success' },
        5,
      ),
      of(web, 'response_total', { ...toCart, classification: 'success' }, 2),
    ]);
    expect(reading.proxies).toMatchObject([webClaim]);
    expect(reading.requests).toMatchObject([{ client: webClaim, successPerSecond: 2 }]);
    expect(reading.rejected).toEqual([
      { reason: 'displaced-labels: a label of the pod takes the place of one of its proxy', rows: 1 },
    ]);
  });
});

describe('requests', () => {
  const responses = (classification: string, value: number, more = {}) =>
    of(web, 'response_total', { ...toCart, classification, ...more }, value);

  it('puts together what finished well, what failed and what began', async () => {
    const { requests } = await read([
      responses('success', 9, { status_code: '200' }),
      responses('success', 0.5, { status_code: '404' }),
      responses('failure', 1, { status_code: '500' }),
      of(web, 'request_total', toCart, 11),
    ]);
    expect(requests).toEqual([
      {
        ...{ client: webClaim, destination: cartDestination, tls: byMeshTls },
        ...{ successPerSecond: 9.5, failurePerSecond: 1, startedPerSecond: 11 },
      },
    ]);
  });

  it('pods of one workload are one destination; without a workload each pod is its own', async () => {
    const bare = { ...toCart, dst_deployment: '' };
    const { requests } = await read([
      responses('success', 1),
      responses('success', 2, { dst_pod: 'cart-2', target_ip: '10.0.0.22' }),
      of(web, 'response_total', { ...bare, classification: 'success' }, 4),
      of(web, 'response_total', { ...bare, dst_pod: 'cart-2', classification: 'success' }, 8),
    ]);
    const { workload, ...podDestination } = cartDestination;
    expect(requests.map(({ destination, successPerSecond }) => ({ destination, successPerSecond }))).toEqual([
      { destination: { ...podDestination, workload }, successPerSecond: 3 },
      { destination: { ...podDestination, pod: 'cart-1' }, successPerSecond: 4 },
      { destination: { ...podDestination, pod: 'cart-2' }, successPerSecond: 8 },
    ]);
  });

  it('places out of the cluster are one for each port', async () => {
    const out = {
      direction: 'outbound',
      target_port: '443',
      tls: 'no_identity',
      no_tls_reason: 'not_provided_by_service_discovery',
    };
    const { requests } = await read([
      of(web, 'response_total', { ...out, target_ip: '198.51.100.9', classification: 'success' }, 1),
      of(web, 'response_total', { ...out, target_ip: '198.51.100.10', classification: 'success' }, 1),
    ]);
    expect(requests).toEqual([
      {
        ...{ client: webClaim, destination: { port: 443 }, successPerSecond: 2 },
        tls: { tls: 'none', reason: 'not_provided_by_service_discovery', identity: '' },
      },
    ]);
  });

  it('plaintext and mesh TLS to one destination are told apart', async () => {
    const { requests } = await read([
      responses('success', 1),
      responses('success', 3, { tls: 'disabled', server_id: '' }),
    ]);
    expect(requests.map(({ tls, successPerSecond }) => [tls.tls, successPerSecond])).toEqual([
      ['mesh', 1],
      ['disabled', 3],
    ]);
  });

  it('scrapes of the admin port are no traffic', async () => {
    expect((await read([responses('success', 1, { target_port: '4191' })])).requests).toEqual([]);
  });

  it('what no sense can be made of is left out and counted, each by its reason', async () => {
    const { requests, rejected } = await read([
      responses('success', NaN),
      responses('failure', -1),
      responses('failure', 1, { authority: 'a' }),
      responses('success', Infinity, { authority: 'b' }),
      responses('success', 1e12, { authority: 'c' }),
      responses('success', 1, { target_port: '' }),
      responses('perhaps', 1),
    ]);
    expect(
      requests.map(({ destination, failurePerSecond }) => [destination.authority, failurePerSecond]),
    ).toEqual([['a', 1]]);
    expect(rejected).toEqual([
      { reason: 'requests-finished: beyond belief', rows: 1 },
      { reason: 'requests-finished: classification is new', rows: 1 },
      { reason: 'requests-finished: infinite', rows: 1 },
      { reason: 'requests-finished: negative', rows: 1 },
      { reason: 'requests-finished: no port', rows: 1 },
      { reason: 'requests-finished: not a number', rows: 1 },
    ]);
  });
});

describe('latency', () => {
  const bucket = (le: string, value: number, more = {}) =>
    of(web, 'response_latency_ms_bucket', { ...toCart, le, ...more }, value);

  it('buckets come in order, never falling, whichever way their bounds are written', async () => {
    const { latency } = await read([
      bucket('+Inf', 10),
      bucket('5', 4, { status_code: '200' }),
      bucket('5.0', 2, { status_code: '500' }),
      bucket('10', 5.99),
    ]);
    const { authority: _, ...destination } = cartDestination;
    expect(latency).toEqual([
      {
        ...{ client: webClaim, destination },
        buckets: [
          { upToMs: 5, perSecond: 6 },
          { upToMs: 10, perSecond: 6 },
          { upToMs: Infinity, perSecond: 10 },
        ],
      },
    ]);
  });

  it('a histogram without its last bucket is left out', async () => {
    const { latency, rejected } = await read([bucket('5', 4), bucket('ten', 4)]);
    expect(latency).toEqual([]);
    expect(rejected).toEqual([
      { reason: 'latency-buckets: le is no number', rows: 1 },
      { reason: 'latency: no last bucket', rows: 1 },
    ]);
  });

  it('is not there where it is not asked for', async () => {
    prometheus.series = [bucket('+Inf', 10)];
    const reading = await new ProxyMetricsSource(prometheus).read({ latency: false }, never);
    expect(reading).not.toHaveProperty('latency');
  });
});

it('connections are those to endpoints, with what goes over them', async () => {
  const toEndpoint = { ...toCart, peer: 'dst' };
  const { connections } = await read([
    of(web, 'tcp_open_connections', toEndpoint, 3),
    of(web, 'tcp_open_total', toEndpoint, 0.5),
    of(web, 'tcp_write_bytes_total', toEndpoint, 5e10),
    of(web, 'tcp_read_bytes_total', toEndpoint, 2000),
    of(web, 'tcp_close_total', { ...toEndpoint, errno: '' }, 0.25),
    of(web, 'tcp_close_total', { ...toEndpoint, errno: 'ECONNRESET' }, 0.125),
    of(
      web,
      'tcp_open_connections',
      { direction: 'outbound', peer: 'src', target_port: '80', tls: 'no_identity' },
      7,
    ),
  ]);
  expect(connections).toEqual([
    {
      ...{ client: webClaim, destination: cartDestination, tls: byMeshTls, open: 3, openedPerSecond: 0.5 },
      ...{ writtenBytesPerSecond: 5e10, readBytesPerSecond: 2000, failedPerSecond: 0.125 },
    },
  ]);
});

describe('inbound', () => {
  const inbound = { direction: 'inbound', ...cartPort };
  const admitted = { authz_group: 'policy.linkerd.io', authz_kind: 'authorizationpolicy', authz_name: 'web' };

  it('says who was let in, by what', async () => {
    const { inbound: seen } = await read([
      of(
        cart,
        'response_total',
        { ...inbound, ...fromWeb, ...defaultRoute, ...admitted, classification: 'success' },
        2,
      ),
      of(cart, 'tcp_open_connections', { ...inbound, ...fromWeb, peer: 'src' }, 1),
    ]);
    const served = {
      ...{
        serving: cartClaim,
        server: cartServer,
        port: 8080,
        client: { kind: 'identity', identity: webIdentity },
      },
      tls: { tls: 'mesh', reason: '', identity: webIdentity },
    };
    expect(seen).toEqual([
      {
        ...served,
        route: { group: '', kind: 'default', name: 'default' },
        authorization: { group: 'policy.linkerd.io', kind: 'authorizationpolicy', name: 'web' },
        successPerSecond: 2,
      },
      { ...served, openConnections: 1 },
    ]);
  });

  it('proxies before 2.18 name the port only of the target, and an authority that is passed over', async () => {
    const { srv_port: _, ...old } = inbound;
    const { inbound: seen } = await read([
      of(cart, 'response_total', { ...old, ...fromWeb, authority: 'a:80', classification: 'success' }, 2),
      of(cart, 'response_total', { ...old, ...fromWeb, authority: 'b:80', classification: 'success' }, 3),
    ]);
    expect(seen).toMatchObject([{ port: 8080, successPerSecond: 5 }]);
  });

  it('a row without the port of the target has that of the Server', async () => {
    const { target_port: _t, ...noTarget } = inbound;
    const { inbound: seen, rejected } = await read([
      of(cart, 'response_total', { ...noTarget, ...fromWeb, classification: 'success' }, 2),
      of(cart, 'response_total', { ...noTarget, ...fromWeb, srv_port: '', classification: 'success' }, 2),
    ]);
    expect(seen).toMatchObject([{ port: 8080, successPerSecond: 2 }]);
    expect(rejected).toEqual([{ reason: 'inbound-responses: no port', rows: 1 }]);
  });
});

describe('counters', () => {
  const counter = (family: string, more: Readonly<Record<string, string>>, value: number) =>
    of(cart, family, { ...cartPort, ...fromWeb, ...more }, value);
  const audit = { authz_group: '', authz_kind: 'default', authz_name: 'audit' };

  it('each decision is counted as what it is, exactly', async () => {
    const { counters } = await read([
      counter(
        'inbound_http_authz_allow_total',
        { ...defaultRoute, authz_kind: 'authorizationpolicy', authz_name: 'web' },
        9_007_199_254_740_991,
      ),
      counter('inbound_http_authz_allow_total', { ...defaultRoute, ...audit }, 6),
      counter('inbound_http_authz_deny_total', defaultRoute, 1),
      counter('inbound_http_local_ratelimit_total', { ratelimit_name: 'a' }, 2),
      counter('inbound_http_route_not_found_total', {}, 3),
      counter(
        'inbound_tcp_authz_allow_total',
        { authz_kind: 'default', authz_name: 'all-unauthenticated' },
        7,
      ),
      counter('inbound_tcp_authz_deny_total', {}, 4),
      counter('inbound_tcp_authz_terminate_total', {}, 5),
    ]);
    expect(
      counters.map(({ what, protocol, route, authorization, value }) => [
        what,
        protocol,
        route?.name,
        authorization?.name,
        value,
      ]),
    ).toEqual([
      ['allowed', 'http', 'default', 'web', 9_007_199_254_740_991],
      ['audited', 'http', 'default', 'audit', 6],
      ['denied', 'http', 'default', undefined, 1],
      ['rate-limited', 'http', undefined, undefined, 2],
      ['route-not-found', 'http', undefined, undefined, 3],
      ['allowed', 'tcp', undefined, 'all-unauthenticated', 7],
      ['denied', 'tcp', undefined, undefined, 4],
      ['terminated', 'tcp', undefined, undefined, 5],
    ]);
  });

  it('what an EgressNetwork refused is counted by the proxy of who called, and by network, port and route', async () => {
    const network = {
      ...{ parent_group: 'policy.linkerd.io', parent_kind: 'EgressNetwork', parent_namespace: 'egress' },
      ...{ parent_name: 'payments', parent_port: '443', route_group: '', route_kind: 'default' },
    };
    const forbidden = { error: 'forbidden' };
    const denied = (
      protocol: string,
      family: string,
      more: Readonly<Record<string, string>>,
      value: number,
    ) => of(web, `outbound_${protocol}_route_${family}_total`, { ...network, ...more }, value);
    const { counters, rejected } = await read([
      denied('tcp', 'close', { route_name: 'tcp-egress-allow', error: '' }, 9),
      denied('http', 'request_statuses', { route_name: 'http-egress-deny' }, 3),
      denied('grpc', 'request_statuses', { route_name: 'grpc-egress-deny' }, 1),
      denied('tcp', 'close', { route_name: 'tcp-egress-deny', ...forbidden }, 4),
      denied('tls', 'close', { route_name: 'tls-egress-deny', ...forbidden }, 5),
      denied('tls', 'close', { route_name: 'tls-egress-deny', parent_port: '', ...forbidden }, 2),
    ]);
    expect(counters).toEqual(
      [
        ['http', 'http-egress-deny', 3] as const,
        ['http', 'grpc-egress-deny', 1] as const,
        ['tcp', 'tcp-egress-deny', 4] as const,
        ['tcp', 'tls-egress-deny', 5] as const,
      ].map(([protocol, name, value]) => ({
        ...{ serving: webClaim, what: 'egress-denied', protocol, port: 443 },
        server: { group: 'policy.linkerd.io', kind: 'EgressNetwork', name: 'egress/payments' },
        ...{ route: { group: '', kind: 'default', name }, client: { kind: 'unidentified' }, value },
      })),
    );
    expect(rejected).toContainEqual({ reason: 'egress-tls-denied: no port', rows: 1 });
  });

  it('labels that mean the same for us are one counter', async () => {
    const plain = { tls: 'no_identity', client_id: '' };
    const { counters } = await read([
      counter('inbound_http_authz_deny_total', { ...plain, no_tls_reason: 'no_tls_from_remote' }, 1),
      counter('inbound_http_authz_deny_total', { ...plain, no_tls_reason: 'port_skipped' }, 2),
    ]);
    expect(counters).toEqual([
      {
        ...{ serving: cartClaim, server: cartServer, port: 8080, what: 'denied', protocol: 'http' },
        ...{ client: { kind: 'unmeshed' }, value: 3 },
      },
    ]);
  });
});

describe('routes', () => {
  const parent = {
    parent_group: 'core',
    parent_kind: 'Service',
    parent_namespace: 'shop',
    parent_name: 'cart',
    parent_port: '80',
  };
  const route = { route_group: '', route_kind: 'default', route_namespace: '', route_name: 'http' };
  const seenParent = { group: 'core', kind: 'Service', namespace: 'shop', name: 'cart', port: '80' };
  const seenRoute = { group: '', kind: 'default', namespace: '', name: 'http' };
  const family = (name: string, more: Readonly<Record<string, string>>, value: number) =>
    of(web, `outbound_${name}_total`, { ...parent, ...route, ...more }, value);

  it('what came of requests in the end is apart from each try at a backend', async () => {
    const toBackend = {
      backend_group: 'core',
      backend_kind: 'Service',
      backend_namespace: 'shop',
      backend_name: 'cart',
      backend_port: '80',
    };
    const { routes, rejected } = await read([
      family('http_route_request_statuses', { http_status: '200', error: '' }, 8),
      family('http_route_request_statuses', { http_status: '503', error: '' }, 1),
      family('http_route_request_statuses', { http_status: '', error: 'REQUEST_TIMEOUT' }, 0.5),
      family('http_route_request_statuses', { http_status: '', error: '' }, 0.5),
      family('http_route_retry_requests', {}, 0.25),
      family('http_route_backend_response_statuses', { ...toBackend, http_status: '200', error: '' }, 9),
      family('grpc_route_request_statuses', { grpc_status: 'OK', error: '' }, 3),
      family('grpc_route_request_statuses', { grpc_status: 'NOT_FOUND', error: '' }, 4),
    ]);
    const named = { client: webClaim, parent: seenParent, route: seenRoute };
    expect(routes).toEqual([
      { ...named, protocol: 'http', successPerSecond: 8, failurePerSecond: 1.5, retriesPerSecond: 0.25 },
      { ...named, protocol: 'http', backend: seenParent, successPerSecond: 9 },
      { ...named, protocol: 'grpc', successPerSecond: 3, failurePerSecond: 4 },
    ]);
    expect(rejected).toEqual([{ reason: 'http-route-statuses: neither status nor error', rows: 1 }]);
  });

  it('what an EgressNetwork refuses is neither success nor failure', async () => {
    const { routes } = await read([
      family(
        'http_route_request_statuses',
        { route_name: 'http-egress-deny', http_status: '403', error: '' },
        2,
      ),
      family('tcp_route_open', {}, 3),
      family('tcp_route_close', { error: '' }, 1),
      family('tcp_route_close', { error: 'forbidden' }, 0.5),
      family('tls_route_close', { error: 'unexpected' }, 0.25),
    ]);
    expect(
      routes.map(({ client: _c, parent: _p, route: { name }, ...rates }) => ({ name, ...rates })),
    ).toEqual([
      { name: 'http-egress-deny', protocol: 'http', refusedPerSecond: 2 },
      { name: 'http', protocol: 'tcp', openedPerSecond: 3, successPerSecond: 1, refusedPerSecond: 0.5 },
      { name: 'http', protocol: 'tls', failurePerSecond: 0.25 },
    ]);
  });
});

it('matchers that are none are refused at once, with what they should be like', () => {
  expect(() => new ProxyMetricsSource(prometheus, { matchers: 'job=linkerd' })).toThrow(
    /job=linkerd: not a list of matchers, like job=~"linkerd-proxy/,
  );
});

it('only what the matchers select is seen', async () => {
  const west = { ...web, cluster: 'west' };
  const { proxies } = await read([...alive(report), ...alive(west)], {
    matchers: 'job="linkerd-proxy",cluster="west"',
  });
  expect(proxies).toMatchObject([webClaim]);
});
