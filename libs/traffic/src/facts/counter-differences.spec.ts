import { describe, expect, it } from '@jest/globals';
import type { ClientSeen } from '@mcp/mesh';
import type { CounterSeen } from '@mcp/sources';
import fc from 'fast-check';
import type { CountedProxy } from './counted-proxy.js';
import type { CounterPoll, DifferenceLimits } from './counter-difference.js';
import { CounterDifferences } from './counter-differences.js';

const workload = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
const server = { group: 'policy.linkerd.io', kind: 'server', name: 'cart-http' };
const bank: ClientSeen = { kind: 'identity', identity: 'bank.bank' };

function denied(value: number, client: ClientSeen = bank): CounterSeen {
  const serving = { namespace: 'shop', pod: 'cart-1', address: '10.0.0.1' };
  return { serving, what: 'denied', protocol: 'http', port: 8080, server, client, value };
}

/** Began at 1,000. */
function proxy(counters: readonly CounterSeen[], rest: Partial<CountedProxy> = {}): CountedProxy {
  return { pod: 'shop/cart-1', workload, up: true, startedAt: 1_000_000, scrapes: 1, counters, ...rest };
}

/** One poll of one proxy after another, fifteen seconds apart, from 2,000 on. */
class Polling {
  readonly differences: CounterDifferences;
  at = 2_000_000;

  constructor(limits?: DifferenceLimits) {
    this.differences = new CounterDifferences(limits);
  }

  /** What the poll adds up to. */
  poll(counters: readonly CounterSeen[], rest: Partial<CountedProxy & CounterPoll> = {}): number {
    this.at += 15_000;
    const { whole = true, unread = [], ...proxyRest } = rest;
    const proxies = [proxy(counters, proxyRest)];
    const found = [...this.differences.compare({ at: this.at, proxies, whole, unread })];
    return found.flat().reduce((sum, { count }) => sum + count, 0);
  }
}

function sumOf(
  differences: CounterDifferences,
  at: number,
  proxies: readonly CountedProxy[],
  whole = true,
): number {
  return [...differences.compare({ at, proxies, whole })].flat().reduce((sum, { count }) => sum + count, 0);
}

const nothing = { unknownBefore: 0, duplicated: 0, behind: 0, invalid: 0, tooMany: 0 };

