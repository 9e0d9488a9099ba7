import { describe, expect, it } from '@jest/globals';
import type { HttpRouteMatch } from '@mcp/mesh';
import { grpcRoute, httpRoute } from '../../test/mesh-view.js';
import { stepBudget } from '../matching/value-pattern.js';
import { readRules } from './read-rules.js';
import type { Route } from './route.js';
import { partsOf } from './route-match.js';

const pattern = (value: string): Partial<HttpRouteMatch> => ({ path: { type: 'RegularExpression', value } });
const header = (value: string) => ({ type: 'RegularExpression', name: 'x', value }) as const;
const http = (...matches: readonly Partial<HttpRouteMatch>[]): Route => ({
  kind: 'HTTPRoute',
  state: httpRoute('shop', 'r', ['web'], matches),
});

describe('the rules of a route', () => {
  it('are read once for each state of it', () => {
    const route = http(pattern('/a'));
    expect(readRules({ ...route })).toBe(readRules(route));
  });

  it('come to the matches of all of them; none in a rule is every request', () => {
    const { state } = http(pattern('/a'), pattern('/b'));
    const [rule] = state.spec.rules;
    const rules = [rule!, { ...rule!, matches: [] }];
    const route = { kind: 'HTTPRoute', state: { ...state, spec: { ...state.spec, rules } } } as Route;
    expect(readRules(route).matches.map(({ example }) => example?.path)).toEqual(['/a', '/b', undefined]);
  });

  it('leave out a match that no path can meet, and name its field', () => {
    const { matches, withoutPath } = readRules(http(pattern('/a'), pattern('users/.*')));
    expect([matches.length, withoutPath]).toEqual([1, ['spec.rules[0].matches[1].path.value']]);
  });

  it('name the first fault, the first pattern that is not decided, and the first call without a method', () => {
    const undecided = { headers: [header('(?x)a'), header('(')] };
    const { fault, undecided: open } = readRules(http({}, undecided, pattern('[')));
    const calls: Route = { kind: 'GRPCRoute', state: grpcRoute('shop', 'r', ['web'], [{ headers: [] }]) };
    expect([fault?.field, open?.message, readRules(calls).withoutMethod]).toEqual([
      'spec.rules[0].matches[1].headers[1].value',
      'spec.rules[0].matches[1].headers[0].value of HTTPRoute shop/r: a group or a setting of an unusual kind',
      'spec.rules[0].matches[0].method',
    ]);
  });
});

describe('a match', () => {
  const request = partsOf({
    kind: 'http',
    method: 'GET',
    path: `/a${'b'.repeat(2_000)}`,
    headers: new Map(),
  });
  const [match] = readRules(http(pattern('/a.*'))).matches;

  it('takes its steps from those that are left for the request, and is undecided once there are none', () => {
    const ranks = Array.from({ length: 1_000 }, () => match?.rank(request));
    expect([ranks[0], ranks.at(-1), request.steps.left >= 0]).toEqual([
      [request.path.length, 0, 0, 0],
      'undecided',
      true,
    ]);
  });

  it('is decided again for the next request', () => {
    expect(match?.rank({ ...request, steps: stepBudget() })).toEqual([request.path.length, 0, 0, 0]);
  });

  it('that is undecided has the rank that it would have', () => {
    const [open] = readRules(http({ ...pattern('/a.*'), headers: [header('(?x)a')] })).matches;
    const asked = { ...request, path: '/ab', headers: new Map([['x', ['a']]]), steps: stepBudget() };
    expect([open?.rank(asked), open?.rankIfMatched(asked)]).toEqual(['undecided', [3, 1, 0, 0]]);
  });
});
