import { beforeEach, describe, expect, it, test } from '@jest/globals';
import { PrometheusFailure, type PrometheusFault } from '@mcp/prometheus';
import { TrafficUnavailable, trafficParts } from '@mcp/sources';
import { FakeInstantQueries } from '../test/fake-instant-queries.js';
import { alive, cart, of, report, scraped, toCart, web } from '../test/shop.js';
import { ProxyMetricsSource } from './proxy-metrics-source.js';

let prometheus: FakeInstantQueries;
let nowMs: number;
let source: ProxyMetricsSource;

beforeEach(() => {
  prometheus = new FakeInstantQueries();
  prometheus.series = [
    ...alive(web),
    ...alive(cart),
    ...alive(report),
    of(web, 'response_total', { ...toCart, classification: 'success' }, 2),
    of(web, 'request_total', toCart, 3),
    of(report, 'response_total', { ...toCart, classification: 'success' }, 1),
    of(web, 'tcp_open_connections', { ...toCart, peer: 'dst' }, 1),
  ];
  nowMs = 0;
  source = new ProxyMetricsSource(prometheus, { clock: () => nowMs });
});

const never = new AbortController().signal;
const read = () => source.read({ latency: false }, never);

function failure(fault: PrometheusFault, retryAfterMs?: number): PrometheusFailure {
  return new PrometheusFailure(fault, 'ask prometheus', retryAfterMs);
}

function fail(fault: PrometheusFault, when: (query: string) => boolean, retryAfterMs?: number): void {
  prometheus.failing = (query) => (when(query) ? failure(fault, retryAfterMs) : undefined);
}

const ofResponses = (query: string) => query.includes('(response_total{direction="outbound"');

describe('a query that fails', () => {
  test.each([
    ['TIMEOUT', 'TIMEOUT'],
    ['REFUSED', 'REFUSED'],
    ['INVALID', 'INVALID'],
    ['BAD_QUERY', 'INVALID'],
  ] as const)('with %s loses its part and no other', async (fault, code) => {
    fail(fault, ofResponses);
    const reading = await read();
    const missed = { part: 'requests', code };
    expect(reading.requests).toEqual([]);
    expect(reading.missing).toEqual([
      { ...missed, question: 'requests-finished', message: `requests-finished: ask prometheus (${fault})` },
      {
        ...missed,
        question: 'requests-finished-to-pods',
        message: `requests-finished-to-pods: ask prometheus (${fault})`,
      },
    ]);
    expect(reading.connections).toHaveLength(1);
    expect(reading.proxies).toHaveLength(3);
  });

  it('that is only a detail leaves the part whole, without its field', async () => {
    fail('TIMEOUT', (query) => query.includes('rate(request_total'));
    const reading = await read();
    expect(reading.missing).toEqual([]);
    expect(reading.missingDetails).toMatchObject([
      { part: 'requests', code: 'TIMEOUT', message: 'requests-started: ask prometheus (TIMEOUT)' },
      { part: 'requests', code: 'TIMEOUT', message: 'requests-started-to-pods: ask prometheus (TIMEOUT)' },
    ]);
    expect(reading.requests).toHaveLength(2);
    expect(reading.requests.filter((row) => 'startedPerSecond' in row)).toEqual([]);
  });

  it('of the proxies leaves the traffic, which then nothing vouches for', async () => {
    fail('TIMEOUT', (query) => query.includes('(up{'));
    const reading = await read();
    expect(reading.proxies).toEqual([]);
    expect(reading.missing).toMatchObject([{ part: 'proxies', code: 'TIMEOUT' }]);
    expect(reading.requests).toHaveLength(2);
  });

  it('of one counter leaves the other counters, and says which was not read', async () => {
    const served = {
      target_port: '8080',
      srv_kind: 'server',
      srv_name: 'cart',
      tls: 'true',
      client_id: 'bank',
    };
    prometheus.series = [
      ...prometheus.series,
      of(cart, 'inbound_http_authz_deny_total', served, 7),
      of(cart, 'inbound_tcp_authz_deny_total', served, 4),
      of(cart, 'inbound_http_local_ratelimit_total', served, 2),
    ];
    fail('TIMEOUT', (query) => query.includes('inbound_http_authz_deny_total'));
    const { counters, missing } = await read();
    expect(missing).toEqual([
      {
        ...{ part: 'counters', question: 'http-denied', code: 'TIMEOUT' },
        counters: { what: 'denied', protocol: 'http' },
        message: 'http-denied: ask prometheus (TIMEOUT)',
      },
    ]);
    expect(counters.map(({ what, protocol, value }) => [what, protocol, value])).toEqual([
      ['rate-limited', 'http', 2],
      ['denied', 'tcp', 4],
    ]);
  });

  it('leaves every part that did not fail, whichever it is', async () => {
    for (const part of trafficParts.filter((name) => name !== 'latency')) {
      const families = {
        proxies: '(up',
        requests: 'response_total{direction="o',
        connections: 'tcp_open_connections{direction="o',
      };
      const rest = {
        inbound: 'response_total{direction="i',
        counters: 'terminate_total',
        routes: 'tls_route_open_total',
      };
      fail('INVALID', (query) => query.includes({ ...families, ...rest }[part as keyof typeof families]));
      const { missing } = await new ProxyMetricsSource(prometheus).read({ latency: false }, never);
      expect([...new Set(missing.map((one) => one.part))]).toEqual([part]);
    }
  });
});

