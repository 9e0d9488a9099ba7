import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  authorizationPolicy,
  endpoint,
  grpcRoute,
  httpRoute,
  identity,
  ref,
  serverOf,
  toGatewayRoute,
  viewOf,
} from '../../test/mesh-view.js';
import { randomCall, randomHttpRequest, randomQuestion } from '../../test/random-policy.js';
import type { Access, Reach } from './access.js';
import { evaluateAny } from './access.js';
import type { Target } from './decide.js';
import { evaluate } from './decide.js';
import { parseAddress } from '../matching/network.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { Client } from '../question.js';
import type { MeshView } from '../view.js';

const target: Target = { namespace: 'shop', endpoint: endpoint(), port: 80 };
const web: Client = { tls: { identity: identity('shop', 'web') }, address: parseAddress('10.0.0.1') };
const plain: Client = { tls: 'none', address: parseAddress('10.0.0.1') };
const toWeb = [ref('ServiceAccount', 'web')];
const access = (view: MeshView, client = web, at = target): Access =>
  evaluateAny(new PolicyIndex(view), at, client);
const inShort = ({ reach, parts }: Access): { reach: Reach; parts: readonly string[] } => ({
  reach,
  parts: parts.map(({ what, decision: { verdict, route }, mayBeEmpty }) =>
    [what, ...(route ? [route.name] : []), verdict, ...(mayBeEmpty ? ['maybe nothing'] : [])].join(' '),
  ),
});
const path = (type: 'Exact' | 'PathPrefix' | 'RegularExpression', value: string) => ({
  path: { type, value },
});
const http = (
  routes: readonly ReturnType<typeof httpRoute>[],
  policies: readonly ReturnType<typeof authorizationPolicy>[] = [],
) =>
  viewOf({ shop: { Server: [serverOf('shop', 'web')], HTTPRoute: routes, AuthorizationPolicy: policies } });

describe('a client may use of what a port serves', () => {
  it('all, where everything is admitted', () => {
    const view = viewOf({});
    expect(inShort(access(view))).toEqual({
      reach: 'all',
      parts: ['route default allow', 'connection allow'],
    });
  });

  it('all, where what is not allowed is only audited', () => {
    const view = viewOf({ shop: { Server: [serverOf('shop', 'web', { accessPolicy: 'audit' })] } });
    expect(inShort(access(view))).toEqual({ reach: 'all', parts: ['route default audit'] });
  });

  it('none, where nothing is admitted', () => {
    const view = viewOf({ shop: { Server: [serverOf('shop', 'web', { proxyProtocol: 'unknown' })] } });
    expect(inShort(access(view))).toEqual({
      reach: 'none',
      parts: ['route default deny', 'connection deny'],
    });
  });

  it('some, where one route admits it; requests that no route takes are a part as well', () => {
    const view = http(
      [
        httpRoute('shop', 'open', ['web'], [path('PathPrefix', '/open')]),
        httpRoute('shop', 'shut', ['web'], [path('Exact', '/shut')]),
      ],
      [authorizationPolicy('shop', 'p', ref('HTTPRoute', 'open'), toWeb)],
    );
    expect(inShort(access(view))).toEqual({
      reach: 'some',
      parts: ['route open allow', 'route shut deny', 'no-route deny'],
    });
    expect(inShort(access(view, plain))).toEqual({
      reach: 'none',
      parts: ['route open deny', 'route shut deny', 'no-route deny'],
    });
  });

  it('unknown, where nothing surely is allowed and something may be', () => {
    const settings = { ...viewOf({}).settings, defaultPolicy: undefined };
    const { defaultPolicy: _, ...known } = settings;
    expect(inShort(access(viewOf({}, { settings: known })))).toEqual({
      reach: 'unknown',
      parts: ['route default unknown', 'connection unknown'],
    });
  });

  it('unknown, where all that is allowed may be nothing', () => {
    const view = http(
      [
        httpRoute('shop', 'all', ['web'], [path('PathPrefix', '/')]),
        httpRoute('shop', 'odd', ['web'], [path('RegularExpression', '/x\\bx')]),
      ],
      [authorizationPolicy('shop', 'p', ref('HTTPRoute', 'odd'), toWeb)],
    );
    expect(inShort(access(view))).toEqual({
      reach: 'unknown',
      parts: ['route all deny', 'route odd allow maybe nothing'],
    });
  });

  it('what is not enforced, where policy does not act', () => {
    const unmeshed = { ...target, endpoint: endpoint({ meshed: false }) };
    expect(inShort(access(viewOf({}), web, unmeshed))).toEqual({
      reach: 'not-enforced',
      parts: ['everything not-enforced'],
    });
  });

  it('unknown, where it is not known which Server governs', () => {
    const view = viewOf({}, { notLive: new Map([['Server', 'disconnected']]) });
    expect(inShort(access(view))).toEqual({ reach: 'unknown', parts: ['everything unknown'] });
  });

  it('none of requests known, yet connections, where the routes are not known', () => {
    const view = viewOf(
      { shop: { Server: [serverOf('shop', 'web', { proxyProtocol: 'unknown', accessPolicy: 'audit' })] } },
      { notLive: new Map([['HTTPRoute', 'disconnected']]) },
    );
    expect(inShort(access(view))).toEqual({
      reach: 'some',
      parts: ['everything unknown', 'connection audit'],
    });
  });
});

