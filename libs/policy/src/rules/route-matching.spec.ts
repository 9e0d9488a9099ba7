import { describe, expect, it } from '@jest/globals';
import type { GrpcRouteMatch, HttpRouteMatch, ObjectStates } from '@mcp/mesh';
import {
  allowedBy,
  ask,
  defaultRef,
  denied,
  get,
  notKnown,
  notLocal,
  routeRef,
  satisfied,
  without,
} from '../../test/answers.js';
import { grpcRoute, httpRoute, serverOf, viewOf } from '../../test/mesh-view.js';
import type { SingleRequest } from '../answers/decide.js';

const path = (type: 'Exact' | 'PathPrefix' | 'RegularExpression', value: string) => ({
  path: { type, value },
});
const exact = (name: string, value: string) => ({ type: 'Exact', name, value }) as const;
const regex = (name: string, value: string) => ({ type: 'RegularExpression', name, value }) as const;
const open = { accessPolicy: 'all-unauthenticated' } as const;
const byServer = allowedBy([defaultRef('all-unauthenticated')]);
const candidates = [satisfied(defaultRef('all-unauthenticated')), notLocal()];
const notFound = without(denied([], { candidates }, 'route-not-found'), 'route');
const undecided = without(
  notKnown(
    [
      {
        code: 'REQUEST_NOT_DECIDED',
        message:
          'whether a route matches the request cannot be told: it hangs on the version of the proxy or on a regular expression',
      },
    ],
    { candidates },
  ),
  'route',
);
const taken = (name = 'r') => ({ ...byServer, route: routeRef(name) });
const serving = (...HTTPRoute: readonly ObjectStates['HTTPRoute'][]) =>
  viewOf({ shop: { Server: [serverOf('shop', 'web', open)], HTTPRoute } });
const matching = (match: Partial<HttpRouteMatch>, request: SingleRequest) =>
  ask(serving(httpRoute('shop', 'r', ['web'], [match])), { request });

