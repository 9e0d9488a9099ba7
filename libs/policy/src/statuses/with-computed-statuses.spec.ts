import { describe, expect, it } from '@jest/globals';
import type { ReportedCondition } from '@mcp/mesh';
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
import type { MeshView, PolicyObjects, UnreadablePolicy } from '../view.js';
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

  describe('where a GRPCRoute may say otherwise', () => {
    const g: UnreadablePolicy = {
      key: { kind: 'GRPCRoute', namespace: 'bank', name: 'g' },
      problem: { code: 'WRONG_TYPE', field: 'spec', message: 'spec is not an object' },
    };
    const to = (name: string, ...conditions: readonly ReportedCondition[]) => ({
      ...route('shop', 'r', [toServer(name)]),
      conditions,
    });
    const among = (GRPCRoute: PolicyObjects['GRPCRoute'], http: ReturnType<typeof to>) =>
      namespace('shop', { Server: [server('shop', 'web')], GRPCRoute, HTTPRoute: [http] });
    const unreadable = (...parts: Parameters<typeof among>) =>
      meshOf([among(...parts), namespace('bank', {}, { unreadable: [g] })]);
    const notLive = (...parts: Parameters<typeof among>): MeshView => ({
      ...meshOf([among(...parts)]),
      notLive: new Map([['GRPCRoute', 'the API server does not answer']]),
    });
    const grpc = route('shop', 'h', [toServer('web')]);
    const accepted = reported('Accepted');
    const conflicted = reported('RouteReasonConflicted');
    const gone = reported('NoMatchingParent');
    const open = { ...reported('GRPCRouteNotKnown'), status: 'Unknown' };
    const elsewhere = { name: 'api' };

    it.each([
      [
        'leaves an acceptance as reported',
        unreadable([], to('web', ofGateway, accepted)),
        [ofGateway, accepted],
      ],
      ['leaves a conflict as reported', unreadable([], to('web', conflicted)), [conflicted]],
      ['leaves open what was not reported', unreadable([], to('web')), [open]],
      ['leaves open what had no parent before', unreadable([], to('web', gone)), [open]],
      [
        'leaves open what was reported of another parent',
        unreadable([], to('web', reported('Accepted', elsewhere))),
        [open],
      ],
      ['knows a conflict with another GRPCRoute', unreadable([grpc], to('web', accepted)), [conflicted]],
      [
        'knows that a parent is missing',
        unreadable([], to('api', reported('Accepted', elsewhere))),
        [reported('NoMatchingParent', elsewhere)],
      ],
      [
        'leaves all as reported that may be of GRPCRoutes that are gone',
        notLive([grpc], to('web', accepted)),
        [accepted],
      ],
      ['leaves open what may be of GRPCRoutes that are gone', notLive([grpc], to('web')), [open]],
    ])('%s', (_, view, conditions) => {
      const policy = withComputedStatuses(view).namespaces.get('shop')?.policy;
      expect(policy?.HTTPRoute[0]?.conditions).toEqual(conditions);
    });

    it('leaves open what was reported of other GRPCRoutes', () => {
      const view = unreadable([], to('web', conflicted));
      const after = withComputedStatuses(view, undefined, { grpcRoutesChanged: true });
      expect(after.namespaces.get('shop')?.policy.HTTPRoute[0]?.conditions).toEqual([open]);
    });

    it('accepts a GRPCRoute all the same', () => {
      const policy = withComputedStatuses(unreadable([grpc], to('web'))).namespaces.get('shop')?.policy;
      expect(policy?.GRPCRoute[0]?.conditions).toEqual([accepted]);
    });
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