describe('nothing can be had', () => {
  it('where the server does not tell the time', async () => {
    fail('REFUSED', () => true);
    await expect(read()).rejects.toMatchObject({ code: 'TRAFFIC_UNAVAILABLE', fault: 'REFUSED' });
    await expect(read()).rejects.toBeInstanceOf(TrafficUnavailable);
    expect(prometheus.asked).toEqual([]);
  });

  it('where every query fails', async () => {
    fail('BAD_QUERY', (query) => query !== 'time()');
    await expect(read()).rejects.toMatchObject({ code: 'TRAFFIC_UNAVAILABLE', fault: 'INVALID' });
  });

  it('and when it comes back it is asked at once, however long it was away', async () => {
    fail('TIMEOUT', (query) => query !== 'time()');
    for (let i = 0; i < 10; i += 1) await expect(read()).rejects.toBeInstanceOf(TrafficUnavailable);
    prometheus.failing = () => undefined;
    expect((await read()).missing).toEqual([]);
  });
});

it('a server that goes away in the middle is not asked the rest', async () => {
  fail('UNREACHABLE', (query) => query.includes('target_port'));
  const { missing, proxies } = await read();
  expect(proxies).toHaveLength(3);
  expect(new Set(missing.map(({ part, code }) => `${part} ${code}`))).toEqual(
    new Set(
      ['requests', 'connections', 'inbound', 'counters', 'routes'].map((part) => `${part} UNREACHABLE`),
    ),
  );
  // eight of the proxies, and the four that were under way
  expect(prometheus.asked.length).toBeLessThanOrEqual(12);
});

it('a server that stops answering in the middle is not waited for forty times', async () => {
  fail('TIMEOUT', (query) => query.includes('target_port') || query.includes('parent_name'));
  const { missing } = await read();
  const notAsked = missing.filter(({ message }) => message.includes('not asked, after ask prometheus'));
  expect(new Set(notAsked.map(({ part }) => part))).toEqual(new Set(['inbound', 'counters', 'routes']));
  // eight of the proxies, six that timed out, and those that were under way by then
  expect(prometheus.asked.length).toBeLessThanOrEqual(17);
  prometheus.failing = () => undefined;
  expect((await read()).missing).toEqual([]);
});

it('a reading that is called off fails as it was called off, and is not a fault of the source', async () => {
  const calledOff = new AbortController();
  prometheus.failing = (query) => {
    if (query.includes('response_total')) calledOff.abort(new Error('too late'));
    return undefined;
  };
  await expect(source.read({ latency: false }, calledOff.signal)).rejects.toThrow('too late');
});

it('what is no failure of Prometheus is not taken for one', async () => {
  prometheus.failing = () => {
    throw new TypeError('a bug');
  };
  await expect(read()).rejects.toThrow(TypeError);
});

it('an answer that is not whole says so, in the words of the server, each once', async () => {
  prometheus.warnings = ['store 10.0.0.7 is away'];
  expect(await read()).toMatchObject({ incomplete: 'store 10.0.0.7 is away' });
  prometheus.warnings = [];
  expect(await read()).not.toHaveProperty('incomplete');
});

it('no more queries run at once than may', async () => {
  await read();
  expect(prometheus.mostAtOnce).toBe(4);
  prometheus.mostAtOnce = 0;
  await new ProxyMetricsSource(prometheus, { concurrency: 2 }).read({ latency: true }, never);
  expect(prometheus.mostAtOnce).toBe(2);
});

