import { expect, it } from '@jest/globals';
import { trafficQueries } from '@mcp/linkerd';
import { KeptBytes } from '@mcp/prometheus';
import fc from 'fast-check';
import { FakeInstantQueries, type FakeSeries } from '../test/fake-instant-queries.js';
import { alive, cart, cartPort, defaultRoute, fromWeb, of, report, toCart, web } from '../test/shop.js';
import { PartMemory } from './part-memory.js';
import { ProxyMetricsSource } from './proxy-metrics-source.js';

const signal = new AbortController().signal;

const authorized = { ...cartPort, ...fromWeb, ...defaultRoute, direction: 'inbound' };
const series = [
  ...[web, cart, report].flatMap((scrape) => [
    ...alive(scrape),
    of(scrape, 'response_total', { ...toCart, classification: 'success' }, 2),
    of(scrape, 'response_total', { ...toCart, classification: 'failure' }, 1),
    of(scrape, 'response_total', { ...toCart, classification: 'new' }, 1),
    of(scrape, 'request_total', { ...toCart, tls: 'no_identity' }, 3),
    of(scrape, 'tcp_open_connections', { ...toCart, peer: 'dst', target_port: '' }, 1),
    of(scrape, 'tcp_open_connections', { ...toCart, peer: 'dst' }, 1),
    of(scrape, 'response_latency_ms_bucket', { ...toCart, le: '10' }, 1),
    of(scrape, 'response_latency_ms_bucket', { ...toCart, le: '+Inf' }, 1),
    of(scrape, 'response_total', { ...authorized, classification: 'success' }, 2),
    of(scrape, 'inbound_http_authz_allow_total', authorized, 20),
  ]),
  // its rows are left out for as long as this is there
  of(report, 'anything', { exported_tls: 'true' }, 1),
];

const value = fc.constantFrom(0, 1, 2.5, 1e-7, -1, 1e21, NaN, Infinity);
const poll = fc
  .tuple(fc.subarray(series), fc.dictionary(fc.nat(series.length - 1).map(String), value))
  .map(([some, values]): readonly FakeSeries[] =>
    some.map((each, at) => ({ ...each, value: values[at] ?? each.value })),
  );

it('what a poll reads does not hang on the polls before it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(poll, { minLength: 2, maxLength: 5 }), async (polls) => {
      const prometheus = new FakeInstantQueries();
      const options = { scrapeIntervalMs: 15_000 };
      const remembering = new ProxyMetricsSource(prometheus, options);
      for (const known of polls.flatMap((each) => [each, each])) {
        prometheus.series = known;
        const fresh = new ProxyMetricsSource(prometheus, { ...options, maxKeptBytes: 0 });
        const reading = await remembering.read({ latency: true }, signal);
        expect(reading).toEqual(await fresh.read({ latency: true }, signal));
      }
    }),
    { numRuns: 30 },
  );
});

it('names of rows that are gone are not kept for longer than it takes as many new ones to come', async () => {
  const prometheus = new FakeInstantQueries();
  let begun = 0;
  const names = () => {
    begun += 1;
    return trafficQueries.requests.names();
  };
  const memory = new PartMemory({ ...trafficQueries.requests, names }, new KeptBytes(1_000_000));
  const [query] = trafficQueries.requests.queries;
  async function ask(pods: readonly string[]): Promise<void> {
    prometheus.series = pods.map((pod) => of({ ...web, pod }, 'response_total', toCart, 1));
    const terms = { matchers: 'job="linkerd-proxy"', windowMs: 60_000, latencyWindowMs: 60_000 };
    const text = query!.text(terms);
    await prometheus.instant(text, { timeMs: 1, signal }, memory.rowsOf(query!, text), () => undefined);
    memory.settle();
  }
  for (let poll = 0; poll < 10; poll += 1) await ask(['web-1', 'web-2', 'web-3', 'web-4']);
  expect(begun).toBe(1);
  for (let poll = 0; poll < 4; poll += 1) await ask(['web-1', 'web-2', 'web-3', `web-new-${poll}`]);
  expect(begun).toBe(1);
  await ask(['web-1', 'web-2', 'web-3', 'web-newest']);
  expect(begun).toBe(2);
});

it('what was asked otherwise takes no room any more', () => {
  const room = new KeptBytes(1_000_000);
  const memory = new PartMemory(trafficQueries.requests, room);
  const [query] = trafficQueries.requests.queries;
  const known = memory.rowsOf(query!, 'over a minute');
  const reading = known.reading();
  expect(reading.addPlain(Buffer.from('{"metric":{"pod":"web-1"},"value":[1,"1"]}'))).toBe(true);
  known.know(reading);
  memory.settle();
  expect(room.kept).toBeGreaterThan(0);
  memory.rowsOf(query!, 'over two minutes');
  memory.settle();
  expect(room.kept).toBe(0);
});
