import { describe, expect, it } from '@jest/globals';
import type { CounterSeen, ProxyClaim, ProxySeen, TrafficReading } from '@mcp/sources';
import { countedProxies } from './counted-proxy.js';

const workload = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
const claim: ProxyClaim = { namespace: 'shop', pod: 'cart-1', address: '10.0.0.1' };
const forged: ProxyClaim = { ...claim, address: '10.6.6.6' };
const seen: ProxySeen = {
  ...claim,
  job: 'linkerd-proxy',
  up: true,
  startedAt: 1_000,
  sampleAgeMs: 5,
  scrapes: 1,
};

function counter(serving: ProxyClaim, value: number): CounterSeen {
  const server = { group: '', kind: 'default', name: 'deny' };
  return { serving, what: 'denied', protocol: 'http', port: 80, server, client: { kind: 'unmeshed' }, value };
}

function reading(proxies: readonly ProxySeen[], counters: readonly CounterSeen[]): TrafficReading {
  const none = { requests: [], connections: [], inbound: [], routes: [], missing: [], rejected: [] };
  return { at: 2_000, windowMs: 60_000, proxies, counters, ...none };
}

const ownerOf = ({ address }: ProxyClaim) =>
  address === '10.0.0.1' ? { pod: 'shop/cart-1', workload } : undefined;

describe('a proxy that is who it claims to be', () => {
  it('is given its counters; those of one that is not are counted', () => {
    const counters = [counter(claim, 1), counter(forged, 100), counter(claim, 2)];
    expect(countedProxies(reading([seen, { ...seen, ...forged }], counters), ownerOf)).toEqual({
      proxies: [
        {
          pod: 'shop/cart-1',
          workload,
          up: true,
          startedAt: 1_000,
          sampleAgeMs: 5,
          scrapes: 1,
          counters: [counter(claim, 1), counter(claim, 2)],
        },
      ],
      untrusted: 1,
    });
  });

  it('of two scrape jobs is one, and scraped twice, even where the source does not say so', () => {
    const { startedAt, ...unsure } = { ...seen, job: 'another' };
    expect(countedProxies(reading([seen, unsure], []), ownerOf).proxies).toEqual([
      { pod: 'shop/cart-1', workload, up: true, startedAt, sampleAgeMs: 5, scrapes: 2, counters: [] },
    ]);
  });

  it('of two scrape jobs is scraped once where one of them reaches it no more, in any order', () => {
    const down = { ...seen, job: 'another', up: false };
    for (const claims of [
      [seen, down],
      [down, seen],
    ])
      expect(countedProxies(reading(claims, []), ownerOf).proxies).toMatchObject([{ up: true, scrapes: 1 }]);
  });
});