describe('a query that is too much at once', () => {
  const whole = (query: string) => ofResponses(query) && !query.includes('namespace=~');

  test.each(['OVERLOADED', 'TOO_LARGE'] as const)(
    'with %s is asked by namespace of the client',
    async (fault) => {
      const { requests } = await read();
      fail(fault, whole);
      const reading = await read();
      expect(reading.missing).toEqual([]);
      expect(reading.requests).toEqual(requests);
      const shards = prometheus.asked.flatMap(({ query }) =>
        query.includes('rate(response_total{direction="outbound",target_port!="4191",namespace=~')
          ? [/namespace=~"(\w+)"/.exec(query)?.[1]]
          : [],
      );
      expect(shards).toEqual(['shop', 'ledger']);
    },
  );

  it('is only asked in pieces for a while', async () => {
    fail('TOO_LARGE', whole);
    await read();
    prometheus.failing = () => undefined;
    prometheus.asked.length = 0;
    await read();
    expect(prometheus.asked.filter(({ query }) => whole(query))).toEqual([]);
    nowMs = 600_000;
    await read();
    expect(prometheus.asked.filter(({ query }) => whole(query))).toHaveLength(2);
  });

  it('is missing where the pieces are too much as well', async () => {
    fail('OVERLOADED', ofResponses);
    expect((await read()).missing).toMatchObject([
      { part: 'requests', code: 'OVERLOADED' },
      { part: 'requests', code: 'OVERLOADED' },
    ]);
  });

  it('cannot be cut where all clients are in one namespace', async () => {
    prometheus.series = alive(web);
    fail('TOO_LARGE', ofResponses);
    expect((await read()).missing).toHaveLength(2);
    expect(prometheus.asked.filter(({ query }) => ofResponses(query))).toHaveLength(2);
  });

  it('is cut into no more pieces than it may', async () => {
    prometheus.series = Array.from({ length: 40 }, (_, i) =>
      alive(scraped(`ns-${i}`, 'p', `10.0.1.${i}`)),
    ).flat();
    fail('TOO_LARGE', whole);
    await new ProxyMetricsSource(prometheus, { maxShards: 3 }).read({ latency: false }, never);
    const pieces = prometheus.asked.flatMap(
      ({ query }) => /namespace=~"([^"]*)"/.exec(query)?.[1]?.split('|') ?? [],
    );
    expect(prometheus.asked.filter(({ query }) => query.includes('namespace=~'))).toHaveLength(6);
    expect(new Set(pieces).size).toBe(40);
  });
});

describe('a query that fails again and again', () => {
  const slow = (query: string) => query.includes('(tcp_open_connections{direction="inbound"');
  const asked = () => prometheus.asked.filter(({ query }) => slow(query)).length;

  it('is asked again only after pauses that grow to five minutes, and is missing meanwhile', async () => {
    fail('TIMEOUT', slow);
    const askedAt: number[] = [];
    for (nowMs = 0; nowMs <= 1_800_000; nowMs += 15_000) {
      const before = asked();
      const { missing } = await read();
      expect(missing).toMatchObject([{ part: 'inbound', code: 'TIMEOUT' }]);
      if (asked() > before) askedAt.push(nowMs / 1000);
    }
    expect(askedAt).toEqual([0, 15, 30, 45, 75, 135, 255, 495, 795, 1095, 1395, 1695]);
  });

  it('says that it was not asked', async () => {
    fail('TIMEOUT', slow);
    for (let i = 0; i < 3; i += 1) await read();
    expect((await read()).missing).toEqual([
      {
        ...{ part: 'inbound', question: 'inbound-connections', code: 'TIMEOUT' },
        message: 'inbound-connections: not asked for now, after ask prometheus (TIMEOUT)',
      },
    ]);
  });

  it('is asked each time again once it worked', async () => {
    fail('TIMEOUT', slow);
    for (let i = 0; i < 3; i += 1) await read();
    prometheus.failing = () => undefined;
    nowMs = 15_000;
    expect((await read()).missing).toEqual([]);
    fail('TIMEOUT', slow);
    const before = asked();
    for (let i = 0; i < 3; i += 1) await read();
    expect(asked() - before).toBe(3);
  });

  it('is left alone for as long as the server asks for', async () => {
    fail('OVERLOADED', slow, 60_000);
    await read();
    const before = asked();
    nowMs = 59_999;
    await read();
    expect(asked()).toBe(before);
    nowMs = 60_000;
    await read();
    expect(asked()).toBeGreaterThan(before);
  });

  it('is not held back for what is the fault of the server', async () => {
    fail('REFUSED', slow);
    for (let i = 0; i < 6; i += 1) await read();
    expect(asked()).toBe(6);
  });
});
