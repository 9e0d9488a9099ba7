import { describe, expect, it } from '@jest/globals';
import type { TrafficEnd } from '@mcp/mesh';
import type { TrafficReading } from '@mcp/sources';
import { identity } from '../../test/cluster.js';
import {
  at,
  claim,
  connections,
  destination,
  fromUnmeshed,
  inbound,
  mesh,
  plaintext,
  proxy,
  reading,
  requests,
} from '../../test/reading.js';
import {
  cart,
  cartPod,
  edge,
  ofCart,
  seen,
  shop,
  toCart,
  web,
  webPod,
  webToCart,
  workload,
} from '../../test/shop.js';
import { edgesOf } from './edges-of.js';
import type { MeasuredEdge } from './measured-edges.js';
import { noGaps } from './partial-telemetry.js';

/** An edge that the proxy of `cart` tells of. */
function served(source: TrafficEnd, key: string, otherwise: Partial<MeasuredEdge> = {}): MeasuredEdge {
  const id = { source, destination: workload('shop/Deployment/cart'), port: 8080 };
  return { ...edge(webToCart, { evidence: 'server', ...otherwise }), id, key };
}

const byWeb = { kind: 'identity', identity: web } as const;
const told = (rows: number) => [{ reason: 'told-by-client', rows, proxies: [cartPod] }];

