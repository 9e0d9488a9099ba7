import { describe, expect, it } from '@jest/globals';
import type { HttpRouteMatch } from '@mcp/mesh';
import { client } from '../../test/answers.js';
import { endpoint, httpRoute, serverOf, viewOf } from '../../test/mesh-view.js';
import { evaluate } from '../answers/decide.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { HttpRequest } from '../question.js';

const toAdmin = { path: { type: 'PathPrefix', value: '/admin' } } as const;
const ofHost = (type: 'Exact' | 'RegularExpression', value: string) => ({
  headers: [{ type, name: 'Host', value }],
});
const any: HttpRequest = { kind: 'http', method: 'GET', path: '/', headers: new Map(), anyHost: true };

/** What the only route of a port decides about a request that leaves the host open. */
function decided(hostnames: readonly string[], match: Partial<HttpRouteMatch>, request: HttpRequest = any) {
  const route = httpRoute('shop', 'r', ['web'], [match]);
  const view = viewOf({
    shop: {
      Server: [serverOf('shop', 'web', { accessPolicy: 'all-unauthenticated' })],
      HTTPRoute: [{ ...route, spec: { ...route.spec, hostnames } }],
    },
  });
  const target = { namespace: 'shop', endpoint: endpoint(), port: 80 };
  const { verdict, refusal, unknown } = evaluate(new PolicyIndex(view), target, client('none'), request);
  return { verdict, refusal, unknown };
}

const notKnown = {
  verdict: 'unknown',
  refusal: undefined,
  unknown: [
    {
      code: 'REQUEST_NOT_DECIDED',
      message: 'which route takes the request hangs on its host: say it among the headers, as host',
    },
  ],
};
const allowed = { verdict: 'allow', refusal: undefined, unknown: [] };
const notFound = { verdict: 'deny', refusal: 'route-not-found', unknown: [] };

describe('a question that leaves the host open', () => {
  it.each<readonly [string, readonly string[], Partial<HttpRouteMatch>]>([
    ['a route with hostnames would take the request', ['shop.test'], {}],
    ['a route asks for the host as a header', [], ofHost('Exact', 'shop.test')],
    ['a route asks for the host by a pattern', [], ofHost('RegularExpression', 'shop.*')],
  ])('is not decided where %s', (_, hostnames, match) => {
    expect(decided(hostnames, match)).toEqual(notKnown);
  });

  it.each<readonly [string, readonly string[], Partial<HttpRouteMatch>, object]>([
    ['no route has hostnames', [], {}, allowed],
    ['what has hostnames does not match otherwise', ['shop.test'], toAdmin, notFound],
    [
      'what asks for the host does not match otherwise',
      [],
      { ...toAdmin, ...ofHost('Exact', 'shop.test') },
      notFound,
    ],
  ])('is decided where %s', (_, hostnames, match, expected) => {
    expect(decided(hostnames, match)).toEqual(expected);
  });

  it('is another one than a request that has no host', () => {
    const { anyHost: _, ...hostless } = any;
    expect(decided(['shop.test'], {}, hostless)).toEqual(notFound);
  });
});
