import { describe, expect, it } from '@jest/globals';
import type { HttpRouteMatch, ObjectStates, ParentReference, ProxyProtocol, RouteFilter } from '@mcp/mesh';
import type { Asked } from '../../test/answers.js';
import {
  allowedBy,
  ask,
  bytes,
  client,
  defaultRef,
  denied,
  get,
  notLocal,
  policyRef,
  routeRef,
  satisfied,
  without,
} from '../../test/answers.js';
import { reported, toServer } from '../../test/mesh-samples.js';
import type { SpaceParts } from '../../test/mesh-view.js';
import {
  authorizationPolicy,
  endpoint,
  externalWorkload,
  grpcRoute,
  httpRoute,
  port,
  probe,
  ref,
  serverAuthorization,
  serverOf,
  settings,
  toGatewayRoute,
  viewOf,
  withoutStatus,
} from '../../test/mesh-view.js';
import type { DroppedCode } from '../routes/route-faults.js';
import type { RouteKind } from '../verdict.js';

const path = (type: 'Exact' | 'PathPrefix' | 'RegularExpression', value: string) => ({
  path: { type, value },
});
const open = (proxyProtocol: ProxyProtocol = 'HTTP/1') => ({
  Server: [serverOf('shop', 'web', { proxyProtocol, accessPolicy: 'all-unauthenticated' })],
});
const shop = (parts: SpaceParts) => viewOf({ shop: { ...open(), ...parts } });
const byServer = allowedBy([defaultRef('all-unauthenticated')]);
const route = (name = 'r', matches: readonly Partial<HttpRouteMatch>[] = [path('PathPrefix', '/a')]) =>
  httpRoute('shop', name, ['web'], matches);
const notFound = (more: Parameters<typeof denied>[1] = {}) =>
  without(
    denied(
      [],
      { candidates: [satisfied(defaultRef('all-unauthenticated')), notLocal()], ...more },
      'route-not-found',
    ),
    'route',
  );
const method = { type: 'Exact', service: 'svc', method: 'get' } as const;
const call = get('/svc/get', {}, 'POST');
const anotherCall = get('/svc/put', {}, 'POST');

describe('a Server without routes', () => {
  it.each(['HTTP/1', 'HTTP/2', 'unknown'] as const)(
    'has the default route for every request: %s',
    (protocol) => {
      expect(ask(viewOf({ shop: open(protocol) }))).toEqual({ ...byServer, protocol });
    },
  );

  it('has the default route for every call, where it serves gRPC', () => {
    expect(ask(viewOf({ shop: open('gRPC') }), { request: call })).toEqual({ ...byServer, protocol: 'gRPC' });
    expect(ask(viewOf({ shop: open('gRPC') }))).toEqual(notFound({ protocol: 'gRPC' }));
  });
});

