import { describe, expect, it } from '@jest/globals';
import type { HttpRouteMatch } from '@mcp/mesh';
import { endpoint, httpRoute, serverOf, viewOf } from '../../test/mesh-view.js';
import type { Reach } from '../answers/access.js';
import { evaluateAny } from '../answers/access.js';
import type { Target } from '../answers/decide.js';
import { parseAddress } from '../matching/network.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { Client, HttpRequest } from '../question.js';

const target: Target = { namespace: 'shop', endpoint: endpoint(), port: 80 };
const anyone: Client = { tls: 'none', address: parseAddress('10.0.0.1') };

/** How far everybody reaches through one route that has the match, on a Server that is open to all, and by which request. */
function through(match: Partial<HttpRouteMatch>): { readonly reach: Reach; readonly by?: string } {
  const view = viewOf({
    shop: {
      Server: [serverOf('shop', 'web', { accessPolicy: 'all-unauthenticated' })],
      HTTPRoute: [httpRoute('shop', 'r', ['web'], [match])],
    },
  });
  const { reach, parts } = evaluateAny(new PolicyIndex(view), target, anyone);
  const example = parts.find(({ what }) => what === 'route')?.example;
  return { reach, ...(example && { by: inShort(example) }) };
}

function inShort({ path, headers }: HttpRequest): string {
  return [path, ...[...headers].map(([name, values]) => `${name}: ${values.join()}`)].join(' ');
}

const path = (value: string, type: 'Exact' | 'PathPrefix' | 'RegularExpression' = 'RegularExpression') => ({
  path: { type, value },
});
const header = (value: string, type: 'Exact' | 'RegularExpression' = 'Exact') => ({
  headers: [{ type, name: 'x', value }],
});

describe('a route', () => {
  it.each<readonly [Partial<HttpRouteMatch>, string]>([
    [path('.*'), '/'],
    [path('(.*)'), '/'],
    [path('/api/v[0-9]+/.*'), '/api/v0/'],
    [path('/health|/ready'), '/health'],
    [path('/api/(users|orders)/[0-9]+'), '/api/users/0'],
    [path('/a(/.*)?'), '/a'],
    [path('/foo/?'), '/foo'],
    [path('(?i)/api/.*'), '/api/'],
    [path('/items/\\d{1,5}'), '/items/0'],
    [path('.*\\.(png|jpg)'), '/.png'],
    [path('/[a-zA-Z0-9-_]+'), '/0'],
    [header('v[0-9]+', 'RegularExpression'), '/any-name-that-no-route-has x: v0'],
    [path('/%2f', 'Exact'), '/%2f'],
  ])('of %j is reached by a request that can be sent: %s', (match, by) => {
    expect(through(match)).toEqual({ reach: 'some', by });
  });

  it.each<Partial<HttpRouteMatch>>([
    path('/a b', 'Exact'),
    path('/a?b', 'Exact'),
    path('/a#b', 'PathPrefix'),
    path('/a b'),
    path('/é', 'Exact'),
    header(' a'),
    header('é'),
    header('\\t', 'RegularExpression'),
  ])('of %j is not said to be reached: no client may be able to send it', (match) => {
    expect(through(match)).toEqual({ reach: 'unknown' });
  });

  it.each(['users/.*', '(users|orders)', '[^/*].*'])(
    'of the pattern %s, which matches no path, is not said to be reached',
    (pattern) => {
      expect(['none', 'unknown']).toContain(through(path(pattern)).reach);
    },
  );
});