describe('what a server tells of a client', () => {
  it('makes no edge where the proxy of the client tells the same', () => {
    const read = reading([webPod, cartPod], {
      requests: [requests(webPod, toCart, mesh(cart), 1)],
      inbound: [inbound(cartPod, 8080, byWeb, mesh(web), 1)],
    });
    expect(seen(shop(), read)).toEqual({ edges: [edge(webToCart, ofCart)], leftOut: told(1) });
  });

  it('makes an edge where the client is not meshed', () => {
    const read = reading([webPod, cartPod], {
      inbound: [inbound(cartPod, 8080, { kind: 'unmeshed' }, fromUnmeshed, 0.5)],
    });
    expect(seen(shop(), read)).toEqual({
      edges: [
        served({ kind: 'unmeshed' }, 'unmeshed>shop/Deployment/cart:8080', {
          sample: { successPerSecond: 0.5, failurePerSecond: 0, mtlsShare: 0 },
          security: 'plaintext',
          insecureReasons: ['no_tls_from_remote'],
        }),
      ],
      leftOut: [],
    });
  });

  it('makes no edge of plain calls that the proxy of a client has sent', () => {
    const read = reading([webPod, cartPod], {
      requests: [requests(webPod, toCart, plaintext, 0.5)],
      inbound: [inbound(cartPod, 8080, { kind: 'unmeshed' }, fromUnmeshed, 0.5)],
    });
    expect(seen(shop(), read).leftOut).toEqual(told(1));
    const more = { ...read, inbound: [inbound(cartPod, 8080, { kind: 'unmeshed' }, fromUnmeshed, 5)] };
    expect(seen(shop(), more).edges.map(({ key }) => key)).toEqual([
      webToCart,
      'unmeshed>shop/Deployment/cart:8080',
    ]);
  });

  it('makes an edge from the identity where no workload has it: of another trust domain, of a gateway', () => {
    const foreign = identity('web.shop', 'west.example');
    const read = reading([webPod, cartPod], {
      inbound: [inbound(cartPod, 8080, { kind: 'identity', identity: foreign }, mesh(foreign), 1)],
    });
    const source = { kind: 'identity', identity: foreign } as const;
    expect(seen(shop(), read)).toEqual({
      edges: [served(source, `identity:${foreign}>shop/Deployment/cart:8080`)],
      leftOut: [],
    });
  });

  it('makes an edge from the external workload that has the identity', () => {
    const cluster = shop().externalWorkload('shop', 'till', 'spiffe://shop/till');
    const read = reading([cartPod], {
      inbound: [
        inbound(
          cartPod,
          8080,
          { kind: 'identity', identity: 'spiffe://shop/till' },
          mesh('spiffe://shop/till'),
          1,
        ),
      ],
    });
    expect(seen(cluster, read)).toEqual({
      edges: [edge('shop/ExternalWorkload/till>shop/Deployment/cart:8080', { evidence: 'server' })],
      leftOut: [],
    });
  });

  it('makes an edge from the one workload of the identity where its proxy is down, or not scraped', () => {
    const parts = { inbound: [inbound(cartPod, 8080, byWeb, mesh(web), 1)] };
    const expected = { edges: [edge(webToCart, { evidence: 'server' })], leftOut: [] };
    expect(seen(shop(), reading([cartPod], parts))).toEqual(expected);
    const down: TrafficReading = reading([], {
      ...parts,
      proxies: [proxy(cartPod), proxy(webPod, { up: false })],
      requests: [requests(webPod, toCart, mesh(cart), 0.3)],
    });
    expect(seen(shop(), down)).toEqual({
      edges: [edge(webToCart, { ...ofCart, evidence: 'server' })],
      leftOut: [],
    });
  });

  it('makes an edge from the identity where several workloads have it', () => {
    const cluster = shop().deployment('shop/bot', ['10.0.0.7'], { account: 'web' });
    const read = reading([cartPod], { inbound: [inbound(cartPod, 8080, byWeb, mesh(web), 1)] });
    expect(seen(cluster, read)).toEqual({
      edges: [served(byWeb, `identity:${web}>shop/Deployment/cart:8080`)],
      leftOut: [],
    });
  });

  it('is of another cluster where the workload of the identity is scraped and does not tell of it', () => {
    const read = (perSecond: number) =>
      reading([webPod, cartPod], { inbound: [inbound(cartPod, 8080, byWeb, mesh(web), perSecond)] });
    expect(seen(shop(), read(1))).toEqual({
      edges: [served(byWeb, `identity:${web}>shop/Deployment/cart:8080`)],
      leftOut: [],
    });
    expect(seen(shop(), read(0))).toEqual({
      edges: [],
      leftOut: [{ reason: 'idle-client', rows: 1, proxies: [cartPod] }],
    });
  });

  it('is of the one workload that has told of it and does not any more, where others have the identity too', () => {
    const cluster = shop().deployment('shop/bot', ['10.0.0.7'], { account: 'web' });
    const read = reading([cartPod, 'shop/bot-1-a@10.0.0.7'], {
      requests: [requests(webPod, toCart, mesh(cart), 0.3)],
      inbound: [inbound(cartPod, 8080, byWeb, mesh(web), 1)],
    });
    expect(seen(cluster, read).edges).toEqual([edge(webToCart, { ...ofCart, evidence: 'server' })]);
  });

  it('takes no client for unmeshed while what clients tell could not be read', () => {
    const read = reading([webPod, cartPod], {
      inbound: [inbound(cartPod, 8080, { kind: 'unmeshed' }, plaintext, 1)],
      missing: [{ part: 'requests', question: 'q', code: 'TIMEOUT', message: 'no answer' }],
    });
    expect(seen(shop(), read)).toEqual({
      edges: [],
      leftOut: [{ reason: 'clients-unread', rows: 1, proxies: [cartPod] }],
    });
  });

  it('makes no edge of a client whose own rows could not be read', () => {
    const read = reading([webPod, cartPod], {
      inbound: [inbound(cartPod, 8080, byWeb, mesh(web), 1)],
      missing: [{ part: 'requests', question: 'q', code: 'TIMEOUT', message: 'no answer' }],
    });
    expect(seen(shop(), read)).toEqual({
      edges: [],
      leftOut: [{ reason: 'clients-unread', rows: 1, proxies: [cartPod] }],
    });
  });
});

describe('calls between clusters', () => {
  it('go to the mirrored Service, and are counted there', () => {
    const { workload: _, ...gateway } = destination('shop/Deployment/world:4143');
    const mirrored = { cluster: 'west', namespace: 'shop', name: 'world' };
    const read = reading([webPod], {
      requests: [
        requests(
          webPod,
          { ...gateway, service: 'world-west', authority: 'world-west.shop.svc.cluster.local:80', mirrored },
          mesh('gw'),
          1,
        ),
      ],
    });
    expect(seen(shop(), read)).toEqual({
      edges: [
        {
          ...edge('shop/Deployment/web>shop/Deployment/world:4143'),
          id: {
            source: workload('shop/Deployment/web'),
            destination: { kind: 'mirrored', ...mirrored },
            port: 4143,
          },
          key: 'shop/Deployment/web>mirrored:west/shop/world:4143',
          services: ['shop/world-west'],
          serverIdentities: ['gw'],
        },
      ],
      leftOut: [],
    });
  });

  it.each([
    [
      'of a workload that has a namesake here, reached by another Service',
      { ...toCart, authority: 'cart-west.shop.svc.cluster.local:80' },
      'shop/Service/cart-west',
    ],
    ['of a workload that is not here', destination('shop/Deployment/world:8080'), 'shop/Deployment/world'],
    ['of a pod that is not here', { namespace: 'shop', pod: 'world-x', port: 8080 }, 'shop/Pod/world-x'],
  ])('go to what is not known here: %s', (_, to, named) => {
    const read = reading([webPod], { requests: [requests(webPod, to, mesh('x'), 1)] });
    expect(seen(shop(), read).edges.map(({ id }) => id.destination)).toEqual([{ kind: 'unknown', named }]);
  });
});

