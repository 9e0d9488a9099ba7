import { describe, expect, it } from '@jest/globals';
import { formatRouteTrafficId, formatWorkloadRef, type RouteTraffic } from '@mcp/mesh';
import { shardCount, shardOf } from '../traffic-series/shards.js';
import { edge, pollAt, seconds, type SeriesUnderTest } from './series-under-test.contract.js';

const web = { namespace: 'shop', kind: 'Deployment', name: 'web' };
const cart = { group: 'core', kind: 'Service', namespace: 'shop', name: 'cart', port: '80' };
const split = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop', name: 'split' };
const inTheEnd: RouteTraffic = {
  ...{ client: web, parent: cart, route: split, protocol: 'http' },
  sample: { successPerSecond: 12.25, failurePerSecond: 0, retriesPerSecond: 0.5 },
};
const atBackend = (name: string, successPerSecond: number): RouteTraffic => ({
  ...{ client: web, parent: cart, route: split, backend: { ...cart, name }, protocol: 'http' },
  sample: { successPerSecond },
});
const outside: RouteTraffic = {
  client: { namespace: 'bank', kind: 'StatefulSet', name: 'ledger' },
  parent: { group: 'policy.linkerd.io', kind: 'EgressNetwork', namespace: 'e', name: 'all', port: '' },
  route: { group: '', kind: 'default', namespace: '', name: 'tls-egress-deny' },
  protocol: 'tls',
  sample: { openedPerSecond: 1, refusedPerSecond: 1 },
};
const everything = [inTheEnd, atBackend('cart-v1', 11), atBackend('cart-v2', 1.25), outside];

const at = seconds(15);
const pollWith = (routes: readonly RouteTraffic[] | undefined) => ({
  ...pollAt(at, { [edge]: { successPerSecond: 1 } }),
  ...(routes && { routes }),
});

/** Routes beside the edges of a poll. */
export function seriesRoutesContract(under: SeriesUnderTest): void {
  const routes = async () =>
    (await under.series.latest())?.routes?.toSorted((a, b) =>
      formatRouteTrafficId(a) < formatRouteTrafficId(b) ? -1 : 1,
    );
  const inOrder = everything.toSorted((a, b) => (formatRouteTrafficId(a) < formatRouteTrafficId(b) ? -1 : 1));

  describe('routes', () => {
    it('of the newest poll come back whole, also to who opens the series next', async () => {
      await under.series.append(pollAt(seconds(0), {}));
      await under.series.append(pollWith(everything));
      expect(await routes()).toEqual(inOrder);
      await under.reopen();
      expect(await routes()).toEqual(inOrder);
    });

    it('that are none are not those that are not known', async () => {
      await under.series.append(pollWith([]));
      expect(await under.series.latest()).toEqual(pollWith([]));
      await under.series.append({ ...pollWith(undefined), at: at + 1 });
      expect(await under.series.latest()).not.toHaveProperty('routes');
    });

    it.each(['alter page', 'lose page'] as const)('after "%s" are not known, and edges are', async (kind) => {
      await under.series.append(pollWith(everything));
      const shard = shardCount + shardOf(formatWorkloadRef(web));
      under.series = await under.harness.damage(under.series, { kind, resolution: 'poll', shard, at });
      expect(await under.series.latest()).toEqual(pollWith(undefined));
    });

    it('are in no minute, and count as no points', async () => {
      await under.reopen({ poll: 1_000, minute: 3_600_000, hour: 3_600_000 });
      await under.series.append(pollWith(everything));
      await under.series.append(pollAt(at + 60_000, { [edge]: {} }));
      await under.series.trim();
      expect(await under.series.size()).toMatchObject({ points: 2, damagedPages: 0 });
      const ask = { edges: [edge], from: 0, to: Infinity, resolution: 'minute' } as const;
      expect((await under.series.read(ask)).points.get(edge)).toMatchObject([
        { sample: { successPerSecond: 1 } },
      ]);
    });

    it.each([NaN, Infinity])('of which one is %s are refused, with all of their poll', async (value) => {
      const broken = [...everything, { ...inTheEnd, sample: { retriesPerSecond: value } }];
      await expect(under.series.append(pollWith(broken))).rejects.toThrow(TypeError);
      expect(await under.series.latest()).toBeUndefined();
    });
  });
}