describe('the difference of a counter', () => {
  it('is what it rose by since the last poll, told with what it counts', () => {
    const route = { group: '', kind: 'default', name: 'default' };
    const polling = new Polling();
    polling.poll([{ ...denied(5), route }]);
    const [found] = polling.differences.compare({
      at: 3_000_000,
      proxies: [proxy([{ ...denied(8), route }])],
      whole: true,
    });
    expect(found).toEqual([
      { workload, what: 'denied', protocol: 'http', port: 8080, server, route, client: bank, count: 3 },
    ]);
  });

  it('is not known where a proxy is first seen that is older than the last poll', () => {
    const polling = new Polling();
    expect([polling.poll([denied(5)]), polling.poll([denied(5)])]).toEqual([0, 0]);
    expect(polling.differences.notCompared).toEqual({ ...nothing, unknownBefore: 1 });
  });

  it('is all of it where the proxy is younger than the last poll', () => {
    const polling = new Polling();
    polling.poll([]);
    const young = { pod: 'shop/cart-2', startedAt: polling.at + 5_000 };
    expect(polling.poll([denied(5)], young)).toBe(5);
    expect(polling.differences.notCompared).toEqual(nothing);
  });

  it('is all of it where the counter is new on a proxy that was compared before', () => {
    const polling = new Polling();
    polling.poll([denied(5)]);
    expect(polling.poll([denied(5), denied(2, { kind: 'unmeshed' })])).toBe(2);
  });

  it('is all of it where the counter fell, or the proxy began anew', () => {
    const polling = new Polling();
    polling.poll([denied(5)]);
    expect(polling.poll([denied(3)])).toBe(3);
    expect(polling.poll([denied(7)], { startedAt: polling.at })).toBe(7);
  });

  it('is to the last known value where the same process was not seen for a while', () => {
    const polling = new Polling();
    polling.poll([denied(5)]);
    expect(polling.poll([], { up: false })).toBe(0);
    polling.at += 3_600_000;
    expect(polling.poll([denied(9)])).toBe(4);
  });

  it('is nothing while the last scrape failed, whatever is left over from the one before', () => {
    const polling = new Polling();
    polling.poll([denied(5)]);
    expect([polling.poll([denied(6)], { up: false }), polling.poll([denied(6)])]).toEqual([0, 1]);
  });

  it('is left for later while the proxy is scraped twice', () => {
    const polling = new Polling();
    polling.poll([denied(5)]);
    expect(polling.poll([denied(14)], { scrapes: 2 })).toBe(0);
    expect(polling.poll([denied(8)])).toBe(3);
    expect(polling.differences.notCompared).toEqual({ ...nothing, unknownBefore: 1, duplicated: 1 });
  });

  it('is nothing where the answer is older than the one before', () => {
    const polling = new Polling();
    polling.poll([denied(5)]);
    polling.poll([denied(9)]);
    expect(polling.poll([denied(5)], { sampleAgeMs: 60_000 })).toBe(0);
    expect(polling.poll([denied(100)], { startedAt: 5_000 })).toBe(0);
    expect(sumOf(polling.differences, polling.at, [proxy([denied(100)])])).toBe(0);
    expect(polling.poll([denied(10)])).toBe(1);
    expect(polling.differences.notCompared).toEqual({ ...nothing, unknownBefore: 1, behind: 2 });
  });

  it.each([NaN, Infinity, -1])('is nothing for %d, which is no count', (value) => {
    const polling = new Polling();
    polling.poll([denied(5)]);
    expect([polling.poll([denied(value)]), polling.poll([denied(7)])]).toEqual([0, 2]);
    expect(polling.differences.notCompared).toEqual({ ...nothing, unknownBefore: 1, invalid: 1 });
  });

  it('is not known where the counter was absent from a part of an answer only', () => {
    const polling = new Polling();
    polling.poll([], { whole: false });
    expect(polling.poll([denied(5)])).toBe(0);
    expect(polling.poll([denied(5), denied(2, { kind: 'unmeshed' })], { whole: false })).toBe(2);
  });

  it('is all that came together while it could not be read, and costs the others nothing', () => {
    const polling = new Polling();
    const unread = [{ what: 'denied', protocol: 'http' }] as const;
    const allowed = (value: number): CounterSeen => ({ ...denied(value), what: 'allowed' });
    polling.poll([denied(5), allowed(1)]);
    expect(polling.poll([allowed(3)], { unread })).toBe(2);
    expect(polling.poll([allowed(3)], { unread })).toBe(0);
    expect(polling.poll([allowed(3), denied(9), denied(2, { kind: 'unmeshed' })])).toBe(6);
    expect(polling.differences.notCompared).toEqual({ ...nothing, unknownBefore: 2 });
  });

  it('is not known where it could not be read since the proxy was first seen, but for one that began since', () => {
    const polling = new Polling();
    const unread = [{ what: 'denied', protocol: 'http' }] as const;
    expect(polling.poll([], { unread })).toBe(0);
    expect(polling.poll([], { unread })).toBe(0);
    expect(polling.poll([denied(500)])).toBe(0);
    expect(polling.poll([denied(501)], { unread })).toBe(1);
    const startedAt = polling.at + 1_000;
    polling.poll([], { startedAt, unread });
    expect(polling.poll([denied(3)], { startedAt })).toBe(3);
  });

  it('is never taken of more series than may be remembered, and none of them is counted whole later', () => {
    const polling = new Polling({ retentionMs: 3_600_000, mostSeries: 1 });
    const other = { kind: 'unmeshed' } as const;
    polling.poll([denied(5)]);
    expect(polling.poll([denied(6), denied(3, other)])).toBe(1);
    expect(polling.poll([denied(7), denied(4, other)])).toBe(1);
    expect([polling.differences.size, polling.differences.notCompared.tooMany]).toEqual([1, 2]);
  });

  it('is not known of a proxy that was not seen for longer than proxies are remembered', () => {
    const polling = new Polling({ retentionMs: 3_600_000, mostSeries: 100 });
    polling.poll([denied(5)]);
    polling.at += 3_600_000;
    polling.poll([], { pod: 'shop/cart-2' });
    expect([polling.differences.size, polling.poll([denied(9)])]).toEqual([0, 0]);
  });
});