describe('an attached route', () => {
  it('is the only one: what it does not match is not found, however open the Server is', () => {
    const view = shop({ HTTPRoute: [route()] });
    expect(ask(view, { request: get('/a') })).toEqual({ ...byServer, route: routeRef('r') });
    expect(ask(view)).toEqual(notFound());
  });

  it('of the Gateway API is as good', () => {
    const view = shop({ GatewayHTTPRoute: [route()] });
    expect(ask(view, { request: get('/a') })).toEqual({
      ...byServer,
      route: routeRef('r', 'GatewayHTTPRoute'),
    });
  });

  it('refuses with not found from localhost too', () => {
    const local = client('none', '127.0.0.1');
    expect(ask(shop({ HTTPRoute: [route()] }), { client: local })).toEqual(
      notFound({ candidates: [defaultRef('all-unauthenticated'), defaultRef('localhost')].map(satisfied) }),
    );
  });

  it('without rules matches nothing, and with a rule without matches everything', () => {
    expect(ask(shop({ HTTPRoute: [httpRoute('shop', 'r', ['web'], [], { rules: [] })] }))).toEqual(
      notFound(),
    );
    expect(ask(shop({ HTTPRoute: [route('r', [])] }))).toEqual({ ...byServer, route: routeRef('r') });
  });

  it('has its own policies, tried before those of the Server; either is enough', () => {
    const view = shop({
      HTTPRoute: [route()],
      AuthorizationPolicy: [
        authorizationPolicy('shop', 'z', ref('HTTPRoute', 'r')),
        authorizationPolicy('shop', 'a', ref('Server', 'web')),
      ],
    });
    const servers = [policyRef('a'), defaultRef('all-unauthenticated')];
    expect(ask(view, { request: get('/a') })).toEqual(
      allowedBy([policyRef('z')], {
        route: routeRef('r'),
        satisfied: [policyRef('z'), ...servers],
        candidates: [...[policyRef('z'), ...servers].map(satisfied), notLocal()],
      }),
    );
  });

  it('takes nothing from what the Server allows', () => {
    const view = viewOf({
      shop: {
        Server: [serverOf('shop', 'web')],
        HTTPRoute: [route()],
        ServerAuthorization: [serverAuthorization('shop', 's', { name: 'web' })],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'z', ref('HTTPRoute', 'r'), [ref('ServiceAccount', 'api')]),
        ],
      },
    });
    expect(ask(view, { request: get('/a') })).toMatchObject({
      verdict: 'allow',
      authorizedBy: { kind: 'ServerAuthorization', name: 's' },
      candidates: [{ ref: policyRef('z'), satisfied: 'no' }, { satisfied: 'yes' }, { satisfied: 'no' }],
    });
  });

  it.each([
    ['HTTPRoute', ref('HTTPRoute', 'R'), 'allow'],
    ['HTTPRoute', toGatewayRoute('HTTPRoute', 'r'), 'deny'],
    ['GatewayHTTPRoute', toGatewayRoute('HTTPRoute', 'R'), 'allow'],
    ['GatewayHTTPRoute', ref('HTTPRoute', 'r'), 'deny'],
  ] as const)('is targeted by group and by name without case: %s by %j: %s', (kind, target, verdict) => {
    const view = viewOf({
      shop: {
        Server: [serverOf('shop', 'web')],
        [kind]: [route()],
        AuthorizationPolicy: [authorizationPolicy('shop', 'p', target)],
      },
    });
    expect(ask(view, { request: get('/a') }).verdict).toBe(verdict);
  });
});

