import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GetTrafficResponse, type NewestRoutes, RouteProtocol } from '@mcp/contracts';
import type { PortSeen, RouteTraffic, WorkloadRef } from '@mcp/mesh';
import { RecordedMesh } from './recorded-mesh.js';
import { ServedApi } from './served-api.js';

const ref = (name: string): WorkloadRef => ({ namespace: 'shop', kind: 'Deployment', name });
const service = (name: string): PortSeen => ({
  ...{ group: 'core', kind: 'Service', namespace: 'shop' },
  ...{ name, port: '80' },
});
const split = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop', name: 'split' };
const [web, cart] = ['shop/Deployment/web', 'shop/Deployment/cart-v2'];

const inTheEnd: RouteTraffic = {
  ...{ client: ref('web'), parent: service('cart'), route: split, protocol: 'http' },
  sample: { successPerSecond: 10, failurePerSecond: 0.5, retriesPerSecond: 0.25 },
};
const tried = (backend: string, successPerSecond: number): RouteTraffic => ({
  ...inTheEnd,
  backend: service(backend),
  sample: { successPerSecond },
});
const routes = [tried('cart-v2', 1), tried('cart-v1', 9), inTheEnd];

let api: ServedApi;
let mesh: RecordedMesh;
let toCart: string;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  mesh = await RecordedMesh.of(api);
  await mesh.namespace('shop');
  for (const [name, address] of [
    ['web', '10.0.0.1'],
    ['cart-v2', '10.0.0.2'],
  ] as const)
    await mesh.workload('shop', name, { [`${name}-a`]: address });
  toCart = `Edge/${await mesh.edge(web, cart, { services: ['shop/cart-v2'] })}`;
  await mesh.telemetry('live');
});

afterEach(() => api.close());

/** Appends a poll with these routes, and asks until the API has it. */
async function after(
  told: readonly RouteTraffic[] | undefined,
  ask: Parameters<ServedApi['edgeTraffic']>[0],
): Promise<GetTrafficResponse> {
  const at = Date.now();
  const seen = { at, windowMs: 60_000, proxiesSeen: 2, meshedPods: 3, edges: new Map() };
  await api.series.append({ ...seen, ...(told && { routes: told }) });
  const { sequence } = await api.log.head();
  for (;;) {
    const answer = await api.edgeTraffic(ask);
    const position = Number(answer.basis?.basis?.position.split('.')[1]);
    if (answer.basis?.seen?.asOf?.getTime() === at && position === sequence) return answer;
  }
}

const inShort = (told: NewestRoutes | undefined) =>
  told?.routes.map(({ client, parent, route, backend, sample }) =>
    [client?.name, parent?.name, route?.name, backend?.name ?? '-', sample?.successPerSecond].join(' '),
  );

describe('routes of GetTraffic', () => {
  it('are those that lead over the edge, with all backends between which its Service is one', async () => {
    const elsewhere = { ...inTheEnd, parent: service('orders') };
    const others = { ...inTheEnd, client: ref('bot') };
    const answer = await after([...routes, elsewhere, others], { edge: toCart });
    expect(inShort(answer.routes)).toEqual([
      'web cart split - 10',
      'web cart split cart-v1 9',
      'web cart split cart-v2 1',
    ]);
    expect(answer.routes).toMatchObject({
      leftOut: 0,
      routes: [
        {
          ...{ client: ref('web'), parent: service('cart'), route: { ...split, port: '' } },
          backend: undefined,
          protocol: RouteProtocol.ROUTE_PROTOCOL_HTTP,
          sample: { ...inTheEnd.sample, openedPerSecond: undefined, refusedPerSecond: undefined },
        },
        { backend: service('cart-v1') },
        { backend: service('cart-v2') },
      ],
    });
  });

  it('of a workload are those by which it is the client, on the first page only', async () => {
    const elsewhere = { ...inTheEnd, parent: service('orders') };
    await mesh.edge(web, 'shop/Deployment/orders');
    const first = await after([inTheEnd, elsewhere], { workload: ref('web'), pageBytes: 1 });
    expect(inShort(first.routes)).toEqual(['web cart split - 10', 'web orders split - 10']);
    expect(first.series).toHaveLength(1);
    const rest = await api.edgeTraffic({
      ...{ workload: ref('web'), pageBytes: 1 },
      pageToken: first.nextPageToken,
    });
    expect([rest.series.length, rest.routes]).toEqual([1, undefined]);
    expect((await api.edgeTraffic({ workload: ref('cart-v2') })).routes).toEqual({ routes: [], leftOut: 0 });
  });

  it('of an edge out of the cluster are those of its EgressNetwork and port', async () => {
    const network = { namespace: 'egress', name: 'all' };
    const edge = `Edge/${await mesh.edge(web, { kind: 'external', egressNetwork: network }, { port: 443 })}`;
    const through = (name: string, port: string): RouteTraffic => ({
      ...inTheEnd,
      parent: { group: 'policy.linkerd.io', kind: 'EgressNetwork', ...network, name, port },
    });
    const told = [through('all', '443'), through('all', '80'), through('some', '443'), ...routes];
    const answer = await after(told, { edge });
    expect(answer.routes?.routes.map(({ parent }) => [parent?.name, parent?.port])).toEqual([['all', '443']]);
  });

  it('are not known where nobody could read them, and of clients whose proxies tell of no edge', async () => {
    expect((await after(undefined, { edge: toCart })).routes).toBeUndefined();
    expect((await after([], { edge: toCart })).routes).toEqual({ routes: [], leftOut: 0 });
    const unmeshed = `Edge/${await mesh.edge({ kind: 'unmeshed' }, cart)}`;
    const unscraped = `Edge/${await mesh.edge('shop/Deployment/bot', cart, { evidence: 'server' })}`;
    expect((await after(routes, { edge: unmeshed })).routes).toBeUndefined();
    expect((await after(routes, { edge: unscraped })).routes).toBeUndefined();
  });

  it('beyond a thousand are counted', async () => {
    const many = Array.from({ length: 1003 }, (_, index) => ({
      ...inTheEnd,
      route: { ...split, name: `split-${index}` },
    }));
    const { routes: told } = await after(many, { workload: ref('web') });
    expect([told?.routes.length, told?.leftOut]).toEqual([1000, 3]);
  });
});
