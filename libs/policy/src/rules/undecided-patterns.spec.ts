import { describe, expect, it } from '@jest/globals';
import type { HttpRouteMatch } from '@mcp/mesh';
import type { Asked } from '../../test/answers.js';
import { ask, bytes, get, web } from '../../test/answers.js';
import type { SpaceParts } from '../../test/mesh-view.js';
import {
  authorizationPolicy,
  endpoint,
  grpcRoute,
  httpRoute,
  probe,
  ref,
  serverOf,
  viewOf,
} from '../../test/mesh-view.js';
import { evaluateAny } from '../answers/access.js';
import { PolicyIndex } from '../ports/policy-index.js';

/** Whether Linkerd takes such a pattern is not known: it drops the whole route if it does not. */
const odd = { path: { type: 'RegularExpression', value: '/\\pL+' } } as const;
const oddHeader = { type: 'RegularExpression', name: 'x', value: '\\pL+' } as const;
const prefix = (value: string) => ({ path: { type: 'PathPrefix', value } }) as const;
const route = (name: string, ...matches: readonly Partial<HttpRouteMatch>[]) =>
  httpRoute('shop', name, ['web'], matches);
const admitting = (name: string) =>
  authorizationPolicy('shop', name, ref('HTTPRoute', name), [ref('ServiceAccount', 'web')]);
const shut = { Server: [serverOf('shop', 'web')] };
const open = { Server: [serverOf('shop', 'web', { accessPolicy: 'all-unauthenticated' })] };

function decided(parts: SpaceParts, asked: Asked = {}): readonly (string | undefined)[] {
  const { verdict, refusal, route: taken, unknown } = ask(viewOf({ shop: parts }), asked);
  return [verdict, refusal ?? unknown[0]?.code, taken?.name];
}

function reached(parts: SpaceParts): unknown {
  const target = { namespace: 'shop', endpoint: endpoint(), port: 80 };
  const access = evaluateAny(new PolicyIndex(viewOf({ shop: parts })), target, web);
  return [
    access.reach,
    ...access.parts.map(({ what, decision: { verdict, route: taken }, mayBeEmpty }) =>
      [what, taken?.name, verdict, mayBeEmpty].join(' '),
    ),
  ];
}

