import { describe, expect, it } from '@jest/globals';
import type { ProxySeen, TrafficReading } from '@mcp/sources';
import { identity } from '../../test/cluster.js';
import {
  cart,
  cartPod,
  edge,
  ofCart,
  seen,
  shop,
  toCart,
  webPod,
  webToCart,
  workload,
} from '../../test/shop.js';
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
  windowMs,
} from '../../test/reading.js';
import { edgesInSteps, edgesOf } from './edges-of.js';
import type { MeasuredEdge } from './measured-edges.js';

describe('edges of what clients tell', () => {
  it('add up the pods of a workload, and say what they stand on', () => {
    const cluster = shop().deployment('shop/web', ['10.0.0.1', '10.0.0.3']);
    const measured = edgesOf(
      reading([webPod, 'shop/web-1-b@10.0.0.3', cartPod], {
        requests: [
          requests(webPod, toCart, mesh(cart), 1, { startedPerSecond: 2 }),
          requests('shop/web-1-b@10.0.0.3', toCart, mesh(cart), 2, { failurePerSecond: 0.5 }),
        ],
      }),
      cluster.directory,
    );
    const { watched, gone, ...rest } = measured;
    expect(rest).toEqual({
      edges: [
        edge(webToCart, {
          ...ofCart,
          sample: { successPerSecond: 3, failurePerSecond: 0.5, startedPerSecond: 2, mtlsShare: 1 },
        }),
      ],
      seen: { asOf: at, windowMs, proxiesSeen: 3, meshedPods: 3 },
      whole: true,
      workloads: new Map([
        [
          'shop/Deployment/web',
          { workload: workload('shop/Deployment/web').workload, meshedPods: 2, proxiesSeen: 2, warming: 0 },
        ],
        [
          'shop/Deployment/cart',
          { workload: workload('shop/Deployment/cart').workload, meshedPods: 1, proxiesSeen: 1, warming: 0 },
        ],
      ]),
      routes: [],
      leftOut: [],
      scrapedAgain: [],
      gaps: new Map(),
    });
    expect(watched(workload('shop/Deployment/web'))).toBe(true);
    expect(gone(workload('shop/Deployment/web'))).toBe(false);
    expect([gone(workload('shop/Deployment/no-more')), gone({ kind: 'unmeshed' })]).toEqual([true, false]);
  });

  it('are the same in steps as at once', () => {
    const read = reading([webPod], {
      requests: Array.from({ length: 600 }, (_, port) =>
        requests(webPod, { ...toCart, port: port + 1 }, mesh(cart), 1),
      ),
    });
    const steps = edgesInSteps(read, shop().directory);
    let pauses = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) pauses += 1;
    expect(step.value.edges).toEqual(edgesOf(read, shop().directory).edges);
    expect(pauses).toBeGreaterThan(2);
  });

  it('take HTTP that also shows in connections for HTTP, and connections alone for TCP', () => {
    const toRedis = destination('shop/StatefulSet/redis:6379');
    const cluster = shop()
      .controller('shop/StatefulSet/redis')
      .pod('shop/redis-0', '10.0.0.4', { owner: 'shop/StatefulSet/redis', account: 'redis' });
    const redis = identity('redis.shop');
    expect(
      seen(
        cluster,
        reading([webPod], {
          requests: [requests(webPod, toCart, mesh(cart), 1)],
          connections: [
            connections(webPod, toCart, mesh(cart), 2, { openedPerSecond: 0.1, failedPerSecond: 0.05 }),
            connections(webPod, toRedis, mesh(redis), 1, {
              writtenBytesPerSecond: 500,
              readBytesPerSecond: 2_000,
            }),
          ],
        }),
      ),
    ).toEqual({
      edges: [
        edge(webToCart, {
          ...ofCart,
          sample: {
            successPerSecond: 1,
            failurePerSecond: 0,
            mtlsShare: 1,
            openConnections: 2,
            openedPerSecond: 0.1,
            failedConnectionsPerSecond: 0.05,
          },
        }),
        edge('shop/Deployment/web>shop/StatefulSet/redis:6379', {
          sample: { mtlsShare: 1, openConnections: 1, writtenBytesPerSecond: 500, readBytesPerSecond: 2_000 },
          protocol: 'tcp',
          services: ['shop/redis'],
          serverIdentities: [redis],
        }),
      ],
      leftOut: [],
    });
  });

  it('of pods that were dialled have no service', () => {
    const { service: _, authority: __, workload: ___, ...byPod } = destination('shop/Deployment/cart:8080');
    expect(
      seen(
        shop(),
        reading([webPod], { requests: [requests(webPod, { ...byPod, pod: 'cart-1-a' }, mesh(cart), 1)] }),
      ),
    ).toEqual({ edges: [edge(webToCart, { serverIdentities: [cart] })], leftOut: [] });
  });

  it('name the root of what owns a pod: of a Job its CronJob, of a kind the log does not follow that one', () => {
    const cluster = shop()
      .controller('shop/CronJob/report')
      .controller('shop/Job/report-7', 'shop/CronJob/report')
      .pod('shop/report-7-x', '10.0.0.5', { owner: 'shop/Job/report-7' })
      .pod('shop/db-1', '10.0.0.6', { owner: 'shop/Cluster/db' });
    const { edges } = seen(
      cluster,
      reading(['shop/report-7-x@10.0.0.5'], {
        requests: [
          requests('shop/report-7-x@10.0.0.5', destination('shop/cluster/db:5432'), mesh(''), 1),
          requests('shop/report-7-x@10.0.0.5', destination('shop/ReplicaSet/cart-1:8080'), mesh(''), 1),
        ],
      }),
    );
    expect(edges.map(({ key }) => key)).toEqual([
      'shop/CronJob/report>shop/Cluster/db:5432',
      'shop/CronJob/report>shop/Deployment/cart:8080',
    ]);
  });

  it('keep what a client was denied as its proxy counts it', () => {
    const read = reading([webPod], {
      requests: [
        // 403 is a success, code 7 of gRPC a failure
        requests(webPod, toCart, mesh(cart), 0.25),
        requests(webPod, { ...toCart, port: 9000 }, mesh(cart), 0, { failurePerSecond: 0.5 }),
      ],
    });
    expect(seen(shop(), read).edges.map(({ sample }) => sample)).toEqual([
      { successPerSecond: 0.25, failurePerSecond: 0, mtlsShare: 1 },
      { successPerSecond: 0, failurePerSecond: 0.5, mtlsShare: 1 },
    ]);
  });

  it('leave out a figure that is no number, and have no traffic only where a figure says so', () => {
    const read = reading([webPod], {
      requests: [
        requests(webPod, toCart, mesh(cart), NaN, { failurePerSecond: -1, startedPerSecond: Infinity }),
        requests(webPod, { ...toCart, port: 9000 }, mesh(cart), 0),
      ],
    });
    expect(seen(shop(), read).edges).toEqual([
      (({ sample: _, ...rest }) => rest)(edge(webToCart, { ...ofCart, frozen: true, hadTraffic: false })),
      edge('shop/Deployment/web>shop/Deployment/cart:9000', {
        ...ofCart,
        sample: { successPerSecond: 0, failurePerSecond: 0 },
        hadTraffic: false,
      }),
    ]);
  });

  it('have no traffic of HTTP where connections are only kept open, and some where a request goes on', () => {
    const had = (bytes: number) =>
      seen(
        shop(),
        reading([webPod], {
          requests: [requests(webPod, toCart, mesh(cart), 0)],
          connections: [connections(webPod, toCart, mesh(cart), 2, { readBytesPerSecond: bytes })],
        }),
      ).edges.map(({ hadTraffic }) => hadTraffic);
    expect([had(4), had(400)]).toEqual([[false], [true]]);
  });

  it('tag what is of Linkerd itself, and leave out noise', () => {
    const cluster = shop().deployment('linkerd-viz/prometheus', ['10.0.0.9']);
    const prometheus = 'linkerd-viz/prometheus-1-a@10.0.0.9';
    const read = reading([webPod, cartPod, prometheus], {
      requests: [
        requests(prometheus, { ...toCart, port: 4191 }, mesh(cart), 1),
        requests(webPod, toCart, { tls: 'none', reason: 'loopback', identity: '' }, 1),
        requests(cartPod, destination('linkerd-viz/Deployment/prometheus:9090'), mesh(''), 1),
      ],
      inbound: [
        inbound(cartPod, 4191, { kind: 'unmeshed' }, fromUnmeshed, 1),
        inbound(cartPod, 8080, { kind: 'unmeshed' }, fromUnmeshed, 1, {
          authorization: { group: '', kind: 'default', name: 'probe' },
        }),
        inbound(cartPod, 8080, { kind: 'unmeshed' }, fromUnmeshed, 1, {
          authorization: { group: '', kind: 'default', name: 'localhost' },
        }),
      ],
    });
    expect(seen(cluster, read)).toEqual({
      edges: [
        edge('shop/Deployment/cart>linkerd-viz/Deployment/prometheus:9090', {
          services: ['linkerd-viz/prometheus'],
          system: true,
        }),
      ],
      leftOut: [
        { reason: 'admin-port', rows: 2, proxies: ['linkerd-viz/prometheus-1-a@10.0.0.9', cartPod] },
        { reason: 'probe', rows: 1, proxies: [cartPod] },
        { reason: 'localhost', rows: 2, proxies: [webPod, cartPod] },
      ],
    });
  });
});

