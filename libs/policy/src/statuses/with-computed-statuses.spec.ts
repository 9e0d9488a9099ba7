import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomMesh, shuffled } from '../../test/random-mesh.js';
import {
  egressNetwork,
  meshOf,
  namespace,
  rateLimit,
  reported,
  route,
  server,
  service,
  toServer,
} from '../../test/mesh-samples.js';
import { withComputedStatuses } from './with-computed-statuses.js';

const ofGateway = {
  controllerName: 'example.com/gateway',
  parent: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' },
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
};

describe('a view with computed statuses', () => {
  it('has what the policy controller reports of routes, rate limits and egress networks', () => {
    const parents = [
      toServer('web'),
      { group: 'policy.linkerd.io', kind: 'EgressNetwork', name: 'out', port: 443 },
      { group: '', kind: 'Service', name: 'api' },
    ];
    const routes = route('shop', 'r', parents);
    const timeless = rateLimit('shop', 'a', 'web', 0);
    const dated = rateLimit('shop', 'b', 'web', 2_000);
    const inside = egressNetwork('shop', 'in', '10.1.0.0/16');
    const out = egressNetwork('shop', 'out', '192.0.2.0/24');
    const shop = namespace(
      'shop',
      {
        Server: [server('shop', 'web')],
        HTTPRoute: [routes],
        HTTPLocalRateLimitPolicy: [timeless, dated],
        EgressNetwork: [inside, out],
      },
      { services: [service('shop', 'api')] },
    );
    const bank = namespace('bank', { Server: [server('bank', 'web')] });
    const egress = (name: string) => ({ kind: 'EgressNetwork', name });
    const api = { group: 'core', kind: 'Service', name: 'api' };
    const resolved = { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs' };
    const target = {
      controllerName: 'linkerd.io/policy-controller',
      parent: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' },
      type: 'Accepted',
    };
    expect(withComputedStatuses(meshOf([shop, bank]))).toEqual(
      meshOf([
        {
          ...shop,
          policy: {
            ...shop.policy,
            HTTPRoute: [
              {
                ...routes,
                conditions: [
                  reported('Accepted', api),
                  { ...reported('Accepted', api), ...resolved },
                  reported('Accepted', egress('out')),
                  { ...reported('Accepted', egress('out')), ...resolved },
                  reported('Accepted'),
                ],
              },
            ],
            HTTPLocalRateLimitPolicy: [
              {
                ...timeless,
                conditions: [{ ...target, status: 'False', reason: 'RateLimitReasonAlreadyExists' }],
              },
              { ...dated, conditions: [{ ...target, status: 'True', reason: 'Accepted' }] },
            ],
            EgressNetwork: [
              { ...inside, conditions: [reported('EgressReasonNetworkOverlap', egress('in'))] },
              { ...out, conditions: [reported('Accepted', egress('out'))] },
            ],
          },
        },
        bank,
      ]),
    );
  });

  it('replaces what the policy controller said before, and keeps what others say', () => {
    const before = route('shop', 'r', [toServer('web')]);
    const stale = [reported('Accepted', { name: 'old' }), reported('Accepted'), ofGateway];
    const view = meshOf([namespace('shop', { GRPCRoute: [{ ...before, conditions: stale }] })]);
    expect(withComputedStatuses(view).namespaces.get('shop')?.policy.GRPCRoute).toEqual([
      { ...before, conditions: [ofGateway, reported('NoMatchingParent')] },
    ]);
  });

  it('conflicts an HTTPRoute with a GRPCRoute of another namespace on its Server', () => {
    const http = route('shop', 'r', [toServer('web')]);
    const grpc = route('bank', 'g', [toServer('web', { namespace: 'shop' })]);
    const view = withComputedStatuses(
      meshOf([
        namespace('shop', { Server: [server('shop', 'web')], GatewayHTTPRoute: [http] }),
        namespace('bank', { GRPCRoute: [grpc] }),
      ]),
    );
    expect(view.namespaces.get('shop')?.policy.GatewayHTTPRoute[0]?.conditions).toEqual([
      reported('RouteReasonConflicted'),
    ]);
    expect(view.namespaces.get('bank')?.policy.GRPCRoute[0]?.conditions).toEqual([reported('Accepted')]);
  });

  it('leaves an egress network as reported, and its routes by that, where the cluster networks are not known', () => {
    const egress = { kind: 'EgressNetwork', name: 'out' };
    const out = {
      ...egressNetwork('shop', 'out', '192.0.2.0/24'),
      conditions: [reported('EgressReasonNetworkOverlap', egress)],
    };
    const parents = [{ group: 'policy.linkerd.io', ...egress, port: 443 }];
    const view = meshOf(
      [namespace('shop', { EgressNetwork: [out], HTTPRoute: [route('shop', 'r', parents)] })],
      {},
    );
    const policy = withComputedStatuses(view).namespaces.get('shop')?.policy;
    expect(policy?.EgressNetwork[0]).toBe(out);
    expect(policy?.HTTPRoute[0]?.conditions[0]).toEqual(reported('NoMatchingParent', egress));
  });

  it('keeps every part of which nothing changes, and the namespaces that are not asked for', () => {
    const right = { ...route('shop', 'r', [toServer('web')]), conditions: [reported('Accepted')] };
    const shop = namespace('shop', { Server: [server('shop', 'web')], HTTPRoute: [right] });
    const bank = namespace('bank', {
      HTTPRoute: [route('bank', 'r', [toServer('web')]), route('bank', 'gateway only', [])],
      GRPCRoute: [route('bank', 'gateway only', [])],
    });
    const view = meshOf([shop, bank]);
    expect(withComputedStatuses(view, new Set(['shop']))).toBe(view);
    const next = withComputedStatuses(view);
    expect(next.namespaces.get('shop')).toBe(shop);
    expect(next.namespaces.get('bank')?.policy.HTTPRoute[0]).not.toBe(bank.policy.HTTPRoute[0]);
    expect(next.namespaces.get('bank')?.policy.HTTPRoute[1]).toBe(bank.policy.HTTPRoute[1]);
    expect(next.namespaces.get('bank')?.policy.GRPCRoute).toBe(bank.policy.GRPCRoute);
  });

  it('is the same view when computed again', () => {
    fc.assert(
      fc.property(randomMesh, (mesh) => {
        const once = withComputedStatuses(mesh);
        expect(withComputedStatuses(once)).toBe(once);
      }),
    );
  });

  it('does not depend on the order of what is in the view', () => {
    fc.assert(
      fc.property(randomMesh, fc.infiniteStream(fc.nat()), (mesh, numbers) => {
        const other = shuffled(mesh, () => Number(numbers.next().value));
        expect(byName(withComputedStatuses(other))).toEqual(byName(withComputedStatuses(mesh)));
      }),
    );
  });
});

/** The conditions of everything, by its name. */
function byName({ namespaces }: ReturnType<typeof withComputedStatuses>) {
  return Object.fromEntries(
    [...namespaces.values()].flatMap(({ namespace: home, policy }) =>
      Object.entries(policy).flatMap(([kind, objects]) =>
        objects.map(({ name, conditions }) => [`${kind}/${home}/${name}`, conditions] as const),
      ),
    ),
  );
}
