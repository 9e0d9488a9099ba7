import { describe, expect, it } from '@jest/globals';
import type { ParentReference } from '@mcp/mesh';
import { route, server, service, toServer } from '../../test/mesh-samples.js';
import type { RouteSurroundings } from './route-status.js';
import { RouteStatuses } from './route-status.js';

const surroundings: RouteSurroundings = {
  servers: [server('shop', 'web')],
  services: [
    service('shop', 'api'),
    service('shop', 'headless', { headless: true }),
    service('shop', 'external', { type: 'ExternalName' }),
  ],
  egressNetworks: [
    { namespace: 'shop', name: 'out', accepted: true },
    { namespace: 'shop', name: 'refused', accepted: false },
  ],
  grpcRoutes: [],
};
const toService = (name: string, more: Partial<ParentReference> = {}): ParentReference => ({
  group: 'core',
  kind: 'Service',
  name,
  ...more,
});
const toEgress = (name: string): ParentReference => ({
  group: 'policy.linkerd.io',
  kind: 'EgressNetwork',
  name,
  port: 443,
});
const is = (reason: string) => ({
  type: 'Accepted',
  status: reason === 'Accepted' ? 'True' : 'False',
  reason,
});
const resolved = { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs' };
const web = { group: 'policy.linkerd.io', kind: 'Server', namespace: 'shop', name: 'web' };

describe('the status of a route', () => {
  it('accepts a Server that exists and no other, and leaves a Gateway to others', () => {
    const gateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
    const parents = [toServer('web'), gateway, toServer('gone')];
    expect(new RouteStatuses(surroundings).of('HTTPRoute', route('shop', 'r', parents))).toEqual([
      { parent: web, conditions: [is('Accepted')] },
      { parent: { ...web, name: 'gone' }, conditions: [is('NoMatchingParent')] },
    ]);
  });

  it.each([
    ['in the namespace of the route', 'shop', {}, 'Accepted'],
    ['in a namespace that lacks it', 'other', {}, 'NoMatchingParent'],
    ['in another namespace that is named', 'other', { namespace: 'shop' }, 'Accepted'],
    ['whichever port is named', 'shop', { port: 1 }, 'Accepted'],
    ['of its kind in any case', 'shop', { kind: 'server', group: 'Policy.linkerd.io' }, 'Accepted'],
  ])('looks for a Server %s', (_, from, more, reason) => {
    const namespace = reason === 'Accepted' ? 'shop' : from;
    expect(
      new RouteStatuses(surroundings).of('GatewayHTTPRoute', route(from, 'r', [toServer('web', more)])),
    ).toEqual([{ parent: { ...web, namespace }, conditions: [is(reason)] }]);
  });

  it('says nothing of a Server of another group', () => {
    const parents = [toServer('web', { group: 'core' })];
    expect(new RouteStatuses(surroundings).of('HTTPRoute', route('shop', 'r', parents))).toEqual([]);
  });

  it.each([
    ['HTTPRoute', 'RouteReasonConflicted'],
    ['GatewayHTTPRoute', 'RouteReasonConflicted'],
    ['GRPCRoute', 'Accepted'],
  ] as const)('of a Server that any GRPCRoute has too, as %s: %s', (kind, reason) => {
    const grpcRoutes = [route('elsewhere', 'g', [toServer('web', { namespace: 'shop', port: 9 })])];
    const statuses = new RouteStatuses({ ...surroundings, grpcRoutes });
    expect(statuses.of(kind, route('shop', 'r', [toServer('web')]))).toEqual([
      { parent: web, conditions: [is(reason)] },
    ]);
  });

  it('is of a missing Server rather than of a conflict about it', () => {
    const grpcRoutes = [route('shop', 'g', [toServer('gone')])];
    const statuses = new RouteStatuses({ ...surroundings, grpcRoutes });
    expect(statuses.of('HTTPRoute', route('shop', 'r', [toServer('gone')]))).toEqual([
      { parent: { ...web, name: 'gone' }, conditions: [is('NoMatchingParent')] },
    ]);
  });

  it.each([
    ['with an address', toService('api'), 'Accepted'],
    ['on another port than a GRPCRoute has', toService('api', { port: 2 }), 'Accepted'],
    ['on the port that a GRPCRoute has', toService('api', { port: 1 }), 'RouteReasonConflicted'],
    ['without an address', toService('headless'), 'NoMatchingParent'],
    ['that is a name outside', toService('external'), 'NoMatchingParent'],
    ['that is missing', toService('gone'), 'NoMatchingParent'],
  ])('of a Service %s', (_, parent, reason) => {
    const grpcRoutes = [route('shop', 'g', [toService('api', { port: 1, group: '' })])];
    const statuses = new RouteStatuses({ ...surroundings, grpcRoutes });
    expect(statuses.of('HTTPRoute', route('shop', 'r', [parent]))).toEqual([
      { parent: { ...parent, namespace: 'shop' }, conditions: [is(reason), resolved] },
    ]);
  });

  it.each([
    ['out', 'Accepted'],
    ['refused', 'NoMatchingParent'],
    ['gone', 'NoMatchingParent'],
  ])('of the egress network %s: %s', (name, reason) => {
    expect(new RouteStatuses(surroundings).of('GRPCRoute', route('shop', 'r', [toEgress(name)]))).toEqual([
      { parent: { ...toEgress(name), namespace: 'shop' }, conditions: [is(reason), resolved] },
    ]);
  });

  const backend = { group: '', kind: 'Service', name: 'api' };
  const out = { group: 'policy.linkerd.io', kind: 'EgressNetwork', name: 'out' };
  it.each([
    ['Services that exist', [backend, { ...backend, group: 'core', name: 'headless' }], 'ResolvedRefs'],
    ['a Service that is missing', [backend, { ...backend, name: 'gone' }], 'BackendNotFound'],
    ['a kind that is no backend', [{ ...backend, kind: 'Pod' }], 'InvalidKind'],
    ['the egress network that is the parent', [out], 'ResolvedRefs'],
    ['an egress network that is not the parent', [{ ...out, name: 'refused' }], 'InvalidKind'],
    ['an egress network that is missing', [{ ...out, name: 'gone' }], 'BackendNotFound'],
    [
      'two that are wrong: the first',
      [
        { ...backend, name: 'gone' },
        { ...out, name: 'refused' },
      ],
      'BackendNotFound',
    ],
  ])('resolves %s', (_, backends, reason) => {
    const status = reason === 'ResolvedRefs' ? 'True' : 'False';
    expect(
      new RouteStatuses(surroundings).of('HTTPRoute', route('shop', 'r', [toEgress('out')], backends)),
    ).toEqual([
      {
        parent: { ...toEgress('out'), namespace: 'shop' },
        conditions: [is('Accepted'), { type: 'ResolvedRefs', status, reason }],
      },
    ]);
  });

  it('has no egress network as the backend of another parent', () => {
    expect(
      new RouteStatuses(surroundings).of('HTTPRoute', route('shop', 'r', [toService('api')], [out])),
    ).toEqual([
      {
        parent: { ...toService('api'), namespace: 'shop' },
        conditions: [is('Accepted'), { type: 'ResolvedRefs', status: 'False', reason: 'InvalidKind' }],
      },
    ]);
  });
});