describe('a proxy that is not who it claims to be', () => {
  const rows = (client: string) => ({ requests: [requests(client, toCart, mesh(cart), 1)] });
  const edges: MeasuredEdge[] = [];

  it('is left out where the log has its pod at another address', () => {
    expect(seen(shop(), reading(['shop/web-1-a@10.9.9.9'], rows('shop/web-1-a@10.9.9.9')))).toEqual({
      edges,
      leftOut: [{ reason: 'address-differs', rows: 1, proxies: ['shop/web-1-a@10.9.9.9'] }],
    });
  });

  it('is left out where the log has no such pod, or does not look there', () => {
    expect(seen(shop(), reading([], rows('shop/made-up@10.0.0.1'))).leftOut).toEqual([
      { reason: 'pod-unknown', rows: 1, proxies: ['shop/made-up@10.0.0.1'] },
    ]);
    const narrow = shop().record('scope', 'ScopeDeclared', { namespaces: ['shop'] });
    expect(seen(narrow, reading([], rows('bank/teller@10.0.0.7'))).leftOut).toEqual([
      { reason: 'out-of-scope', rows: 1, proxies: ['bank/teller@10.0.0.7'] },
    ]);
  });

  it('is left out where another pod has got the address of one that has finished', () => {
    const cluster = shop()
      .pod('shop/job-x', '10.0.0.8', { phase: 'Succeeded' })
      .pod('shop/intruder', '10.0.0.8');
    expect(seen(cluster, reading([], rows('shop/job-x@10.0.0.8'))).leftOut).toEqual([
      { reason: 'address-reused', rows: 1, proxies: ['shop/job-x@10.0.0.8'] },
    ]);
  });

  it('is not believed without an address, whatever else is listed under its name', () => {
    const unaddressed = [{ reason: 'address-unknown', rows: 1, proxies: ['shop/web-1-a'] }];
    expect(seen(shop(), reading([webPod], rows('shop/web-1-a')))).toEqual({ edges, leftOut: unaddressed });
    // nor does it count as a second scrape of the pod whose name it has
    const both = reading([webPod, 'shop/web-1-a'], rows(webPod));
    expect(seen(shop(), both)).toEqual({ edges: [edge(webToCart, ofCart)], leftOut: [] });
  });

  it('does not make its workload a watched one', () => {
    const { watched, seen: through } = edgesOf(reading(['shop/web-1-a@10.9.9.9', cartPod]), shop().directory);
    expect([watched(workload('shop/Deployment/web')), watched(workload('shop/Deployment/cart'))]).toEqual([
      false,
      true,
    ]);
    expect(through).toEqual({ asOf: at, windowMs, proxiesSeen: 1, meshedPods: 2 });
  });
});