describe('a route is not in use', () => {
  const unused = (of: ObjectStates['HTTPRoute'], code: string, field: string, message: string) => {
    expect(ask(shop({ GatewayHTTPRoute: [of] }))).toEqual({
      ...byServer,
      unusedRoutes: [{ ref: routeRef(of.name, 'GatewayHTTPRoute'), because: { code, field, message } }],
    });
  };
  const notAccepted = [
    'NOT_ACCEPTED',
    'status',
    'the policy controller has not accepted it for Server web',
  ] as const;

  it('where it does not name the Server at all', () => {
    const views = [
      route(),
      httpRoute('shop', 'r', ['web'], [], { parentRefs: [toServer('api')] }),
      httpRoute('shop', 'r', ['web'], [], { parentRefs: [toServer('web', { group: 'core' })] }),
      httpRoute('shop', 'r', ['web'], [], { parentRefs: [toServer('web', { kind: 'Gateway' })] }),
    ];
    expect(views.slice(1).map((of) => ask(shop({ HTTPRoute: [of] })))).toEqual([
      byServer,
      byServer,
      byServer,
    ]);
  });

  it('where nothing is said of it in its status', () => {
    unused(withoutStatus(route()), ...notAccepted);
  });

  it.each([
    ['refused', reported('NoMatchingParent')],
    ['said by another controller', { ...reported('Accepted'), controllerName: 'example.com/gateway' }],
    ['said of another kind', reported('Accepted', { kind: 'server' })],
    ['said of another Server', reported('Accepted', { name: 'api' })],
    ['another condition', { ...reported('Accepted'), type: 'ResolvedRefs' }],
  ])('where what is said is %s', (_, condition) => {
    unused({ ...route(), conditions: [condition] }, ...notAccepted);
  });

  it('but is, whatever group and namespace its status gives', () => {
    const conditions = [reported('Accepted', { group: 'core', namespace: 'bank' })];
    const view = shop({ HTTPRoute: [{ ...route(), conditions }] });
    expect(ask(view, { request: get('/a') })).toEqual({ ...byServer, route: routeRef('r') });
  });

  const parent = (more: Partial<ParentReference>) => ({
    ...route(),
    spec: { ...route().spec, parentRefs: [toServer('web'), toServer('web', more)] },
  });
  const matching = (match: Partial<HttpRouteMatch>) => route('r', [path('PathPrefix', '/a'), match]);
  const filtering = (...filters: readonly RouteFilter[]) => ({
    ...route(),
    spec: { ...route().spec, rules: [{ matches: [], filters, backendRefs: [] }] },
  });
  const modifying = (type: string, detail: unknown) => filtering({ type, detail });
  const header = (name: string, value: string, type: 'Exact' | 'RegularExpression' = 'Exact') =>
    matching({ headers: [{ type, name, value }] });
  const notPattern = 'this is not a regular expression that Linkerd takes';
  const relative = 'the path to redirect to does not start with a slash';

  it.each<readonly [DroppedCode, string, string, ObjectStates['HTTPRoute']]>([
    [
      'PARENT_NAMESPACE',
      'spec.parentRefs[1].namespace',
      'a Server of another namespace cannot be a parent',
      parent({ namespace: 'bank' }),
    ],
    ['PARENT_PORT', 'spec.parentRefs[1].port', 'a Server parent may not name a port', parent({ port: 80 })],
    [
      'PARENT_SECTION',
      'spec.parentRefs[1].sectionName',
      'a Server parent may not name a section',
      parent({ sectionName: 's' }),
    ],
    [
      'PATH_RELATIVE',
      'spec.rules[0].matches[1].path.value',
      'the path does not start with a slash',
      matching(path('Exact', 'a')),
    ],
    [
      'PATH_RELATIVE',
      'spec.rules[0].matches[1].path.value',
      'the path does not start with a slash',
      matching(path('PathPrefix', 'a')),
    ],
    [
      'PATTERN_INVALID',
      'spec.rules[0].matches[1].path.value',
      notPattern,
      matching(path('RegularExpression', '(')),
    ],
    [
      'PATTERN_INVALID',
      'spec.rules[0].matches[1].headers[0].value',
      notPattern,
      header('x', '(', 'RegularExpression'),
    ],
    [
      'PATTERN_INVALID',
      'spec.rules[0].matches[1].queryParams[0].value',
      notPattern,
      matching({ queryParams: [{ type: 'RegularExpression', name: 'q', value: '(' }] }),
    ],
    [
      'HEADER_INVALID',
      'spec.rules[0].matches[1].headers[0].name',
      'this is not the name of a header',
      header('a b', '1'),
    ],
    [
      'HEADER_INVALID',
      'spec.rules[0].matches[1].headers[0].value',
      'this is not the value of a header',
      header('x', 'a\nb'),
    ],
    [
      'HEADER_INVALID',
      'spec.rules[0].filters[0].requestHeaderModifier.set[0].name',
      'this cannot be in a header',
      modifying('RequestHeaderModifier', { set: [{ name: 'a b', value: '1' }] }),
    ],
    [
      'HEADER_INVALID',
      'spec.rules[0].filters[0].responseHeaderModifier.add[0].value',
      'this cannot be in a header',
      modifying('ResponseHeaderModifier', { add: [{ name: 'a', value: '\u0000' }] }),
    ],
    [
      'HEADER_INVALID',
      'spec.rules[0].filters[0].requestHeaderModifier.remove[1]',
      'this cannot be in a header',
      modifying('RequestHeaderModifier', { remove: ['a', ''] }),
    ],
    [
      'REDIRECT_RELATIVE',
      'spec.rules[0].filters[0].requestRedirect.path.replaceFullPath',
      relative,
      modifying('RequestRedirect', { path: { replaceFullPath: 'a' } }),
    ],
    [
      'REDIRECT_RELATIVE',
      'spec.rules[0].filters[0].requestRedirect.path.replacePrefixMatch',
      relative,
      modifying('RequestRedirect', { path: { replacePrefixMatch: 'a' } }),
    ],
    [
      'REDIRECT_RELATIVE',
      'spec.rules[0].filters[0].requestRedirect.path.replaceFullPath',
      relative,
      modifying('RequestRedirect', { path: { replacePrefixMatch: '/a', replaceFullPath: 'a' } }),
    ],
    [
      'REDIRECT_WITHOUT_PATH',
      'spec.rules[0].filters[0].requestRedirect.path',
      'the path to redirect to is neither replaceFullPath nor replacePrefixMatch',
      modifying('RequestRedirect', { path: { type: 'ReplaceFullPath' } }),
    ],
    ...['RequestMirror', 'URLRewrite', 'ExtensionRef', 'Unheard'].map(
      (type) =>
        [
          'FILTER_UNSUPPORTED',
          'spec.rules[0].filters[0].type',
          `Linkerd has no filter ${type} for a HTTPRoute on a Server`,
          filtering({ type }),
        ] as const,
    ),
  ])('%s, as a whole, though its status says accepted: %s', (code, field, message, of) => {
    unused(of, code, field, message);
  });

  it.each<readonly [string, ObjectStates['HTTPRoute']]>([
    [
      'a header of a filter that is not ASCII',
      modifying('RequestHeaderModifier', { set: [{ name: 'a', value: 'é' }] }),
    ],
    ['a header to match that is not ASCII', header('x', 'é')],
    [
      'a redirect whose full path is absolute, and its prefix is not',
      modifying('RequestRedirect', { path: { replaceFullPath: '/a', replacePrefixMatch: 'b' } }),
    ],
    ['a redirect without a path', modifying('RequestRedirect', { hostname: 'a.test' })],
  ])('but is, with %s', (_, of) => {
    expect(ask(shop({ HTTPRoute: [of] }), { request: get('/a') })).toEqual({
      ...byServer,
      route: routeRef('r'),
    });
  });

  it('METHOD_PATTERN, and FILTER_UNSUPPORTED for a redirect: a GRPCRoute', () => {
    const pattern = grpcRoute(
      'shop',
      'a',
      ['web'],
      [{ method: { type: 'RegularExpression', service: 's.*' } }],
    );
    const redirect = grpcRoute('shop', 'b', ['web'], [{ method }], {
      rules: [{ matches: [], filters: [{ type: 'RequestRedirect' }], backendRefs: [] }],
    });
    const view = viewOf({ shop: { ...open('gRPC'), GRPCRoute: [redirect, pattern] } });
    expect(ask(view, { request: call })).toEqual({
      ...byServer,
      protocol: 'gRPC',
      unusedRoutes: [
        {
          ref: routeRef('a', 'GRPCRoute'),
          because: {
            code: 'METHOD_PATTERN',
            field: 'spec.rules[0].matches[0].method.type',
            message: 'a gRPC method can only be matched exactly',
          },
        },
        {
          ref: routeRef('b', 'GRPCRoute'),
          because: {
            code: 'FILTER_UNSUPPORTED',
            field: 'spec.rules[0].filters[0].type',
            message: 'Linkerd has no filter RequestRedirect for a GRPCRoute on a Server',
          },
        },
      ],
    });
  });

  it.each<readonly [ProxyProtocol, RouteKind]>([
    ['gRPC', 'HTTPRoute'],
    ['gRPC', 'GatewayHTTPRoute'],
    ['HTTP/1', 'GRPCRoute'],
    ['HTTP/2', 'GRPCRoute'],
    ['unknown', 'GRPCRoute'],
  ])('on a Server of protocol %s as a %s: it has no effect', (protocol, kind) => {
    const of = kind === 'GRPCRoute' ? grpcRoute('shop', 'r', ['web'], [{ method }]) : route();
    const message = `Server web has proxyProtocol ${protocol}, for which a ${kind} has no effect`;
    const because = { code: 'OTHER_PROTOCOL', field: 'spec.parentRefs', message } as const;
    expect(ask(viewOf({ shop: { ...open(protocol), [kind]: [of] } }), { request: call })).toEqual({
      ...byServer,
      protocol,
      unusedRoutes: [{ ref: routeRef('r', kind), because }],
    });
  });

  it.each(['opaque', 'TLS'] as const)('on a Server of protocol %s, whatever its kind', (protocol) => {
    const view = viewOf({ shop: { ...open(protocol), HTTPRoute: [route()] } });
    const message = `Server web has proxyProtocol ${protocol}, for which a HTTPRoute has no effect`;
    const because = { code: 'OTHER_PROTOCOL', field: 'spec.parentRefs', message } as const;
    expect(ask(view)).toEqual({
      ...without(byServer, 'route'),
      protocol,
      unusedRoutes: [{ ref: routeRef('r'), because }],
    });
  });
});

