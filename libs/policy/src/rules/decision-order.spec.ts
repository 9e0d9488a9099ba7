import { describe, expect, it } from '@jest/globals';
import type { ProxyProtocol } from '@mcp/mesh';
import {
  allowedBy,
  ask,
  bytes,
  client,
  defaultRef,
  denied,
  get,
  lacking,
  notLocal,
  policyRef,
  routeRef,
  satisfied,
  underDefault,
  web,
  without,
} from '../../test/answers.js';
import { rateLimit, reported } from '../../test/mesh-samples.js';
import type { SpaceParts } from '../../test/mesh-view.js';
import {
  authorizationPolicy,
  externalWorkload,
  httpRoute,
  meshTLSAuthentication,
  ref,
  serverOf,
  viewOf,
} from '../../test/mesh-view.js';

const toRoute = authorizationPolicy('shop', 'r', ref('HTTPRoute', 'r'));
const route = httpRoute('shop', 'r', ['web'], [{}]);
const serving = (proxyProtocol: ProxyProtocol, parts: SpaceParts = {}) =>
  viewOf({ shop: { Server: [serverOf('shop', 'web', { proxyProtocol })], ...parts } });
const toServer = authorizationPolicy('shop', 'p', ref('Server', 'web'), [ref('ServiceAccount', 'web')]);
const lacksIdentity = lacking(policyRef('p'), 'identity', [webIdentity()], 'no mesh TLS');

function webIdentity(): string {
  return typeof web.tls === 'object' ? web.tls.identity : '';
}

describe('a connection is judged as a whole by the authorizations of the Server', () => {
  it.each(['opaque', 'TLS'] as const)('on a port of protocol %s, whatever is sent', (protocol) => {
    const view = serving(protocol, { AuthorizationPolicy: [toServer] });
    const allowed = without(allowedBy([policyRef('p')], { protocol }), 'route');
    expect([ask(view), ask(view, { request: bytes })]).toEqual([allowed, allowed]);
    expect(ask(view, { client: client('none') })).toEqual(
      without(denied([lacksIdentity], { protocol }), 'route'),
    );
  });

  it('where the protocol is detected and is not HTTP: policies of routes play no part', () => {
    const parts = { HTTPRoute: [route], AuthorizationPolicy: [toRoute, toServer] };
    const view = serving('unknown', parts);
    expect(ask(view, { client: client('none'), request: bytes })).toEqual(
      without(denied([lacksIdentity], { protocol: 'unknown' }), 'route'),
    );
    expect(ask(view, { client: client('none') })).toEqual(
      allowedBy([policyRef('r')], {
        protocol: 'unknown',
        route: routeRef('r'),
        candidates: [satisfied(policyRef('r')), lacksIdentity, notLocal()],
      }),
    );
  });
});

it.each(['HTTP/1', 'HTTP/2', 'gRPC'] as const)(
  'bytes that are not HTTP are refused on a port of protocol %s, whatever is authorised',
  (proxyProtocol) => {
    const Server = [serverOf('shop', 'web', { proxyProtocol, accessPolicy: 'all-unauthenticated' })];
    const candidates = [satisfied(defaultRef('all-unauthenticated')), notLocal()];
    const more = { protocol: proxyProtocol, candidates };
    expect(ask(viewOf({ shop: { Server } }), { request: bytes })).toEqual(
      without(denied([], more, 'protocol-mismatch'), 'route'),
    );
  },
);

it('levels are ordered: the route, the Server, localhost', () => {
  const view = viewOf({
    shop: {
      Server: [serverOf('shop', 'web', { accessPolicy: 'audit' })],
      HTTPRoute: [route],
      AuthorizationPolicy: [toRoute],
    },
  });
  const all = [policyRef('r'), defaultRef('audit'), defaultRef('localhost')];
  expect(ask(view, { client: client('none', '127.0.0.1') })).toEqual(
    allowedBy([policyRef('r')], {
      route: routeRef('r'),
      satisfied: all,
      candidates: all.map(satisfied),
    }),
  );
});