it('says nothing of the traffic of an edge while requests could not be read, and keeps what connections show', () => {
  const open = { connections: [connections(webPod, toCart, mesh(cart), 1)] };
  const [known] = seen(shop(), reading([webPod], open)).edges;
  const missing = [{ part: 'requests', question: 'q', code: 'TIMEOUT', message: 'no answer' }] as const;
  const [unread] = seen(shop(), reading([webPod], { ...open, missing })).edges;
  expect(known).toMatchObject({ frozen: false, hadTraffic: true, sample: { openConnections: 1 } });
  expect(unread).toEqual({ ...known, frozen: true, hadTraffic: false });
});

describe('the freshness of an edge', () => {
  const rows = { requests: [requests(webPod, toCart, mesh(cart), 1)] };
  const { sample: _, ...unmeasured } = edge(webToCart, ofCart);
  const frozen = { ...unmeasured, freshness: 'frozen', frozen: true, hadTraffic: false };

  it('is frozen, without figures, where the proxy of the client is down or no longer listed', () => {
    const down = reading([], { ...rows, proxies: [proxy(webPod, { up: false }), proxy(cartPod)] });
    expect(seen(shop(), down)).toEqual({ edges: [frozen], leftOut: [] });
    expect(seen(shop(), reading([cartPod], rows))).toEqual({ edges: [frozen], leftOut: [] });
  });

  it('is of the proxies that answer, where some do', () => {
    const cluster = shop().deployment('shop/web', ['10.0.0.1', '10.0.0.3']);
    const read = reading([webPod], {
      requests: [...rows.requests, requests('shop/web-1-b@10.0.0.3', toCart, plaintext, 7)],
    });
    expect(seen(cluster, read).edges).toEqual([edge(webToCart, ofCart)]);
  });

  it('is warming where all proxies are younger than the window', () => {
    const young = reading([], { ...rows, proxies: [proxy(webPod, { startedAt: at - windowMs + 1 })] });
    expect(seen(shop(), young).edges).toEqual([edge(webToCart, { ...ofCart, freshness: 'warming' })]);
  });

  it('is live where one proxy of several has run for a window, and warming where two jobs differ on when one began', () => {
    const cluster = shop().deployment('shop/web', ['10.0.0.1', '10.0.0.3']);
    const young = (named: string) => proxy(named, { startedAt: at - windowMs + 1 });
    const freshness = (...proxies: ProxySeen[]) =>
      seen(cluster, {
        ...reading([], { requests: [requests(webPod, toCart, mesh(cart), 1)] }),
        proxies,
      }).edges.map((one) => one.freshness);
    const other = 'shop/web-1-b@10.0.0.3';
    const both = reading([], {
      proxies: [young(webPod), proxy(other)],
      requests: [webPod, other].map((pod) => requests(pod, toCart, mesh(cart), 1)),
    });
    expect(seen(cluster, both).edges.map((one) => one.freshness)).toEqual(['live']);
    expect(freshness(young(webPod), proxy(webPod, { job: 'another' }))).toEqual(['warming']);
  });

  it('is not verified where the list of proxies is missing', () => {
    const missing = [{ part: 'proxies', question: 'q', code: 'TIMEOUT', message: 'no answer' }] as const;
    const measured = edgesOf(reading([], { ...rows, missing }), shop().directory);
    expect(measured.edges).toEqual([edge(webToCart, { ...ofCart, freshness: 'unverified' })]);
    expect(measured.whole).toBe(false);
  });
});