describe('probes of the kubelet', () => {
  const probed = endpoint({ probes: [probe('/live')] });
  const probing = (more: Parameters<typeof ask>[1] = {}) => ({
    endpoint: probed,
    client: client('none', '192.0.2.1'),
    request: get('/live?full=1'),
    ...more,
  });
  const closed = { Server: [serverOf('shop', 'web')] };
  const byProbe = allowedBy([defaultRef('probe')], {
    route: routeRef('probe'),
    candidates: [satisfied(defaultRef('probe')), notLocal('192.0.2.1')],
  });
  const refused = denied([], { candidates: [notLocal('192.0.2.1')] });

  it('are let in from the probe networks by a route of their own', () => {
    expect(ask(viewOf({ shop: closed }), probing())).toEqual(byProbe);
  });

  it.each<readonly [string, Asked]>([
    ['another method', { request: get('/live', {}, 'POST') }],
    ['another path', { request: get('/live/') }],
    ['an external workload', { endpoint: { ...externalWorkload('shop', 'vm').groups[0]!.endpoint } }],
    [
      'a path without leading slash',
      { endpoint: endpoint({ probes: [probe('live')] }), request: get('/live') },
    ],
    ['a probe of another port', { endpoint: endpoint({ probes: [probe('/live', 81)] }) }],
    [
      'a port name of another container',
      { endpoint: endpoint({ probes: [{ ...probe('/live', 'http'), container: 'b' }] }) },
    ],
    [
      'a port name for UDP',
      { endpoint: endpoint({ ports: [port(80, 'x', 'UDP')], probes: [probe('/live', 'x')] }) },
    ],
  ])('are no other: %s', (_, more) => {
    const external = more.endpoint?.kind === 'ExternalWorkload';
    const Server = [serverOf('shop', 'web', { selects: external ? 'externalWorkloads' : 'pods' })];
    expect(ask(viewOf({ shop: { Server } }), probing(more))).toEqual(refused);
  });

  it('are found by the name of a port of the same container, without case', () => {
    const named = endpoint({ probes: [probe('/live', 'HTTP')] });
    expect(ask(viewOf({ shop: closed }), probing({ endpoint: named }))).toEqual(byProbe);
  });

  it('are not let in where there are no probe networks, nor from outside of them', () => {
    const under = (probeNetworks: readonly string[]) =>
      ask(viewOf({ shop: closed }, { settings: { ...settings, probeNetworks } }), probing());
    expect(under([])).toEqual(refused);
    expect(under(['10.0.0.0/8'])).toMatchObject({ verdict: 'deny', route: routeRef('probe') });
  });

  it('have no route of their own any more where one route is attached', () => {
    const view = viewOf({ shop: { ...closed, HTTPRoute: [route()] } });
    expect(ask(view, probing())).toEqual(
      without(denied([], { candidates: [notLocal('192.0.2.1')] }, 'route-not-found'), 'route'),
    );
  });

  it('are let in under a default policy as well', () => {
    const deny = viewOf({}, { settings: { ...settings, defaultPolicy: 'deny' } });
    expect(ask(deny, probing())).toEqual({
      ...byProbe,
      server: { kind: 'default', name: 'deny' },
      protocol: 'unknown',
    });
  });

  it('have no route on gRPC and opaque ports', () => {
    const grpc = { Server: [serverOf('shop', 'web', { proxyProtocol: 'gRPC' })] };
    const opaque = { Server: [serverOf('shop', 'web', { proxyProtocol: 'opaque' })] };
    const verdicts = [grpc, opaque].map((parts) => ask(viewOf({ shop: parts }), probing()).refusal);
    expect(verdicts).toEqual(['route-not-found', 'unauthorized']);
  });
});