/** One thing that happens to one of three proxies. */
type Step =
  | { readonly what: 'calls'; readonly proxy: number; readonly series: number; readonly calls: number }
  | { readonly what: 'restarts'; readonly proxy: number }
  | { readonly what: 'polled'; readonly scraped: readonly boolean[]; readonly twice: readonly boolean[] };

const three = (odds: fc.Arbitrary<boolean>) => fc.tuple(odds, odds, odds);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      what: fc.constant('calls' as const),
      proxy: fc.nat(2),
      series: fc.nat(2),
      calls: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ what: fc.constant('restarts' as const), proxy: fc.nat(2) }),
    fc.record({
      what: fc.constant('polled' as const),
      scraped: three(fc.boolean()),
      twice: three(fc.constantFrom(false, false, false, true)),
    }),
  ),
  { maxLength: 40 },
);

/** Proxies as they are, and what a poll could at best have seen of them. */
class Proxies {
  readonly #all = [0, 1, 2].map(() => ({
    startedAt: 1_000_000,
    values: [0, 0, 0],
    /** As seen by the last poll that had it; undefined before it was seen. */
    seen: undefined as { startedAt: number; values: number[] } | undefined,
  }));
  now = 2_000_000;
  polled = false;
  /** What was counted between the first sight of a proxy and the last, less what a process took with it unseen. */
  truth = 0;

  calls(index: number, series: number, calls: number): void {
    const values = this.#all[index]?.values;
    if (values !== undefined) values[series] = (values[series] ?? 0) + calls;
  }

  restarts(index: number): void {
    const proxy = this.#all[index];
    if (proxy === undefined) return;
    this.now += 10_000;
    proxy.startedAt = this.now;
    proxy.values = [0, 0, 0];
  }

  poll(scraped: readonly boolean[], twice: readonly boolean[]): readonly CountedProxy[] {
    const previous = this.now;
    this.now += 10_000;
    const found = this.#all.flatMap((it, index) => {
      if (scraped[index] !== true) return [];
      const scrapes = twice[index] === true ? 2 : 1;
      if (scrapes === 1) {
        const { seen } = it;
        const known =
          seen ?? (this.polled && it.startedAt > this.lastPoll ? { startedAt: 0, values: [] } : undefined);
        const before = known?.startedAt === it.startedAt ? known.values : [];
        if (known !== undefined)
          this.truth += it.values.reduce((sum, value, series) => sum + value - (before[series] ?? 0), 0);
        it.seen = { startedAt: it.startedAt, values: [...it.values] };
      }
      const counters = it.values.flatMap((value, series) =>
        value === 0 ? [] : [denied(value * scrapes, { kind: 'identity', identity: `client-${series}` })],
      );
      return [proxy(counters, { pod: `shop/cart-${index}`, startedAt: it.startedAt, scrapes })];
    });
    this.lastPoll = Math.max(previous, this.now);
    this.polled = true;
    return found;
  }

  lastPoll = 0;
}

describe('differences of counters', () => {
  it('add up to what was counted since a proxy was first seen, whatever restarts, gaps and checkpoints there are', () => {
    fc.assert(
      fc.property(steps, fc.nat(40), (story, checkpointAt) => {
        const proxies = new Proxies();
        let differences = new CounterDifferences();
        let sum = 0;
        for (const [index, step] of story.entries()) {
          if (step.what === 'calls') proxies.calls(step.proxy, step.series, step.calls);
          else if (step.what === 'restarts') proxies.restarts(step.proxy);
          else {
            const counted = proxies.poll(step.scraped, step.twice);
            for (const found of differences.compare({ at: proxies.now, proxies: counted, whole: true }))
              for (const { count } of found) {
                expect(count).toBeGreaterThan(0);
                sum += count;
              }
          }
          if (index === checkpointAt) {
            const restored = new CounterDifferences();
            for (const record of differences.records())
              restored.restore(JSON.parse(JSON.stringify(record)) as typeof record);
            differences = restored;
          }
        }
        expect(sum).toBe(proxies.truth);
      }),
      { numRuns: 500 },
    );
  });
});