describe('a request matches', () => {
  it.each<readonly [string, Partial<HttpRouteMatch>, SingleRequest]>([
    ['an exact path', path('Exact', '/a'), get('/a')],
    ['a path apart from its query', path('Exact', '/a'), get('/a?b')],
    ['a prefix that is the path', path('PathPrefix', '/a'), get('/a')],
    ['a prefix by segments', path('PathPrefix', '/a'), get('/a/b')],
    ['a prefix whose last slash does not count', path('PathPrefix', '/a/'), get('/a')],
    ['the prefix /', path('PathPrefix', '/'), get('/a')],
    ['a pattern of the whole path', path('RegularExpression', '/a.*'), get('/a/b')],
    ['an alternative that spans it all', path('RegularExpression', '/ab|/a'), get('/ab')],
    ['a method', { method: 'GET' }, get('/')],
    ['a header, whose name has no case', { headers: [exact('X-A', '1')] }, get('/', { 'x-a': '1' })],
    ['a header by pattern', { headers: [regex('x', '[0-9]+')] }, get('/', { x: '12' })],
    ['several headers', { headers: [exact('x', '1'), exact('y', '2')] }, get('/', { x: '1', y: '2' })],
    ['a parameter', { queryParams: [exact('q', '1')] }, get('/?p=0&q=1')],
    ['a parameter as decoded', { queryParams: [exact('a b', '/+')] }, get('/?a+b=%2F%2B')],
    ['any of its occurrences', { queryParams: [exact('q', '1')] }, get('/?q=0&q=1')],
    ['a parameter by pattern', { queryParams: [regex('q', 'a.*')] }, get('/?q=abc')],
    ['a parameter with a question mark in its name', { queryParams: [exact('?q', '1')] }, get('/??q=1')],
  ])('%s', (_, match, request) => {
    expect(matching(match, request)).toEqual(taken());
  });

  it.each<readonly [string, Partial<HttpRouteMatch>, SingleRequest]>([
    ['an exact path with a slash behind', path('Exact', '/a'), get('/a/')],
    ['a prefix within a segment', path('PathPrefix', '/a'), get('/ab')],
    ['a path of another case', path('Exact', '/a'), get('/A')],
    ['a pattern of a part', path('RegularExpression', '/a'), get('/ab')],
    ['the first alternative that is found, if it is a part', path('RegularExpression', '/a|/ab'), get('/ab')],
    ['another method', { method: 'GET' }, get('/', {}, 'get')],
    ['one header of two', { headers: [exact('x', '1'), exact('y', '2')] }, get('/', { x: '1' })],
    ['a header of another case', { headers: [exact('x', 'a')] }, get('/', { x: 'A' })],
    ['a parameter that is not there', { queryParams: [exact('q', '1')] }, get('/?p=1')],
    ['a parameter behind a second question mark', { queryParams: [exact('q', '1')] }, get('/??q=1')],
  ])('not %s', (_, match, request) => {
    expect(matching(match, request)).toEqual(notFound);
  });

  it('by any of the values of a repeated header', () => {
    const request = { ...get('/'), headers: new Map([['x', ['0', '1']]]) } as SingleRequest;
    expect(matching({ headers: [exact('x', '1')] }, request)).toEqual(taken());
  });

  it('is not known where a pattern cannot tell of the value', () => {
    expect(matching({ headers: [regex('x', '\\w+')] }, get('/', { x: 'ä' }))).toEqual(undecided);
  });

  it('that is not known is no matter where another one wins over it, or comes first', () => {
    const open = { ...path('PathPrefix', '/'), headers: [regex('x', '\\w+')] };
    const beside = (name: string, match: Partial<HttpRouteMatch>) =>
      ask(serving(httpRoute('shop', name, ['web'], [match]), httpRoute('shop', 'r', ['web'], [open])), {
        request: get('/abc', { x: 'ä', y: '1' }),
      }).route;
    const alike = { ...path('PathPrefix', '/'), headers: [exact('y', '1')] };
    expect(beside('before', path('Exact', '/abc'))).toEqual(routeRef('before'));
    expect(beside('then', path('Exact', '/abc'))).toEqual(routeRef('then'));
    expect(beside('before', alike)).toEqual(routeRef('before'));
    expect(beside('then', alike)).toBe(undefined);
  });

  it('is not known where all patterns together would take too long', () => {
    const patterns = Array.from({ length: 128 }, (_, at) => path('RegularExpression', `/(a|b)*c{${at}}d`));
    const request = get(`/${'a'.repeat(8_000)}`);
    expect(ask(serving(httpRoute('shop', 'r', ['web'], patterns)), { request })).toEqual(undecided);
    expect(ask(serving(httpRoute('shop', 'r', ['web'], patterns.slice(0, 3))), { request })).toEqual(
      notFound,
    );
  });
});

describe('a hostname', () => {
  const hosted = (hostnames: readonly string[], host?: string) =>
    ask(serving(httpRoute('shop', 'r', ['web'], [{}], { hostnames })), {
      request: get('/', host === undefined ? {} : { host }),
    });

  it.each([
    [['a.test'], 'a.test'],
    [['a.test'], 'a.test:8080'],
    [['a.test'], 'a.test.'],
    [['*.test'], 'a.test'],
    [['*.test'], 'b.a.test'],
    [['b.test', 'a.test'], 'a.test'],
  ])('of %j is that of %s', (hostnames, host) => {
    expect(hosted(hostnames, host)).toEqual(taken());
  });

  it.each([
    [['a.test'], 'b.test'],
    [['*.test'], 'test'],
    [['*.test'], 'atest'],
    [['a.test'], undefined],
  ])('of %j is not that of %s', (hostnames, host) => {
    expect(hosted(hostnames, host)).toEqual(notFound);
  });

  it.each([
    [['a.test'], 'A.test'],
    [['*.test', 'A.TEST'], 'a.test'],
    [['10.0.0.1'], undefined],
    [['*.0.1'], undefined],
  ])('of %j cannot be compared with %s: that depends on the proxy, or on the address', (hostnames, host) => {
    expect(hosted(hostnames, host)).toEqual(undecided);
  });

  it('is looked for in :authority before Host', () => {
    const request = get('/', { ':authority': 'a.test', host: 'b.test' });
    const view = serving(httpRoute('shop', 'r', ['web'], [{}], { hostnames: ['a.test'] }));
    expect(ask(view, { request })).toEqual(taken());
  });
});