describe('a GRPCRoute with a match that has no method', () => {
  const poisoned = (proxyProtocol: ProxyProtocol, ...matches: Parameters<typeof grpcRoute>[3][]) =>
    viewOf({
      shop: {
        ...open(proxyProtocol),
        GRPCRoute: [grpcRoute('shop', 'r', ['web'], matches[0] ?? [{ method }, {}])],
      },
    });
  const invalid = {
    server: { kind: 'default', name: 'invalid' },
    protocol: 'gRPC',
    candidates: [],
  } as const;

  it('makes the proxy refuse the policy: nobody is admitted to any route', () => {
    expect(ask(poisoned('gRPC'), { request: call })).toEqual(without(denied([], invalid), 'route'));
  });

  it('nor from localhost, nor by a connection', () => {
    const local = client('none', '127.0.0.1');
    expect(ask(poisoned('gRPC'), { client: local, request: anotherCall })).toEqual(
      without(denied([], invalid), 'route'),
    );
    expect(ask(poisoned('gRPC'), { client: local, request: bytes })).toEqual(
      without(denied([], invalid), 'route'),
    );
  });

  it('does no harm where it is not in use', () => {
    const view = viewOf({
      shop: { ...open('gRPC'), GRPCRoute: [withoutStatus(grpcRoute('shop', 'r', ['web'], [{}]))] },
    });
    expect(ask(view, { request: call })).toMatchObject({ verdict: 'allow', route: routeRef('default') });
    expect(ask(poisoned('HTTP/2'), { request: call }).verdict).toBe('allow');
  });

  it('is not one whose rule has no matches at all', () => {
    expect(ask(poisoned('gRPC', []), { request: call })).toEqual({
      ...byServer,
      protocol: 'gRPC',
      route: routeRef('r', 'GRPCRoute'),
    });
  });
});