it('audit is the verdict only where nothing else of its level admits the client', () => {
  const audited = allowedBy([defaultRef('audit')], {
    verdict: 'audit',
    candidates: [lacksIdentity, satisfied(defaultRef('audit')), notLocal()],
  });
  const view = viewOf({
    shop: {
      Server: [serverOf('shop', 'web', { accessPolicy: 'audit' })],
      AuthorizationPolicy: [toServer],
    },
  });
  expect(ask(view, { client: client('none') })).toEqual(audited);
  expect(ask(view)).toEqual(allowedBy([policyRef('p'), defaultRef('audit')]));
});

describe('a rate limit', () => {
  const accepted = { ...rateLimit('shop', 'l', 'web'), conditions: [reported('Accepted')] };
  const limited = (proxyProtocol: ProxyProtocol, ...HTTPLocalRateLimitPolicy: readonly (typeof accepted)[]) =>
    viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { proxyProtocol, accessPolicy: 'all-unauthenticated' })],
        HTTPLocalRateLimitPolicy,
      },
    });
  const open = allowedBy([defaultRef('all-unauthenticated')]);

  it.each(['unknown', 'HTTP/1', 'HTTP/2'] as const)('counts allowed requests: %s', (protocol) => {
    expect(ask(limited(protocol, accepted))).toEqual({ ...open, protocol, rateLimit: 'l' });
  });

  it.each(['opaque', 'TLS'] as const)('does not count connections: %s', (protocol) => {
    expect(ask(limited(protocol, accepted))).toEqual({ ...without(open, 'route'), protocol });
  });

  it('does not count bytes that are not HTTP, nor calls', () => {
    expect(ask(limited('unknown', accepted), { request: bytes })).toEqual({
      ...without(open, 'route'),
      protocol: 'unknown',
    });
    expect(ask(limited('gRPC', accepted), { request: get('/svc/get', {}, 'POST') })).toEqual({
      ...open,
      protocol: 'gRPC',
    });
  });

  it('counts nothing until it is accepted, and of several accepted ones the oldest counts', () => {
    const refused = { ...accepted, conditions: [reported('RateLimitReasonAlreadyExists')] };
    expect(ask(limited('HTTP/1', refused))).toEqual(open);
    const old = { ...accepted, name: 'z', createdAt: 1 };
    expect(ask(limited('HTTP/1', accepted, old))).toEqual({ ...open, rateLimit: 'z' });
  });

  it('of another Server counts nothing here, and it never admits anybody', () => {
    const other = { ...rateLimit('shop', 'l', 'api'), conditions: [reported('Accepted')] };
    expect(ask(limited('HTTP/1', other))).toEqual(open);
    expect(ask(serving('HTTP/1', { HTTPLocalRateLimitPolicy: [accepted] }))).toEqual(denied([]));
  });
});

describe('an external workload', () => {
  const vm = externalWorkload('shop', 'vm').groups[0]!.endpoint;
  const Server = [serverOf('shop', 'web', { selects: 'externalWorkloads', port: 'http' })];

  it('is governed by Servers and policies as a pod is', () => {
    const view = viewOf({ shop: { Server, AuthorizationPolicy: [toServer] } });
    expect(ask(view, { endpoint: vm })).toEqual(allowedBy([policyRef('p')]));
  });

  it('has its own annotation as its default policy', () => {
    const annotations = { 'config.linkerd.io/default-inbound-policy': 'deny' };
    expect(ask(viewOf({}), { endpoint: { ...vm, annotations } })).toEqual(denied([], underDefault('deny')));
  });

  it('as a client is admitted by its SPIFFE identity only where that is listed', () => {
    const who = 'spiffe://cluster.local/vm';
    const admits = (identities: readonly string[]) =>
      ask(
        serving('HTTP/1', {
          AuthorizationPolicy: [
            authorizationPolicy('shop', 'p', ref('Server', 'web'), [ref('MeshTLSAuthentication', 'm')]),
          ],
          MeshTLSAuthentication: [meshTLSAuthentication('shop', 'm', { identities })],
        }),
        { client: client({ identity: who }) },
      );
    expect(admits([who])).toEqual(allowedBy([policyRef('p')]));
    expect(admits(['*'])).toEqual(denied([lacking(policyRef('p'), 'identity', ['*'], who)]));
  });
});