describe('of several routes that match, the request goes to', () => {
  const between = (
    a: Partial<HttpRouteMatch>,
    z: Partial<HttpRouteMatch>,
    hosts: readonly string[][] = [[], []],
  ) =>
    ask(
      serving(
        httpRoute('shop', 'a', ['web'], [a], { hostnames: hosts[0]! }),
        httpRoute('shop', 'z', ['web'], [z], { hostnames: hosts[1]! }),
      ),
      { request: get('/a/b?q=1', { host: 'x.a.test', h: '1' }) },
    );
  const h = { headers: [exact('h', '1')] };
  const q = { queryParams: [exact('q', '1')] };

  it.each<readonly [string, Partial<HttpRouteMatch>, Partial<HttpRouteMatch>]>([
    ['the longer path', path('PathPrefix', '/a'), path('PathPrefix', '/a/b')],
    [
      'the longer path, even if the shorter has headers, parameters and a method',
      { ...path('PathPrefix', '/a'), ...h, ...q, method: 'GET' },
      path('PathPrefix', '/a/b'),
    ],
    ['a pattern, as long as the whole path', path('PathPrefix', '/a'), path('RegularExpression', '/.*')],
    ['more headers', path('Exact', '/a/b'), { ...path('Exact', '/a/b'), ...h }],
    [
      'more headers before more parameters',
      { ...path('Exact', '/a/b'), ...q },
      { ...path('Exact', '/a/b'), ...h },
    ],
    ['more parameters', path('Exact', '/a/b'), { ...path('Exact', '/a/b'), ...q }],
    [
      'more headers before a method',
      { ...path('Exact', '/a/b'), method: 'GET' },
      { ...path('Exact', '/a/b'), ...h },
    ],
    [
      'more parameters before a method',
      { ...path('Exact', '/a/b'), method: 'GET' },
      { ...path('Exact', '/a/b'), ...q },
    ],
    ['a method, last of all', path('Exact', '/a/b'), { ...path('Exact', '/a/b'), method: 'GET' }],
  ])('%s', (_, a, z) => {
    expect(between(a, z)).toEqual(taken('z'));
  });

  it.each([
    ['an exact path and a prefix of one length', path('PathPrefix', '/a/b'), path('Exact', '/a/b')],
    ['a prefix with and without its last slash', path('PathPrefix', '/a'), path('PathPrefix', '/a/')],
    ['a pattern and an exact path', path('RegularExpression', '/a/b'), path('Exact', '/a/b')],
  ])('the first in order, where they are equal: %s', (_, a, z) => {
    expect([between(a, z), between(z, a)]).toEqual([taken('a'), taken('a')]);
  });

  it.each([
    ['one with a hostname before one without, whatever its path', [], ['*.test']],
    ['the longer wildcard', ['*.test'], ['*.a.test']],
    ['an exact hostname before a wildcard', ['*.a.test'], ['x.a.test']],
    ['its best hostname', ['*.a.test'], ['*.test', 'x.a.test']],
  ])('%s', (_, a, z) => {
    expect(between(path('Exact', '/a/b'), path('PathPrefix', '/'), [a, z])).toEqual(taken('z'));
  });

  it('the best match of its best rule', () => {
    const rule = (...matches: Partial<HttpRouteMatch>[]) =>
      httpRoute('shop', 'z', ['web'], matches).spec.rules[0]!;
    const rules = [rule(path('PathPrefix', '/'), path('PathPrefix', '/a')), rule(path('PathPrefix', '/a/b'))];
    const z = httpRoute('shop', 'z', ['web'], [], { rules });
    const view = serving(httpRoute('shop', 'a', ['web'], [path('PathPrefix', '/a')]), z);
    expect(ask(view, { request: get('/a/b') })).toEqual(taken('z'));
    expect(ask(view, { request: get('/a') })).toEqual(taken('a'));
  });
});

