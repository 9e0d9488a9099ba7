import { describe, expect, it } from '@jest/globals';
import {
  authorizationPolicy,
  endpoint,
  identity,
  networkAuthentication,
  port,
  ref,
  selector,
  serverOf,
  viewOf,
} from '../../test/mesh-view.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { KnownCaller } from './known-caller.js';
import { Standing } from './standing.js';

const cart = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
const meshed = (account: string) =>
  endpoint({
    labels: { app: account, 'linkerd.io/control-plane-ns': 'linkerd' },
    ports: [port(80, 'http')],
    meshed: true,
    governed: true,
    runsAs: { serviceAccount: account },
  });
const running = (name: string, ...ips: readonly string[]) => ({
  ref: { namespace: 'shop', kind: 'Deployment', name },
  groups: [
    {
      endpoint: meshed(name),
      pods: ips.map((ip, at) => ({ name: `${name}-${at}`, createdAt: 1, ips: [ip] })),
    },
  ],
  shapelessPods: 0,
});
const space = {
  workloads: [running('cart', '10.1.0.1'), running('web', '10.1.0.2', '10.2.0.2')],
  Server: [
    serverOf('shop', 'cart', {
      selects: 'pods',
      selector: selector({ app: 'cart' }),
      port: 80,
      proxyProtocol: 'HTTP/1',
      accessPolicy: 'deny',
    }),
  ],
};
const byWeb: KnownCaller = {
  workload: cart,
  port: 80,
  protocol: 'http',
  client: { kind: 'identity', identity: identity('shop', 'web') },
  route: { group: '', kind: 'default', name: 'default' },
};
const standing = (more: Partial<Parameters<typeof viewOf>[0][string]> = {}) =>
  new Standing(new PolicyIndex(viewOf({ shop: { ...space, ...more } })));
const fromNetwork = (cidr: string) => ({
  NetworkAuthentication: [networkAuthentication('shop', 'net', cidr)],
  AuthorizationPolicy: [
    authorizationPolicy('shop', 'net', ref('Server', 'cart'), [ref('NetworkAuthentication', 'net')]),
  ],
});

describe('standing policy', () => {
  it('denies whom nothing admits, and of no workload says nothing', () => {
    expect(standing().on(byWeb)).toBe('deny');
    expect(standing().on({ ...byWeb, workload: { ...cart, name: 'gone' } })).toBeUndefined();
  });

  it('tells what admits only because of audit mode', () => {
    const audit = space.Server.map((server) => ({
      ...server,
      spec: { ...server.spec, accessPolicy: 'audit' as const },
    }));
    expect(standing({ Server: audit }).on(byWeb)).toBe('audit');
  });

  it('admits one who is admitted from each of its addresses, and does not know where it is not from all', () => {
    expect(standing(fromNetwork('10.0.0.0/8')).on(byWeb)).toBe('allow');
    expect(standing(fromNetwork('10.1.0.0/16')).on(byWeb)).toBe('unknown');
    expect(standing(fromNetwork('10.1.0.0/16')).on({ ...byWeb, client: { kind: 'unmeshed' } })).toBe(
      'unknown',
    );
  });

  it('does not know while some pods of the workload are not known', () => {
    const workloads = space.workloads.map((workload) => ({ ...workload, shapelessPods: 1 }));
    expect(standing({ workloads }).on(byWeb)).toBe('unknown');
  });
});
