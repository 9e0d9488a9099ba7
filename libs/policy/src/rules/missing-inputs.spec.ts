import { describe, expect, it } from '@jest/globals';
import type { PolicyKind, ProxyProtocol } from '@mcp/mesh';
import type { Asked } from '../../test/answers.js';
import {
  allowedBy,
  ask,
  bytes,
  client,
  defaultRef,
  denied,
  get,
  lacking,
  notKnown,
  notLocal,
  policyRef,
  routeRef,
  satisfied,
  serverAuthorizationRef,
  undecided,
  underDefault,
  web,
  without,
} from '../../test/answers.js';
import type { SpaceParts } from '../../test/mesh-view.js';
import {
  authorizationPolicy,
  endpoint,
  grpcRoute,
  httpRoute,
  identity,
  meshTLSAuthentication,
  networkAuthentication,
  probe,
  ref,
  serverAuthorization,
  serverOf,
  settings,
  viewOf,
} from '../../test/mesh-view.js';
import type { UnknownInput } from '../verdict.js';
import type { MeshSettings } from '../view.js';

const plain = client('none');
const unread = (setting: string): UnknownInput => ({
  code: 'SETTING_UNREAD',
  message: `${setting} is not known: the control plane does not say it or is not followed, and it is not configured`,
});
const withoutSetting = (key: keyof MeshSettings, shop: SpaceParts = {}) => {
  const { [key]: _, ...known } = settings as MeshSettings;
  return viewOf({ shop }, { settings: known });
};
const closed = { Server: [serverOf('shop', 'web')] };
const audited = { Server: [serverOf('shop', 'web', { accessPolicy: 'audit' })] };
const toWeb = (...refs: Parameters<typeof authorizationPolicy>[3][]) => ({
  AuthorizationPolicy: [authorizationPolicy('shop', 'p', ref('Server', 'web'), refs[0] ?? [])],
});

describe('without the default policy', () => {
  const input = unread('the default policy');
  const view = withoutSetting('defaultPolicy', closed);

  it('who may reach a port without a Server is not known', () => {
    const unknown = notKnown([input], { protocol: 'unknown' });
    expect(ask(view, { port: 81 })).toEqual(without(unknown, 'server'));
  });

  it('nor whether localhost is audited there', () => {
    const local = client('none', '127.0.0.1');
    const candidates = [satisfied(defaultRef('localhost'))];
    expect(ask(view, { port: 81, client: local })).toEqual(
      without(notKnown([input], { protocol: 'unknown', candidates }), 'server'),
    );
  });

  it('probes are still let in', () => {
    const asked: Asked = { endpoint: endpoint({ probes: [probe('/live')] }), request: get('/live') };
    const byProbe = allowedBy([defaultRef('probe')], { protocol: 'unknown', route: routeRef('probe') });
    expect(ask(withoutSetting('defaultPolicy'), asked)).toEqual(without(byProbe, 'server'));
  });

  it('a port with a Server, or of a workload with a policy of its own, is as it is', () => {
    const annotations = { 'config.linkerd.io/default-inbound-policy': 'deny' };
    expect(ask(view)).toEqual(denied([]));
    expect(ask(view, { port: 81, endpoint: endpoint({ annotations }) })).toEqual(
      denied([], underDefault('deny')),
    );
  });
});

describe('without the cluster networks', () => {
  const input = unread('the cluster networks');

  it.each(['cluster-unauthenticated', 'cluster-authenticated'] as const)(
    '%s admits nobody surely',
    (accessPolicy) => {
      const parts = { Server: [serverOf('shop', 'web', { accessPolicy })] };
      expect(ask(withoutSetting('clusterNetworks', parts))).toEqual(
        notKnown([input], { candidates: [undecided(defaultRef(accessPolicy), input), notLocal()] }),
      );
    },
  );

  it('a client without identity is refused all the same where one is asked for', () => {
    const accessPolicy = 'cluster-authenticated';
    const parts = { Server: [serverOf('shop', 'web', { accessPolicy })] };
    const lacks = [
      { part: 'unknown', input },
      { part: 'identity', wanted: ['*'], given: 'no mesh TLS' },
    ] as const;
    expect(ask(withoutSetting('clusterNetworks', parts), { client: plain })).toEqual(
      denied([{ ref: defaultRef(accessPolicy), satisfied: 'no', lacks }]),
    );
  });

  it('a ServerAuthorization without networks of its own admits nobody surely', () => {
    const parts = { ...closed, ServerAuthorization: [serverAuthorization('shop', 's', { name: 'web' })] };
    expect(ask(withoutSetting('clusterNetworks', parts))).toEqual(
      notKnown([input], { candidates: [undecided(serverAuthorizationRef('s'), input), notLocal()] }),
    );
  });

  it('it is the same where one of them cannot be read', () => {
    const bad = { ...settings, clusterNetworks: ['10.0.0.0/8', 'here'] };
    const parts = { ...closed, ServerAuthorization: [serverAuthorization('shop', 's', { name: 'web' })] };
    expect(ask(viewOf({ shop: parts }, { settings: bad })).unknown).toEqual([input]);
  });

  it('policies, and modes for all networks, are as they are', () => {
    expect(ask(withoutSetting('clusterNetworks', { ...closed, ...toWeb() }))).toEqual(
      allowedBy([policyRef('p')]),
    );
    expect(ask(withoutSetting('clusterNetworks'))).toEqual(
      allowedBy([defaultRef('all-unauthenticated')], underDefault('all-unauthenticated')),
    );
  });
});