describe('how the calls of an edge travel', () => {
  const travel = (...rows: TrafficReading['requests']) => {
    const [found] = seen(shop(), reading([webPod], { requests: rows })).edges;
    return [found?.security, found?.insecureReasons, found?.sample?.mtlsShare];
  };
  const opaque = { tls: 'opaque', reason: '', identity: '' } as const;
  const unknown = { tls: 'unknown', reason: 'something new', identity: '' } as const;
  const disabled = { tls: 'disabled', reason: '', identity: '' } as const;

  it('is told by all rows and their weights', () => {
    expect(travel(requests(webPod, toCart, mesh(cart), 3), requests(webPod, toCart, plaintext, 1))).toEqual([
      'mixed',
      ['not_provided_by_service_discovery'],
      0.75,
    ]);
    expect(travel(requests(webPod, toCart, plaintext, 0), requests(webPod, toCart, mesh(cart), 1))).toEqual([
      'mtls',
      [],
      1,
    ]);
    expect(travel(requests(webPod, toCart, plaintext, 0), requests(webPod, toCart, mesh(cart), 0))).toEqual([
      'mixed',
      ['not_provided_by_service_discovery'],
      undefined,
    ]);
  });

  it('is never secure where telemetry does not say', () => {
    expect(travel(requests(webPod, toCart, mesh(cart), 3), requests(webPod, toCart, unknown, 1))).toEqual([
      'unknown',
      ['something new'],
      undefined,
    ]);
    expect(travel(requests(webPod, toCart, mesh(cart), 1), requests(webPod, toCart, opaque, 1))).toEqual([
      'mixed',
      ['opaque'],
      0.5,
    ]);
    expect(travel(requests(webPod, toCart, disabled, 1))).toEqual(['plaintext', ['disabled'], 0]);
    expect(travel(requests(webPod, toCart, opaque, 1))).toEqual(['opaque', ['opaque'], 0]);
  });
});

