import { describe, expect, it } from '@jest/globals';
import type { MissingPart, TrafficReading } from '@mcp/sources';
import { Cluster } from '../../test/cluster.js';
import { at, claim, destination, mesh, proxy, reading } from '../../test/reading.js';
import { cartPod, shop, webPod } from '../../test/shop.js';
import { edgesOf } from '../edges/edges-of.js';
import { proxiesInShort } from './proxies-in-short.js';
import { faultsOf, wouldTell } from './reading-faults.js';

const both = [webPod, cartPod];
const minute = 60_000;

function faults(parts: Partial<TrafficReading>, known: { now?: number; knewInterval?: boolean } = {}) {
  const { directory } = shop();
  const read = reading(both, parts);
  const measured = edgesOf(read, directory);
  return faultsOf(read, { directory, measured, now: at, knewInterval: false, ...known });
}

const codes = (...asked: Parameters<typeof faults>): string[] => faults(...asked).map(({ code }) => code);

const lost = (more: Partial<MissingPart> = {}): MissingPart => ({
  ...{ part: 'requests', question: 'requests-finished', code: 'TIMEOUT', message: 'after 30 s' },
  ...more,
});

describe('the faults of a reading', () => {
  it('are none where all is well', () => {
    expect(faults({ scrapeIntervalMs: 30_000 })).toEqual([]);
  });

  it('name each part that is missing once, with a question of it and why', () => {
    const missing = [lost(), lost({ question: 'requests-finished-to-pods' })];
    const missingDetails = [lost({ part: 'proxies', question: 'proxies-age', code: 'OVERLOADED' })];
    expect(faults({ missing, missingDetails })).toEqual([
      { code: 'part-missing', part: 'requests', message: 'requests-finished: no answer in time' },
      { code: 'detail-missing', part: 'proxies', message: 'proxies-age: too much for the source' },
    ]);
  });

  it('name the counters that are missing, one by one', () => {
    const of = (what: 'denied' | 'allowed') =>
      lost({ part: 'counters', question: `http-${what}`, counters: { what, protocol: 'http' } });
    expect(faults({ missing: [of('allowed'), of('denied')] })).toMatchObject([
      { part: 'counters', counters: 'allowed http' },
      { part: 'counters', counters: 'denied http' },
    ]);
  });

  it('say that the source is not whole, in words that do not change', () => {
    const [one] = faults({ incomplete: 'store 10.0.0.7 is away' });
    expect(one).toEqual({ code: 'incomplete', message: expect.not.stringContaining('10.0.0.7') });
  });

  it('tell a proxy that refuses its scrapes from one whose scrapes time out, and from a pod that is not ready', () => {
    const [web, cart] = both.map((name) => proxy(name, { up: false })) as [
      ReturnType<typeof proxy>,
      ReturnType<typeof proxy>,
    ];
    expect(faults({ proxies: [web, { ...cart, scrapeMs: 10_000 }] })).toMatchObject([
      { code: 'scrapes-fail', pods: ['shop/web-1-a'], message: expect.stringContaining('4191') },
      { code: 'scrapes-time-out', pods: ['shop/cart-1-a'] },
    ]);
    expect(codes({ proxies: [web, proxy(webPod, { job: 'another' })] })).not.toContain('scrapes-fail');
    const starting = new Cluster().linkerd().deployment('shop/web', ['10.0.0.1'], { ready: false });
    const read = reading([], { proxies: [web] });
    const measured = edgesOf(read, starting.directory);
    const known = { directory: starting.directory, measured, now: at, knewInterval: false };
    expect(faultsOf(read, known)).toEqual([]);
  });

  it.each([
    ['scrapes-slow', { scrapeMs: 20_000 }],
    ['proxies-old', { version: '2.207.0' }],
    ['certificates-ending', { certificateMs: 3_600_000 }],
    ['scraped-twice', { scrapes: 2 }],
  ] as const)('have %s, and of which pods', (code, of) => {
    const proxies = [proxy(webPod), proxy(cartPod, of)];
    const [one, ...more] = faults({ proxies, scrapeIntervalMs: 30_000 });
    expect([one?.code, more]).toEqual([code, []]);
    expect(one?.pods).toEqual([expect.stringContaining('shop/cart-1-a')]);
  });

  it.each([
    ['samples-late', { sampleAgeMs: 61_000 }, { sampleAgeMs: 59_000 }],
    ['scrapes-slow', { scrapeMs: 15_000 }, { scrapeMs: 14_000 }],
    ['proxies-old', { version: '2.220.9' }, { version: '2.221.0' }],
    ['certificates-ending', { certificateMs: 6 * 60 * minute - 1 }, { certificateMs: 6 * 60 * minute }],
  ] as const)('have %s from its bound on', (code, has, hasNot) => {
    const ofBoth = (seen: object) => ({
      proxies: both.map((name) => proxy(name, seen)),
      scrapeIntervalMs: 30_000,
    });
    expect([codes(ofBoth(has)), codes(ofBoth(hasNot))]).toEqual([[code], []]);
  });

  it('have a clock that is behind ours, and a history that was there before', () => {
    expect(codes({}, { now: at + 5 * minute + 1 })).toEqual(['clock-behind']);
    expect(codes({}, { now: at + 5 * minute })).toEqual([]);
    expect(codes({}, { knewInterval: true })).toEqual(['history-lost']);
    const missingDetails = [lost({ part: 'proxies', question: 'scrape-interval' })];
    expect(codes({ missingDetails }, { knewInterval: true })).toEqual(['detail-missing']);
  });

  it('name the scrapes that are of no pod of the cluster, ten at most', () => {
    const gone = Array.from({ length: 40 }, (_, index) => `shop/gone-${index}@10.1.0.${index}`);
    const requests = gone.map((name) => ({
      ...{ client: claim(name), destination: destination('shop/Deployment/cart:8080') },
      ...{ tls: mesh(''), successPerSecond: 1 },
    }));
    const [one, ...more] = faults({ requests });
    expect([one?.code, one?.pods?.length, more]).toEqual(['proxies-not-believed', 10, []]);
    expect(one?.pods).toContain('shop/gone-3@10.1.0.3');
  });

  it('of latencies show only where they were asked for', () => {
    const fault = { code: 'part-missing', part: 'latency', message: '' } as const;
    expect(wouldTell(reading(both), fault)).toBe(false);
    expect(wouldTell(reading(both, { latency: [] }), fault)).toBe(true);
    expect(wouldTell(reading(both), { ...fault, part: 'requests' })).toBe(true);
  });
});

describe('proxies in short', () => {
  it('are told by version, with the certificate that ends first and those scraped twice', () => {
    const proxies = [
      proxy(webPod, { version: '2.366.0', certificateMs: 3_600_000 }),
      proxy(cartPod, { version: '2.326.0', certificateMs: 7_200_000 }),
      proxy('shop/other@10.0.0.9', { version: '2.326.0', certificateMs: 86_400_000 }),
    ];
    expect(proxiesInShort(reading([], { proxies }), { scrapedAgain: ['shop/cart-1-a'] })).toEqual({
      versions: [
        { version: '2.326.0', proxies: 2 },
        { version: '2.366.0', proxies: 1 },
      ],
      scrapedTwice: 1,
      certificates: { soonestEndAt: at + 3_600_000, endingSoon: 2 },
    });
  });

  it('are of ten versions at most, and unknown where they tell nothing', () => {
    const proxies = Array.from({ length: 30 }, (_, index) =>
      proxy(webPod, { version: `2.${300 + index}.0` }),
    );
    expect(proxiesInShort(reading([], { proxies }), { scrapedAgain: [] })?.versions).toHaveLength(10);
    expect(proxiesInShort(reading(both), { scrapedAgain: [] })).toBeUndefined();
  });
});