describe('without the probe networks', () => {
  const input = unread('the probe networks');
  const asked: Asked = { endpoint: endpoint({ probes: [probe('/live')] }), request: get('/live') };

  it('it is not known whether a probe is let in', () => {
    expect(ask(withoutSetting('probeNetworks', closed), asked)).toEqual(
      notKnown([input], {
        route: routeRef('probe'),
        candidates: [undecided(defaultRef('probe'), input), notLocal()],
      }),
    );
  });

  it('nor whether it is audited', () => {
    expect(ask(withoutSetting('probeNetworks', audited), asked)).toMatchObject({
      verdict: 'unknown',
      unknown: [input],
    });
  });

  it('what the Server allows, and other requests, are as they are', () => {
    const parts = { Server: [serverOf('shop', 'web', { accessPolicy: 'all-unauthenticated' })] };
    expect(ask(withoutSetting('probeNetworks', parts), asked).verdict).toBe('allow');
    expect(ask(withoutSetting('probeNetworks', closed), { ...asked, request: get('/') })).toEqual(denied([]));
  });
});

describe.each([
  ['trustDomain', 'the trust domain'],
  ['controlPlaneNamespace', "the control plane's namespace"],
] as const)('without the setting %s', (key, words) => {
  const input = unread(words);
  const view = withoutSetting(key, { ...closed, ...toWeb([ref('ServiceAccount', 'web')]) });

  it('who a service account is, is not known', () => {
    expect(ask(view)).toEqual(
      notKnown([input], { candidates: [undecided(policyRef('p'), input), notLocal()] }),
    );
  });

  it('a client without identity is refused all the same', () => {
    expect(ask(view, { client: plain })).toEqual(
      denied([lacking(policyRef('p'), 'identity', [], 'no mesh TLS')]),
    );
  });

  it('an identity that is written out admits all the same', () => {
    const spec = { identities: [identity('shop', 'web')], identityRefs: [ref('Namespace', 'bank')] };
    const parts = {
      ...closed,
      ...toWeb([ref('MeshTLSAuthentication', 'm')]),
      MeshTLSAuthentication: [meshTLSAuthentication('shop', 'm', spec)],
    };
    expect(ask(withoutSetting(key, parts))).toEqual(allowedBy([policyRef('p')]));
  });
});

it('where a computed status leaves open whether a route is attached, requests are not decided', () => {
  const written = httpRoute('shop', 'r', ['web'], [{ path: { type: 'Exact', value: '/a' } }]);
  const conditions = written.conditions.map((condition) => ({ ...condition, status: 'Unknown' }));
  const parts = {
    Server: [serverOf('shop', 'web', { accessPolicy: 'all-unauthenticated' })],
    HTTPRoute: [{ ...written, conditions }],
  };
  const input: UnknownInput = {
    code: 'OBJECT_UNREADABLE',
    message: 'whether HTTPRoute/shop/r is accepted for Server web hangs on GRPCRoutes that are not known',
  };
  const { unknown, unusedRoutes } = ask(viewOf({ shop: parts }));
  expect(unknown).toEqual([input]);
  expect(unusedRoutes).toEqual([
    {
      ref: { kind: 'HTTPRoute', namespace: 'shop', name: 'r' },
      because: {
        code: 'ACCEPTANCE_UNKNOWN',
        field: 'status',
        message: 'whether it is accepted for Server web hangs on GRPCRoutes that are not known',
      },
    },
  ]);
  expect(ask(viewOf({ shop: parts }, { notLive: new Map([['GRPCRoute', 'stale']]) })).unknown).toEqual([
    { ...input, code: 'KIND_NOT_LIVE' },
  ]);
});