describe('the order of routes', () => {
  const born = (name: string, createdAt: number) => ({
    ...httpRoute('shop', name, ['web'], [{}]),
    createdAt,
  });
  it('is by age, then by name; one without a time of creation is the last', () => {
    const firstOf = (...routes: readonly ObjectStates['HTTPRoute'][]) => ask(serving(...routes)).route;
    expect(firstOf(born('a', 2_000), born('z', 1_000))).toEqual(routeRef('z'));
    expect(firstOf(born('z', 1_000), born('a', 1_000))).toEqual(routeRef('a'));
    expect(firstOf(born('a', 0), born('z', 9_000))).toEqual(routeRef('z'));
  });

  it('is by group for routes of one name and age', () => {
    const view = viewOf({
      shop: {
        Server: [serverOf('shop', 'web', open)],
        HTTPRoute: [born('r', 1_000)],
        GatewayHTTPRoute: [born('r', 1_000)],
      },
    });
    expect(ask(view)).toEqual({ ...byServer, route: routeRef('r', 'GatewayHTTPRoute') });
  });
});

describe('a call', () => {
  const grpc = (...GRPCRoute: readonly ObjectStates['GRPCRoute'][]) =>
    viewOf({ shop: { Server: [serverOf('shop', 'web', { ...open, proxyProtocol: 'gRPC' })], GRPCRoute } });
  const calling = (service?: string, name?: string) => ({
    type: 'Exact' as const,
    ...(service !== undefined && { service }),
    ...(name !== undefined && { method: name }),
  });
  const route = (name: string, match: Partial<GrpcRouteMatch>) => grpcRoute('shop', name, ['web'], [match]);
  const to = (at: string, method = 'POST', headers = {}) => get(at, headers, method);
  const takenBy = (name: string) => ({ ...byServer, protocol: 'gRPC', route: routeRef(name, 'GRPCRoute') });

  it.each<readonly [string, Partial<GrpcRouteMatch>, SingleRequest]>([
    ['its service', { method: calling('svc') }, to('/svc/get')],
    ['its method', { method: calling(undefined, 'get') }, to('/svc/get')],
    ['both', { method: calling('svc', 'get') }, to('/svc/get')],
    ['both, with more behind', { method: calling('svc', 'get') }, to('/svc/get/more')],
    ['a header', { method: calling('svc'), headers: [exact('x', '1')] }, to('/svc/get', 'POST', { x: '1' })],
  ])('matches %s', (_, match, request) => {
    expect(ask(grpc(route('r', match)), { request })).toEqual(takenBy('r'));
  });

  it.each<readonly [string, SingleRequest]>([
    ['another service', to('/other/get')],
    ['another method', to('/svc/put')],
    ['a service of another case', to('/SVC/get')],
    ['no POST', to('/svc/get', 'GET')],
    ['no method', to('/svc')],
  ])('does not match %s', (_, request) => {
    const match = { method: calling('svc', 'get') };
    expect(ask(grpc(route('r', match)), { request })).toEqual({ ...notFound, protocol: 'gRPC' });
  });

  it('without a name of a service or of a method is not decided', () => {
    const at = ['//get', '/svc/'].map((of) => ask(grpc(), { request: to(of) }));
    expect(at).toEqual([undecided, undecided].map((of) => ({ ...of, protocol: 'gRPC' })));
  });

  it.each<readonly [string, Partial<GrpcRouteMatch>, Partial<GrpcRouteMatch>]>([
    ['the longer service', { method: calling(undefined, 'get') }, { method: calling('svc') }],
    ['then the longer method', { method: calling('svc') }, { method: calling('svc', 'get') }],
    ['then more headers', { method: calling('svc') }, { method: calling('svc'), headers: [exact('x', '1')] }],
  ])('goes to %s', (_, a, z) => {
    const request = to('/svc/get', 'POST', { x: '1' });
    expect(ask(grpc(route('a', a), route('z', z)), { request })).toEqual(takenBy('z'));
  });
});