describe('what leaves the cluster', () => {
  const outside = { port: 443 };
  const sent = { connections: [connections(webPod, outside, plaintext, 1)] };
  const external = edge('shop/Deployment/web>external:443', {
    id: { source: workload('shop/Deployment/web'), destination: { kind: 'external' }, port: 443 },
    sample: { openConnections: 1, mtlsShare: 0 },
    protocol: 'tcp',
    security: 'plaintext',
    insecureReasons: ['not_provided_by_service_discovery'],
  });
  const named = {
    ...external,
    id: {
      ...external.id,
      destination: { kind: 'external', egressNetwork: { namespace: 'egress', name: 'all' } },
    },
    key: 'shop/Deployment/web>external:egress/all:443',
  };
  const route = (kind: string, name: string, port: string, successPerSecond = 1) => ({
    client: claim(webPod),
    parent: { group: 'policy.linkerd.io', kind, namespace: 'egress', name, port },
    route: { group: '', kind: 'default', namespace: '', name: 'tcp-egress-allow' },
    protocol: 'tcp' as const,
    successPerSecond,
  });
  const cluster = () => shop().egressNetwork('egress', 'all').egressNetwork('egress', 'some');

  it('is one end for each port', () => {
    expect(seen(shop(), reading([webPod], sent))).toEqual({ edges: [external], leftOut: [] });
  });

  it('is of the EgressNetwork that routes name, where they name one for the port', () => {
    const routes = [route('EgressNetwork', 'all', '443'), route('EgressNetwork', 'some', '80')];
    expect(seen(cluster(), reading([webPod], { ...sent, routes })).edges).toEqual([named]);
    const stale = [...routes, route('default', 'egress-fallback', '', 0)];
    expect(seen(cluster(), reading([webPod], { ...sent, routes: stale })).edges).toEqual([named]);
    const two = [...routes, route('EgressNetwork', 'some', '443')];
    expect(seen(cluster(), reading([webPod], { ...sent, routes: two })).edges).toEqual([external]);
    const made = [route('EgressNetwork', 'made-up', '443')];
    expect(seen(cluster(), reading([webPod], { ...sent, routes: made })).edges).toEqual([external]);
  });

  it('is left out while a name that it may have cannot be read', () => {
    const missing = [{ part: 'routes', question: 'q', code: 'TIMEOUT', message: 'no answer' }] as const;
    expect(seen(cluster(), reading([webPod], { ...sent, missing }))).toEqual({
      edges: [],
      leftOut: [{ reason: 'egress-unread', rows: 1, proxies: [webPod] }],
    });
    expect(seen(shop(), reading([webPod], { ...sent, missing })).edges).toEqual([external]);
  });
});