describe('where a kind is not live', () => {
  const input = (kind: PolicyKind): UnknownInput => ({
    code: 'KIND_NOT_LIVE',
    message: `${kind}: disconnected`,
  });
  const notLive = (kind: PolicyKind, shop: SpaceParts) =>
    viewOf({ shop }, { notLive: new Map([[kind, 'disconnected']]) });
  const open = (proxyProtocol: ProxyProtocol) => ({
    Server: [serverOf('shop', 'web', { proxyProtocol, accessPolicy: 'all-unauthenticated' })],
  });

  it('Server: nothing is known of any port, but that policy does not act on some', () => {
    const view = notLive('Server', open('HTTP/1'));
    const unknown = without(notKnown([input('Server')]), 'server', 'protocol', 'route');
    expect(ask(view)).toEqual(unknown);
    expect(ask(view, { client: client('none', '127.0.0.1'), request: bytes })).toEqual({
      ...unknown,
      candidates: [satisfied(defaultRef('localhost'))],
    });
    expect(ask(view, { port: 4190 }).verdict).toBe('not-enforced');
  });

  it.each<readonly [PolicyKind, SpaceParts, Parameters<typeof undecided>[0]]>([
    ['AuthorizationPolicy', toWeb(), policyRef('p')],
    [
      'ServerAuthorization',
      { ServerAuthorization: [serverAuthorization('shop', 's', { name: 'web' })] },
      serverAuthorizationRef('s'),
    ],
  ])('%s: whom such an object admits may have changed', (kind, parts, by) => {
    const view = notLive(kind, { ...closed, ...parts });
    expect(ask(view)).toEqual(
      notKnown([input(kind)], { candidates: [undecided(by, input(kind)), notLocal()] }),
    );
  });

  it.each(['AuthorizationPolicy', 'ServerAuthorization'] as const)(
    '%s: whom something else admits is admitted, whom nothing else does may be, and audit may be allow',
    (kind) => {
      expect(ask(notLive(kind, open('HTTP/1')))).toEqual(allowedBy([defaultRef('all-unauthenticated')]));
      expect(ask(notLive(kind, closed))).toEqual(notKnown([input(kind)]));
      expect(ask(notLive(kind, audited))).toEqual(
        notKnown([input(kind)], { candidates: [satisfied(defaultRef('audit')), notLocal()] }),
      );
      expect(ask(notLive(kind, {}))).toMatchObject({
        verdict: 'allow',
        ...underDefault('all-unauthenticated'),
      });
    },
  );

  it.each([
    [
      'MeshTLSAuthentication',
      { MeshTLSAuthentication: [meshTLSAuthentication('shop', 'x', { identities: ['*'] })] },
    ],
    ['NetworkAuthentication', { NetworkAuthentication: [networkAuthentication('shop', 'x', '0.0.0.0/0')] }],
  ] as const)('%s: whom a policy that refers to one admits is not known', (kind, parts) => {
    const view = notLive(kind, { ...closed, ...parts, ...toWeb([ref(kind, 'x')]) });
    expect(ask(view)).toEqual(
      notKnown([input(kind)], { candidates: [undecided(policyRef('p'), input(kind)), notLocal()] }),
    );
    expect(ask(notLive(kind, { ...closed, ...parts, ...toWeb() }))).toEqual(allowedBy([policyRef('p')]));
  });

  it.each<readonly [PolicyKind, ProxyProtocol]>([
    ['HTTPRoute', 'HTTP/1'],
    ['GatewayHTTPRoute', 'unknown'],
    ['GRPCRoute', 'gRPC'],
  ])('%s: requests on a port of protocol %s are not known', (kind, protocol) => {
    const of = ask(notLive(kind, open(protocol)), { request: get('/svc/get', {}, 'POST') });
    const candidates = [satisfied(defaultRef('all-unauthenticated')), notLocal()];
    expect(of).toEqual(without(notKnown([input(kind)], { protocol, candidates }), 'route'));
  });

  it('a route kind: connections, other protocols and ports without a Server are as they are', () => {
    expect(ask(notLive('HTTPRoute', open('unknown')), { request: bytes }).verdict).toBe('allow');
    expect(ask(notLive('HTTPRoute', open('opaque'))).verdict).toBe('allow');
    expect(ask(notLive('GRPCRoute', open('HTTP/2'))).verdict).toBe('allow');
    expect(ask(notLive('HTTPRoute', open('HTTP/1')), { request: bytes }).verdict).toBe('deny');
    expect(ask(notLive('HTTPRoute', {})).verdict).toBe('allow');
  });

  it.each(['HTTPLocalRateLimitPolicy', 'EgressNetwork'] as const)('%s: no verdict hangs on it', (kind) => {
    expect(ask(notLive(kind, closed))).toEqual(denied([]));
  });
});

