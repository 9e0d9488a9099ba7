import { describe, expect, it } from '@jest/globals';
import type { RouteSeen, TrafficReading } from '@mcp/sources';
import { cartPod, shop, webPod } from '../../test/shop.js';
import { claim, proxy, reading } from '../../test/reading.js';
import { edgesOf } from './edges-of.js';

const otherWebPod = 'shop/web-1-b@10.0.0.3';
const cart = { group: 'core', kind: 'Service', namespace: 'shop', name: 'cart', port: '80' };
const split = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop', name: 'split' };
const byDefault = { group: '', kind: 'default', namespace: '', name: 'http' };
const client = { namespace: 'shop', kind: 'Deployment', name: 'web' };
const ofSplit = { client, parent: cart, route: split, protocol: 'http' };

const row = (pod: string, more: Partial<RouteSeen>): RouteSeen => ({
  ...{ client: claim(pod), parent: cart, route: split, protocol: 'http' },
  ...more,
});

const routesOf = (routes: readonly RouteSeen[], parts: Partial<TrafficReading> = {}) =>
  edgesOf(
    reading([webPod, otherWebPod, cartPod], { routes, ...parts }),
    shop().deployment('shop/web', ['10.0.0.1', '10.0.0.3']).directory,
  ).routes;

describe('routes', () => {
  it('are those of the pods of a workload together: the view of the client, and each backend', () => {
    const backend = (name: string) => ({ ...cart, name });
    expect(
      routesOf([
        row(webPod, { successPerSecond: 1, retriesPerSecond: 0.5 }),
        row(otherWebPod, { successPerSecond: 2, failurePerSecond: 0.25 }),
        row(webPod, { successPerSecond: 0.75, backend: backend('cart-v1') }),
        row(otherWebPod, { successPerSecond: 1.5, backend: backend('cart-v1') }),
        row(webPod, { successPerSecond: 0, backend: backend('cart-v2') }),
        row(webPod, { successPerSecond: 4, protocol: 'grpc' }),
      ]),
    ).toEqual([
      { ...ofSplit, sample: { successPerSecond: 3, failurePerSecond: 0.25, retriesPerSecond: 0.5 } },
      { ...ofSplit, backend: backend('cart-v1'), sample: { successPerSecond: 2.25 } },
      { ...ofSplit, backend: backend('cart-v2'), sample: { successPerSecond: 0 } },
      { ...ofSplit, protocol: 'grpc', sample: { successPerSecond: 4 } },
    ]);
  });

  it('by default are told where something failed or was retried, which no edge tells', () => {
    const told = (more: Partial<RouteSeen>) =>
      routesOf([row(webPod, { route: byDefault, ...more })])?.map(({ sample }) => sample);
    expect(told({ successPerSecond: 5 })).toEqual([]);
    expect(told({ successPerSecond: 5, failurePerSecond: 0, retriesPerSecond: 0 })).toEqual([]);
    expect(told({ failurePerSecond: 1, backend: cart })).toEqual([]);
    expect(told({ failurePerSecond: 1 })).toEqual([{ failurePerSecond: 1 }]);
    const retried = { successPerSecond: 5, retriesPerSecond: 1 };
    expect(told(retried)).toEqual([retried]);
    const network = { ...cart, group: 'policy.linkerd.io', kind: 'EgressNetwork' };
    expect(told({ parent: network, refusedPerSecond: 0 })).toEqual([{ refusedPerSecond: 0 }]);
  });

  it('are divided by how often their proxy is scraped, and have no figure that is none', () => {
    expect(
      routesOf([row(webPod, { successPerSecond: 6, failurePerSecond: NaN, retriesPerSecond: -1 })], {
        proxies: [proxy(webPod, { scrapes: 2 })],
      }),
    ).toEqual([{ ...ofSplit, sample: { successPerSecond: 3 } }]);
    expect(routesOf([row(webPod, { successPerSecond: Infinity })])).toEqual([]);
  });

  it('are not believed of proxies that do not answer, and of none that the log does not know', () => {
    const silent = [proxy(webPod, { up: false }), proxy(otherWebPod)];
    const rows = [webPod, otherWebPod, 'shop/forged@10.0.0.9'].map((pod) =>
      row(pod, { successPerSecond: 1 }),
    );
    expect(routesOf(rows, { proxies: silent })).toEqual([{ ...ofSplit, sample: { successPerSecond: 1 } }]);
  });

  it('that could not be read are not known, which is not none', () => {
    expect(routesOf([])).toEqual([]);
    const missing = [{ part: 'routes', question: 'q', code: 'TIMEOUT', message: 'no answer' }] as const;
    expect(routesOf([], { missing })).toBeUndefined();
  });
});