describe('a gRPC port', () => {
  const grpc = (...routes: ReturnType<typeof grpcRoute>[]) => ({
    Server: [serverOf('shop', 'web', { proxyProtocol: 'gRPC', accessPolicy: 'all-unauthenticated' })],
    GRPCRoute: routes,
  });

  it('is asked for calls only', () => {
    expect(access(viewOf({ shop: grpc() }))).toMatchObject({
      reach: 'all',
      parts: [{ what: 'route', example: { method: 'POST' }, mayBeEmpty: false }],
    });
  });

  it('that the proxy refuses is not told apart, and nothing of it is allowed', () => {
    const view = viewOf({ shop: grpc(grpcRoute('shop', 'r', ['web'], [{}])) });
    expect(inShort(access(view))).toEqual({ reach: 'none', parts: ['everything deny'] });
  });

  it('that the proxy may refuse is unknown while its routes are not known', () => {
    const view = viewOf(
      { shop: grpc(grpcRoute('shop', 'r', ['web'], [{}])) },
      { notLive: new Map([['GRPCRoute', 'disconnected']]) },
    );
    expect(inShort(access(view))).toEqual({ reach: 'unknown', parts: ['everything unknown'] });
  });

  it('has a part for each route and one for calls that none takes', () => {
    const method = { type: 'Exact', service: 'svc', method: 'get' } as const;
    const view = viewOf({
      shop: {
        ...grpc(grpcRoute('shop', 'r', ['web'], [{ method }])),
        AuthorizationPolicy: [authorizationPolicy('shop', 'p', toGatewayRoute('GRPCRoute', 'r'))],
      },
    });
    expect(inShort(access(view, plain))).toEqual({
      reach: 'some',
      parts: ['route r allow', 'no-route deny'],
    });
  });
});

describe('a route', () => {
  it('that others take everything of has no part', () => {
    const view = http([
      httpRoute('shop', 'a', ['web'], [path('PathPrefix', '/')]),
      httpRoute('shop', 'b', ['web'], [path('PathPrefix', '/')]),
    ]);
    expect(inShort(access(view)).parts).toEqual(['route a deny']);
  });

  it.each([
    [path('PathPrefix', '/any-name-that-no-route-has'), []],
    [path('PathPrefix', '/'), ['any-name-that-no-route-has.test']],
  ])('that is in the way of an example only may have requests: %j of %j', (match, hostnames) => {
    const wide = httpRoute('shop', 'wide', ['web'], [path('PathPrefix', '/')], { hostnames: ['*.test'] });
    const named = httpRoute('shop', 'a', ['web'], [match], {
      hostnames: hostnames.length > 0 ? hostnames : ['*.test'],
    });
    const policies = [authorizationPolicy('shop', 'p', ref('HTTPRoute', 'wide'), toWeb)];
    expect(inShort(access(http([named, wide], policies)))).toEqual({
      reach: 'unknown',
      parts: ['route a deny', 'route wide allow maybe nothing', 'no-route deny'],
    });
  });
});

describe('the parts of a port', () => {
  it('each have an example that gets the decision of its part', () => {
    fc.assert(
      fc.property(randomQuestion, ({ view, target: at, client }) => {
        const index = new PolicyIndex(view);
        const shown = evaluateAny(index, at, client).parts.filter(({ example }) => example !== undefined);
        expect(shown.map(({ example }) => evaluate(index, at, client, example!))).toEqual(
          shown.map(({ decision }) => decision),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('together hold every request, with the decision that it gets', () => {
    const requests = fc.array(fc.tuple(randomHttpRequest, randomCall), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(randomQuestion, requests, ({ view, target: at, client }, drawn) => {
        const index = new PolicyIndex(view);
        const { protocol } = index.portPolicy(at.namespace, at.endpoint, at.port);
        const parts = evaluateAny(index, at, client).parts.map(({ decision }) => decision);
        for (const [request, call] of drawn)
          expect(parts).toContainEqual(evaluate(index, at, client, protocol === 'gRPC' ? call : request));
      }),
      { numRuns: 800 },
    );
  });
});
