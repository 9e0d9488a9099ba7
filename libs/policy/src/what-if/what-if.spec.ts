import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { meshOf, namespace, reported, route, server, toServer } from '../../test/mesh-samples.js';
import { randomMesh } from '../../test/random-mesh.js';
import type { ViewChange } from './affected-namespaces.js';
import type { MeshView, UnreadablePolicy } from '../view.js';
import type { WhatIf } from './what-if.js';
import { whatIf } from './what-if.js';

const now = 9_000;
const http = { ...route('shop', 'r', [toServer('web')]), conditions: [reported('NoMatchingParent')] };
const shop = namespace('shop', { HTTPRoute: [http] });
const bank = namespace('bank', { HTTPRoute: [route('bank', 'stale', [toServer('gone')])] });
const mesh = meshOf([shop, bank]);
const change = (more: Partial<ViewChange>): ViewChange => ({ apply: [], delete: [], ...more });
const policyOf = (after: WhatIf, name: string) =>
  'view' in after ? after.view.namespaces.get(name)?.policy : after.refused;

describe('what if', () => {
  it('nothing is changed: the same view', () => {
    expect(whatIf(mesh, change({}), now)).toEqual({ view: mesh });
    fc.assert(
      fc.property(randomMesh, (view) => {
        const after = whatIf(view, change({}), now);
        expect('view' in after && after.view === view).toBe(true);
      }),
    );
  });

  it('a new object is applied: created now, without a status, and accepted as the rest then stands', () => {
    const web = server('shop', 'web');
    const written = { ...web, createdAt: 1, conditions: [reported('Accepted')] };
    const after = whatIf(mesh, change({ apply: [{ kind: 'Server', state: written }] }), now);
    const expected = namespace('shop', {
      Server: [{ ...web, createdAt: now }],
      HTTPRoute: [{ ...http, conditions: [reported('Accepted')] }],
    });
    expect(after).toEqual({ view: meshOf([expected, bank]) });
  });

  it('an object is updated: it keeps its age, its uid and what other controllers say', () => {
    const conditions = [{ ...reported('Accepted'), controllerName: 'example.com/gateway' }];
    const before = { ...route('shop', 'r', [toServer('web')]), uid: 'first', createdAt: 7, conditions };
    const view = meshOf([namespace('shop', { HTTPRoute: [before] })]);
    const state = route('shop', 'r', [toServer('api')]);
    const after = whatIf(view, change({ apply: [{ kind: 'HTTPRoute', state }] }), now);
    expect(policyOf(after, 'shop')).toEqual({
      ...shop.policy,
      HTTPRoute: [
        {
          ...state,
          uid: 'first',
          createdAt: 7,
          conditions: [...conditions, reported('NoMatchingParent', { name: 'api' })],
        },
      ],
    });
  });

  it('an object is deleted: what named it is no longer accepted', () => {
    const accepted = { ...http, conditions: [reported('Accepted')] };
    const view = meshOf([
      namespace('shop', { Server: [server('shop', 'web')], HTTPRoute: [accepted] }),
      bank,
    ]);
    const after = whatIf(view, change({ delete: [{ kind: 'Server', namespace: 'shop', name: 'web' }] }), now);
    expect(after).toEqual({ view: mesh });
  });

  it('leaves every other namespace and list the same object', () => {
    const after = whatIf(mesh, change({ apply: [{ kind: 'Server', state: server('shop', 'api') }] }), now);
    const namespaces = 'view' in after ? after.view.namespaces : undefined;
    expect(namespaces?.get('bank')).toBe(bank);
    expect(namespaces?.get('shop')?.policy.HTTPRoute).toBe(shop.policy.HTTPRoute);
    expect(mesh.namespaces.get('shop')?.policy.Server).toEqual([]);
  });

  it('reports anew of the routes of another namespace that name the object', () => {
    const far = route('bank', 'far', [toServer('web', { namespace: 'shop' })]);
    const view = meshOf([shop, namespace('bank', { HTTPRoute: [far] })]);
    const after = whatIf(view, change({ apply: [{ kind: 'Server', state: server('shop', 'web') }] }), now);
    expect(policyOf(after, 'bank')).toEqual({
      ...bank.policy,
      HTTPRoute: [{ ...far, conditions: [reported('Accepted')] }],
    });
  });

  it('yields the HTTPRoutes of a Server to a GRPCRoute that gets it as a parent, and gives it back', () => {
    const accepted = { ...http, conditions: [reported('Accepted')] };
    const view = meshOf([
      namespace('shop', { Server: [server('shop', 'web')], HTTPRoute: [accepted] }),
      namespace('bank'),
    ]);
    const state = route('bank', 'g', [toServer('web', { namespace: 'shop' })]);
    const yielded = whatIf(view, change({ apply: [{ kind: 'GRPCRoute', state }] }), now);
    expect(policyOf(yielded, 'shop')).toEqual({
      ...view.namespaces.get('shop')?.policy,
      HTTPRoute: [{ ...http, conditions: [reported('RouteReasonConflicted')] }],
    });
    const key = { kind: 'GRPCRoute', namespace: 'bank', name: 'g' } as const;
    expect('view' in yielded && whatIf(yielded.view, change({ delete: [key] }), now)).toEqual({ view });
  });

  it('leaves an HTTPRoute as reported while a GRPCRoute cannot be read, and leaves it open where GRPCRoutes change', () => {
    const conflicted = { ...http, conditions: [reported('RouteReasonConflicted')] };
    const g: UnreadablePolicy = {
      key: { kind: 'GRPCRoute', namespace: 'shop', name: 'g' },
      problem: { code: 'WRONG_TYPE', field: 'spec', message: 'spec is not an object' },
    };
    const view = meshOf([
      namespace(
        'shop',
        {
          Server: [server('shop', 'web')],
          HTTPRoute: [conflicted],
          GRPCRoute: [route('shop', 'h', [toServer('web')])],
        },
        { unreadable: [g] },
      ),
    ]);
    const routesAfter = (more: Partial<ViewChange>) => {
      const after = whatIf(view, change(more), now);
      return 'view' in after && after.view.namespaces.get('shop')?.policy.HTTPRoute;
    };
    const api = { kind: 'Server', state: server('shop', 'api') } as const;
    expect(routesAfter({ apply: [api] })).toEqual([conflicted]);
    expect(routesAfter({ delete: [{ kind: 'GRPCRoute', namespace: 'shop', name: 'h' }] })).toEqual([
      { ...http, conditions: [{ ...reported('GRPCRouteNotKnown'), status: 'Unknown' }] },
    ]);
  });

  it('makes the namespace that an object is applied to', () => {
    const after = whatIf(
      meshOf([]),
      change({ apply: [{ kind: 'Server', state: server('new', 'web') }] }),
      now,
    );
    const expected = namespace('new', { Server: [{ ...server('new', 'web'), createdAt: now }] });
    expect(after).toEqual({ view: meshOf([expected]) });
  });

  it('changes the annotations of a Namespace, and no status', () => {
    const annotations = { 'config.linkerd.io/default-inbound-policy': 'deny' };
    const state = { namespace: '', name: 'bank', uid: 'u', createdAt: 0, labels: {}, annotations };
    const after = whatIf(mesh, change({ apply: [{ kind: 'Namespace', state }] }), now);
    expect(after).toEqual({ view: meshOf([shop, { ...bank, annotations }]) });
  });

  it('puts a workload in the place of the one of its name', () => {
    const of = (name: string, shapelessPods = 0) => ({
      ref: { namespace: 'shop', kind: 'Deployment', name },
      groups: [],
      shapelessPods,
    });
    const view = meshOf([{ ...shop, workloads: [of('web'), of('api')] }]);
    const after = whatIf(view, change({ apply: [{ kind: 'Workload', state: of('web', 2) }] }), now);
    expect(after).toEqual({ view: meshOf([{ ...shop, workloads: [of('api'), of('web', 2)] }]) });
  });

  it('deletes an object that cannot be read', () => {
    const key = { kind: 'Server', namespace: 'shop', name: 'odd' } as const;
    const problem = { code: 'NOT_ALLOWED', field: 'spec', message: 'odd' } as const;
    const view = meshOf([{ ...shop, unreadable: [{ key, problem }] }, bank]);
    expect(whatIf(view, change({ delete: [key] }), now)).toEqual({ view: mesh });
  });
});

