import { describe, expect, it } from '@jest/globals';
import { PartKind, Reach, Verdict, WhoCanReachResponse } from '@mcp/contracts';
import { clientGroupsText } from './client-groups.js';
import { paintFor } from './paint.js';

const workload = (namespace: string, name: string) => ({ namespace, kind: 'Deployment', name });
const target = { workload: workload('shop', 'cart'), port: 8080 };
const client = (name: string) => ({
  client: { $case: 'workload' as const, workload: { workload: workload('shop', name) } },
});
const route = (name: string, verdict: Verdict, by?: string) => ({
  kind: PartKind.PART_KIND_ROUTE,
  verdict,
  route: objectOf('HTTPRoute', name),
  ...(by !== undefined && { authorizedBy: objectOf('AuthorizationPolicy', by) }),
});
const objectOf = (kind: string, name: string) => ({
  ref: { $case: 'object' as const, object: { kind, namespace: 'shop', name } },
});
const text = (answer: Parameters<typeof WhoCanReachResponse.fromPartial>[0]) =>
  clientGroupsText(WhoCanReachResponse.fromPartial(answer), paintFor(false));

describe('who can reach a port, as text', () => {
  it('has what clients may do once, and under it who they are', () => {
    const open = { reach: Reach.REACH_ALL, parts: [route('api', Verdict.VERDICT_ALLOW, 'from-web')] };
    const mixed = {
      reach: Reach.REACH_SOME,
      parts: [
        route('api', Verdict.VERDICT_DENY),
        { kind: PartKind.PART_KIND_NO_ROUTE, verdict: Verdict.VERDICT_UNKNOWN, unknown: ['CLIENT_ADDRESS'] },
      ],
    };
    expect(
      text({
        groups: [
          { target, answer: mixed, count: 2, clients: [client('orders'), client('emailer')] },
          { target, answer: open, count: 1, clients: [client('web')] },
        ],
      }),
    ).toBe(
      [
        'shop/Deployment/cart:8080: some, for 2 clients',
        '  deny     HTTPRoute shop/api',
        '  unknown  no route            CLIENT_ADDRESS',
        '    shop/Deployment/orders',
        '    shop/Deployment/emailer',
        '',
        'shop/Deployment/cart:8080: all, for 1 client',
        '  allow  HTTPRoute shop/api  by AuthorizationPolicy shop/from-web',
        '    shop/Deployment/web',
        '',
      ].join('\n'),
    );
  });

  it('has a group that goes on on the next page once', () => {
    const answer = { parts: [{ kind: PartKind.PART_KIND_AS_ASKED, verdict: Verdict.VERDICT_DENY }] };
    const page = (name: string) => ({ target, answer, count: 2, clients: [client(name)] });
    expect(text({ groups: [page('orders'), page('emailer')] })).toBe(
      'shop/Deployment/cart:8080, for 2 clients\n  deny\n    shop/Deployment/orders\n    shop/Deployment/emailer\n',
    );
  });

  it('tells of pods that are not reached, also where there is no client', () => {
    expect(text({ notReached: [{ workload: workload('shop', 'cart'), count: 3 }] })).toBe(
      'No clients.\nshop/Deployment/cart: 3 pods have no such port, and are not reached\n',
    );
  });
});
