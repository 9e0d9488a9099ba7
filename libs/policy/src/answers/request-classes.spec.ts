import { describe, expect, it } from '@jest/globals';
import type { ObjectStates } from '@mcp/mesh';
import { endpoint, httpRoute, probe, serverOf, viewOf } from '../../test/mesh-view.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import { requestClasses } from './request-classes.js';

/** Alike, so that the first of them takes what the others match. */
function alike(routes: number, matches: number, hosts: number): readonly ObjectStates['HTTPRoute'][] {
  const paths = Array.from({ length: matches }, (_, at) => ({
    path: { type: 'Exact', value: `/${at}` } as const,
  }));
  const hostnames = Array.from({ length: hosts }, (_, at) => `h${at}.test`);
  return Array.from({ length: routes }, (_, at) =>
    httpRoute('shop', `r${String(at).padStart(3, '0')}`, ['web'], paths, { hostnames }),
  );
}

function indexOf(HTTPRoute: readonly ObjectStates['HTTPRoute'][]): PolicyIndex {
  return new PolicyIndex(viewOf({ shop: { Server: [serverOf('shop', 'web')], HTTPRoute } }));
}

function classesOf(policy: PortPolicy): readonly string[] {
  return requestClasses(policy).map((each) =>
    [
      each.kind,
      ...(each.kind === 'route' ? [each.route.ref.name] : []),
      ...('example' in each && each.example === undefined ? ['maybe nothing'] : []),
    ].join(' '),
  );
}

describe('the classes of a port', () => {
  it('leave out routes that take nothing, where that can be found out', () => {
    const policy = indexOf(alike(3, 4, 2)).portPolicy('shop', endpoint(), 80);
    expect(classesOf(policy)).toEqual(['route r000', 'no-route']);
  });

  it('say that a route may take nothing, where too much would have to be compared', () => {
    const policy = indexOf(alike(24, 128, 16)).portPolicy('shop', endpoint(), 80);
    const others = Array.from(
      { length: 23 },
      (_, at) => `route r${String(at + 1).padStart(3, '0')} maybe nothing`,
    );
    expect(classesOf(policy)).toEqual(['route r000', ...others, 'no-route']);
  });

  it('are found once for all endpoints of a Server', () => {
    const index = indexOf(alike(1, 1, 0));
    const [one, other] = [endpoint(), endpoint({ probes: [probe('/live')] })].map((each) =>
      requestClasses(index.portPolicy('shop', each, 80)),
    );
    expect(one?.[0]).toBe(other?.[0]);
  });
});