describe('what if is refused', () => {
  const key = { kind: 'Server', namespace: 'shop', name: 'web' } as const;
  const apply = { kind: 'Server', state: server('shop', 'web') } as const;
  const unreadable: MeshView = meshOf([
    namespace(
      'shop',
      {},
      { unreadable: [{ key, problem: { code: 'NOT_ALLOWED', field: 'spec', message: '' } }] },
    ),
  ]);
  const namespaced = {
    kind: 'Namespace',
    state: { namespace: '', name: 'shop', uid: '', createdAt: 0, labels: {}, annotations: {} },
  } as const;
  it.each([
    ['the deletion of what does not exist', mesh, { delete: [key] }, 'NO_SUCH_OBJECT', 'Server/shop/web'],
    [
      'the deletion in a namespace that does not exist',
      meshOf([]),
      { delete: [key] },
      'NO_SUCH_OBJECT',
      'Server/shop/web',
    ],
    ['an object applied twice', mesh, { apply: [apply, apply] }, 'OBJECT_NAMED_TWICE', 'Server/shop/web'],
    [
      'an object applied and deleted',
      meshOf([namespace('shop', { Server: [apply.state] })]),
      { apply: [apply], delete: [key] },
      'OBJECT_NAMED_TWICE',
      'Server/shop/web',
    ],
    [
      'an update of what cannot be read',
      unreadable,
      { apply: [apply] },
      'OBJECT_UNREADABLE',
      'Server/shop/web',
    ],
    [
      'an object of a namespace that is not looked at',
      { ...mesh, scope: ['bank'] },
      { apply: [apply] },
      'NAMESPACE_OUT_OF_SCOPE',
      'Server/shop/web',
    ],
    [
      'a Namespace that is not looked at',
      { ...mesh, scope: ['bank'] },
      { apply: [namespaced] },
      'NAMESPACE_OUT_OF_SCOPE',
      'Namespace/shop',
    ],
  ] as const)('for %s', (_, view, parts, code, object) => {
    expect(whatIf(view, change(parts), now)).toEqual({ refused: { code, object } });
  });
});

describe('a change and its reverse', () => {
  it('make no difference to what the change then does', () => {
    const state = server('one', 'new');
    const key = { kind: 'Server', namespace: 'one', name: 'new' } as const;
    const apply = (view: MeshView) => whatIf(view, change({ apply: [{ kind: 'Server', state }] }), now);
    fc.assert(
      fc.property(randomMesh, (random) => {
        const first = apply(random);
        const without = 'view' in first && whatIf(first.view, change({ delete: [key] }), now);
        expect(without && 'view' in without && apply(without.view)).toEqual(first);
      }),
    );
  });
});