describe('where an object cannot be read', () => {
  const problem = { code: 'FIELD_INVALID', field: 'spec', message: 'no spec' };
  const unreadable = (kind: PolicyKind, name: string, shop: SpaceParts) =>
    viewOf({ shop: { ...shop, unreadable: [{ key: { kind, namespace: 'shop', name }, problem }] } });
  const input = (kind: PolicyKind, name: string): UnknownInput => ({
    code: 'OBJECT_UNREADABLE',
    message: `${kind}/shop/${name} exists and cannot be read: no spec`,
  });

  it('a Server: it may govern any port of the namespace', () => {
    expect(ask(unreadable('Server', 'x', closed)).unknown).toEqual([input('Server', 'x')]);
  });

  it.each(['AuthorizationPolicy', 'ServerAuthorization'] as const)('a %s: it may admit anybody', (kind) => {
    expect(ask(unreadable(kind, 'x', closed))).toEqual(notKnown([input(kind, 'x')]));
    expect(ask(unreadable(kind, 'x', { ...closed, ...toWeb() }))).toEqual(allowedBy([policyRef('p')]));
  });

  it.each(['MeshTLSAuthentication', 'NetworkAuthentication'] as const)(
    'a %s: only policies that refer to it are in doubt',
    (kind) => {
      expect(ask(unreadable(kind, 'x', { ...closed, ...toWeb([ref(kind, 'x')]) })).unknown).toEqual([
        input(kind, 'x'),
      ]);
      expect(ask(unreadable(kind, 'y', { ...closed, ...toWeb([ref(kind, 'x')]) })).verdict).toBe('deny');
    },
  );

  it.each(['HTTPRoute', 'GatewayHTTPRoute'] as const)(
    'a %s: it may be attached to any Server for HTTP',
    (kind) => {
      expect(ask(unreadable(kind, 'x', closed)).unknown).toEqual([input(kind, 'x')]);
      expect(ask(unreadable('GRPCRoute', 'x', closed))).toEqual(denied([]));
    },
  );
});

describe('where a namespace is not looked at', () => {
  const input = { code: 'NAMESPACE_OUT_OF_SCOPE', message: 'namespace bank is not looked at' } as const;

  it('a reference to an authentication there is not known, and one to a service account is', () => {
    const there = { namespace: 'bank' };
    const refers = (kind: string) =>
      viewOf({ shop: { ...closed, ...toWeb([ref(kind, 'web', there)]) } }, { scope: ['shop'] });
    expect(ask(refers('MeshTLSAuthentication'))).toEqual(
      notKnown([input], { candidates: [undecided(policyRef('p'), input), notLocal()] }),
    );
    expect(ask(refers('ServiceAccount'), { client: client({ identity: identity('bank', 'web') }) })).toEqual(
      allowedBy([policyRef('p')]),
    );
  });

  it('nothing is known of its ports', () => {
    const message = 'namespace shop is not looked at';
    expect(ask(viewOf({}, { scope: ['bank'] }))).toEqual(
      without(notKnown([{ ...input, message }]), 'server', 'protocol', 'route'),
    );
  });
});