describe('a proxy that is scraped more than once', () => {
  it('has its figures divided by how often', () => {
    const buckets = [
      { upToMs: 10, perSecond: 2 },
      { upToMs: Infinity, perSecond: 2 },
    ];
    const measured = edgesOf(
      reading([], {
        proxies: [proxy(webPod, { scrapes: 2 }), proxy(webPod, { scrapes: 2, job: 'again' })],
        requests: [requests(webPod, toCart, mesh(cart), 2, { failurePerSecond: 1 })],
        connections: [connections(webPod, toCart, mesh(cart), 4)],
        latency: [{ client: claim(webPod), destination: toCart, buckets }],
      }),
      shop().directory,
    );
    expect([measured.scrapedAgain, measured.edges]).toEqual([
      ['shop/web-1-a'],
      [
        edge(webToCart, {
          ...ofCart,
          sample: {
            successPerSecond: 1,
            failurePerSecond: 0.5,
            openConnections: 2,
            mtlsShare: 1,
            p50Ms: 5,
            p95Ms: 9.5,
            p99Ms: 9.9,
          },
        }),
      ],
    ]);
  });
});

describe('partial telemetry', () => {
  const poll = (byClient: number, byServer: number, parts: Partial<TrafficReading> = {}) =>
    reading([webPod, cartPod], {
      requests: [requests(webPod, toCart, mesh(cart), byClient)],
      inbound: [inbound(cartPod, 8080, byWeb, mesh(web), byServer)],
      ...parts,
    });
  const polls = (...read: readonly TrafficReading[]) => {
    let gaps = noGaps;
    return read.map((one) => {
      const { edges, gaps: now } = edgesOf(one, shop().directory, { gaps });
      gaps = now;
      return edges;
    });
  };
  const whole = edge(webToCart, ofCart);

  it('is a difference of more than a fifth between both ends, three times; the higher figure is kept', () => {
    const partial = {
      ...whole,
      sample: { successPerSecond: 2, failurePerSecond: 0, mtlsShare: 1 },
      partial: true,
    };
    expect(polls(poll(1, 2), poll(1, 2), poll(1, 2), poll(1, 1.2))).toEqual([
      [whole],
      [whole],
      [partial],
      [whole],
    ]);
    expect(polls(poll(1, 0.5), poll(1, 0.5), poll(1, 0.5)).at(-1)).toEqual([{ ...whole, partial: true }]);
  });

  it('keeps the figures of the client where another workload has its identity too', () => {
    const shared = shop().deployment('shop/bot', ['10.0.0.7'], { account: 'web' });
    const gaps = new Map([[`identity:${web}>shop/Deployment/cart:8080`, 2]]);
    expect(edgesOf(poll(1, 2), shared.directory, { gaps }).edges).toEqual([{ ...whole, partial: true }]);
  });

  it('is not what a server has refused, nor what a young proxy does not tell yet', () => {
    const refused = {
      counters: [
        {
          serving: claim(cartPod),
          port: 8080,
          server: { group: 'policy.linkerd.io', kind: 'server', name: 'cart' },
          what: 'denied' as const,
          protocol: 'http' as const,
          client: byWeb,
          value: 1,
        },
      ],
    };
    const denied = poll(1, 0.5, refused);
    expect(polls(denied, denied, denied).at(-1)).toEqual([whole]);
    const young = poll(1, 2, { proxies: [proxy(webPod), proxy(cartPod, { startedAt: at - 1_000 })] });
    expect(polls(young, young, young).at(-1)).toEqual([whole]);
  });
});