describe('a route with a pattern that is not decided', () => {
  it('leaves what another route surely takes as it is', () => {
    const HTTPRoute = [
      route('odd', { ...prefix('/'), headers: [oddHeader] }),
      route('r', { path: { type: 'Exact', value: '/abc' } }),
    ];
    expect(decided({ ...open, HTTPRoute }, { request: get('/abc', { x: 'a' }) })).toEqual([
      'allow',
      undefined,
      'r',
    ]);
    expect(
      decided({ ...open, HTTPRoute: [route('a', odd), route('r', prefix('/'))] }, { request: get('/b') }),
    ).toEqual(['allow', undefined, undefined]);
  });

  it('leaves a request that it would take to none: its other matches go with it', () => {
    const parts = { ...open, HTTPRoute: [route('odd', odd, prefix('/a')), route('r', prefix('/r'))] };
    expect(decided(parts, { request: get('/a') })).toEqual(['unknown', 'REGEX_NOT_DECIDED', undefined]);
    expect(decided(parts, { request: get('/r') })).toEqual(['allow', undefined, undefined]);
    expect(decided(parts, { request: get('/', {}, 'PUT') })).toEqual([
      'unknown',
      'REGEX_NOT_DECIDED',
      undefined,
    ]);
  });

  it('is no matter where each route it could be decides alike, and which one it is is not said', () => {
    expect(decided({ ...shut, HTTPRoute: [route('odd', odd), route('r', prefix('/'))] })).toEqual([
      'deny',
      'unauthorized',
      undefined,
    ]);
  });

  it('matters where one of them admits the client', () => {
    const parts = {
      ...shut,
      HTTPRoute: [route('odd', odd), route('r', prefix('/'))],
      AuthorizationPolicy: [admitting('odd')],
    };
    expect(decided(parts, { request: get('/a') })).toEqual(['unknown', 'REGEX_NOT_DECIDED', undefined]);
  });

  it('matters where the client would be admitted by another authorization', () => {
    const parts = {
      ...open,
      HTTPRoute: [route('odd', odd), route('r', prefix('/'))],
      AuthorizationPolicy: [admitting('odd')],
    };
    expect(decided(parts, { request: get('/a') })).toEqual(['unknown', 'REGEX_NOT_DECIDED', undefined]);
  });

  it('brings back the default route where it is the only one and is dropped', () => {
    const parts = { HTTPRoute: [route('odd', odd)] };
    expect(decided({ ...parts, ...open })).toEqual(['unknown', 'REGEX_NOT_DECIDED', undefined]);
    expect(decided({ ...parts, ...shut })).toEqual(['unknown', 'REGEX_NOT_DECIDED', undefined]);
  });

  it('brings back the route of probes with it', () => {
    const parts = { ...shut, HTTPRoute: [route('odd', odd, prefix('/'))] };
    const probed = endpoint({ probes: [probe('/live')] });
    expect(decided(parts, { request: get('/live'), endpoint: probed })).toEqual([
      'unknown',
      'REGEX_NOT_DECIDED',
      undefined,
    ]);
    expect(decided(parts, { request: get('/a'), endpoint: probed })).toEqual([
      'deny',
      'unauthorized',
      undefined,
    ]);
  });

  it('is no matter to bytes that are not HTTP', () => {
    const parts = { ...shut, HTTPRoute: [route('odd', odd)] };
    expect(decided(parts, { request: bytes })).toEqual(['deny', 'protocol-mismatch', undefined]);
  });

  it('is a part that may be empty, beside what surely is there', () => {
    expect(
      reached({
        ...open,
        HTTPRoute: [route('odd', { ...prefix('/o'), headers: [oddHeader] }), route('r', prefix('/r'))],
      }),
    ).toEqual(['some', 'route odd allow true', 'route r allow false', 'no-route  deny false']);
  });

  it('alone leaves room for the default route', () => {
    expect(reached({ ...shut, HTTPRoute: [route('odd', odd)] })).toEqual([
      'none',
      'route odd deny true',
      'no-route  deny true',
      'route default deny true',
    ]);
    expect(reached({ ...open, HTTPRoute: [route('odd', odd)] })).toEqual([
      'unknown',
      'route odd allow true',
      'no-route  deny true',
      'route default allow true',
    ]);
  });
});

describe('on a gRPC port, a route with a pattern that is not decided', () => {
  const grpc = {
    Server: [serverOf('shop', 'web', { proxyProtocol: 'gRPC', accessPolicy: 'all-unauthenticated' })],
  };
  const method = { type: 'Exact', service: 'svc' } as const;
  const call = get('/svc/get', {}, 'POST');

  it('is no matter beside one that makes the proxy refuse its policy', () => {
    const GRPCRoute = [
      grpcRoute('shop', 'odd', ['web'], [{ method, headers: [oddHeader] }]),
      grpcRoute('shop', 'poison', ['web'], [{ headers: [] }]),
    ];
    expect(decided({ ...grpc, GRPCRoute }, { request: call })).toEqual(['deny', 'unauthorized', undefined]);
  });

  it('leaves what is not a call to none where it is dropped', () => {
    const odd = grpcRoute('shop', 'odd', ['web'], [{ method, headers: [oddHeader] }]);
    const rules = [...odd.spec.rules, { matches: [], filters: [], backendRefs: [] }];
    const GRPCRoute = [{ ...odd, spec: { ...odd.spec, rules } }];
    expect(decided({ ...grpc, GRPCRoute })).toEqual(['unknown', 'REGEX_NOT_DECIDED', undefined]);
    expect(decided({ ...grpc, GRPCRoute }, { request: call })).toEqual(['allow', undefined, undefined]);
  });

  it('leaves everything open where it is the one that makes the proxy refuse its policy', () => {
    const GRPCRoute = [
      grpcRoute('shop', 'odd', ['web'], [{ headers: [oddHeader] }]),
      grpcRoute('shop', 'r', ['web'], [{ method, headers: [] }]),
    ];
    expect(decided({ ...grpc, GRPCRoute }, { request: call })).toEqual([
      'unknown',
      'REGEX_NOT_DECIDED',
      undefined,
    ]);
  });
});