describe('where the address of the client is not known', () => {
  const nowhere = { ...web, address: undefined };
  const input = {
    code: 'CLIENT_ADDRESS_UNKNOWN',
    message: 'the address of the client is not known, and a rule asks for it',
  } as const;
  const candidates = [notLocal('an address that is not known')];
  const from = (...cidrs: readonly string[]) =>
    viewOf({
      shop: {
        ...closed,
        ...toWeb([ref('NetworkAuthentication', 'n'), ref('ServiceAccount', 'web')]),
        NetworkAuthentication: [networkAuthentication('shop', 'n', ...cidrs)],
      },
    });

  it('it is not known whether a network has it', () => {
    expect(ask(from('10.0.0.0/8'), { client: nowhere })).toEqual(
      notKnown([input], { candidates: [undecided(policyRef('p'), input), ...candidates] }),
    );
  });

  it('all networks have it, and localhost is somebody else', () => {
    const known = { candidates: [satisfied(policyRef('p')), ...candidates] };
    expect(ask(from('0.0.0.0/0', '::/0'), { client: nowhere })).toEqual(allowedBy([policyRef('p')], known));
    expect(ask(viewOf({ shop: closed }), { client: nowhere })).toEqual(denied([], { candidates }));
  });

  it('a client that lacks the identity is refused all the same, and lacks nothing else surely', () => {
    const who = { part: 'identity', wanted: [identity('shop', 'web')], given: 'no mesh TLS' } as const;
    const lacks = (...parts: readonly ({ part: 'unknown'; input: UnknownInput } | typeof who)[]) =>
      denied([], { candidates: [{ ref: policyRef('p'), satisfied: 'no', lacks: parts }, ...candidates] });
    const asked = { client: { ...plain, address: undefined } };
    expect(ask(from('10.0.0.0/8'), asked)).toEqual(lacks({ part: 'unknown', input }, who));
    expect(ask(from('0.0.0.0/0', '::/0'), asked)).toEqual(lacks(who));
  });
});

describe('where it is not known how the client arrives', () => {
  const input = {
    code: 'CLIENT_IDENTITY_UNKNOWN',
    message: 'it is not known whether the client arrives over mesh TLS, or as whom, and a rule asks for it',
  } as const;
  const who = client('unknown');

  it.each([
    ['an identity', { identities: ['*'], unauthenticatedTLS: false }],
    ['mesh TLS', { identities: [], unauthenticatedTLS: true }],
  ])('it is not known whether it meets a rule that asks for %s', (_, meshTLS) => {
    const of = { unauthenticated: false, meshTLS: { ...meshTLS, serviceAccounts: [] } };
    const parts = { ...closed, ServerAuthorization: [serverAuthorization('shop', 's', { name: 'web' }, of)] };
    expect(ask(viewOf({ shop: parts }), { client: who })).toEqual(
      notKnown([input], { candidates: [undecided(serverAuthorizationRef('s'), input), notLocal()] }),
    );
    expect(ask(viewOf({ shop: parts }), { client: client('unknown', '192.0.2.1') }).verdict).toBe('deny');
  });

  it('rules that ask for none decide', () => {
    expect(ask(viewOf({ shop: { ...closed, ...toWeb() } }), { client: who })).toEqual(
      allowedBy([policyRef('p')]),
    );
  });
});

describe('where it is not known what a regular expression means to Linkerd', () => {
  const path = { type: 'RegularExpression', value: '[a&&b]' } as const;

  it('nothing is known of requests to the Server', () => {
    const routes = [httpRoute('shop', 'r', ['web'], [{ path }])];
    const { verdict, unknown } = ask(viewOf({ shop: { ...closed, HTTPRoute: routes } }), {
      request: get('/a'),
    });
    expect({ verdict, codes: unknown.map(({ code }) => code) }).toEqual({
      verdict: 'unknown',
      codes: ['REGEX_NOT_DECIDED'],
    });
  });

  it('a route that is not in use leaves nothing open', () => {
    const routes = [
      httpRoute('shop', 'r', ['web'], [{ path }, { path: { type: 'Exact', value: 'a' } }]),
      httpRoute('shop', 's', ['api'], [{ path }]),
    ];
    expect(ask(viewOf({ shop: { ...closed, HTTPRoute: routes } })).verdict).toBe('deny');
  });

  it('a refused policy may not be refused', () => {
    const headers = [{ type: 'RegularExpression', name: 'x', value: '[a&&b]' }] as const;
    const Server = [serverOf('shop', 'web', { proxyProtocol: 'gRPC' })];
    const routes = [grpcRoute('shop', 'r', ['web'], [{ headers }])];
    expect(ask(viewOf({ shop: { Server, GRPCRoute: routes } })).verdict).toBe('unknown');
  });
});

it('each missing input is named once', () => {
  const policies = ['a', 'b'].map((name) =>
    authorizationPolicy('shop', name, ref('Server', 'web'), [ref('ServiceAccount', name)]),
  );
  const view = withoutSetting('trustDomain', { ...closed, AuthorizationPolicy: policies });
  expect(ask(view).unknown).toEqual([unread('the trust domain')]);
});
