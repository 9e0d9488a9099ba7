import { describe, expect, it } from '@jest/globals';
import type { PolicySeen } from '@mcp/mesh';
import {
  authorizationPolicy,
  endpoint,
  identity,
  meshTLSAuthentication,
  port,
  ref,
  selector,
  serverOf,
  viewOf,
} from '../../test/mesh-view.js';
import type { AppliedPolicyObject } from '../what-if/affected-namespaces.js';
import type { KnownCaller } from './known-caller.js';
import { safeOrder, type OrderedChange } from './safe-order.js';

const web = { namespace: 'shop', kind: 'Deployment', name: 'web' };
const workload = (name: string, ip: string) => ({
  ref: { ...web, name },
  groups: [
    {
      endpoint: endpoint({
        labels: { app: name, 'linkerd.io/control-plane-ns': 'linkerd' },
        ports: [port(80, 'http')],
        meshed: true,
        governed: true,
        runsAs: { serviceAccount: name },
      }),
      pods: [{ name: `${name}-0`, createdAt: 1, ips: [ip] }],
    },
  ],
  shapelessPods: 0,
});
const defaultRoute: PolicySeen = { group: '', kind: 'default', name: 'default' };
const front: KnownCaller = {
  workload: web,
  port: 80,
  protocol: 'http',
  client: { kind: 'identity', identity: identity('shop', 'front') },
  route: defaultRoute,
};
const other: KnownCaller = { ...front, client: { kind: 'identity', identity: identity('shop', 'other') } };

const server: AppliedPolicyObject = {
  kind: 'Server',
  state: serverOf('shop', 'web', {
    selects: 'pods',
    selector: selector({ app: 'web' }),
    port: 80,
    proxyProtocol: 'HTTP/1',
    accessPolicy: 'deny',
  }),
};
const policyFor = (authentication: string): AppliedPolicyObject => ({
  kind: 'AuthorizationPolicy',
  state: authorizationPolicy('shop', 'clients', ref('Server', 'web'), [
    ref('MeshTLSAuthentication', authentication),
  ]),
});
const authentication = (name: string, account: string): AppliedPolicyObject => ({
  kind: 'MeshTLSAuthentication',
  state: meshTLSAuthentication('shop', name, { identities: [identity('shop', account)] }),
});

const workloads = [workload('web', '10.1.0.1'), workload('front', '10.1.0.2'), workload('other', '10.1.0.3')];
const unguarded = viewOf({ shop: { workloads } });
const applied = (...apply: readonly AppliedPolicyObject[]): OrderedChange => ({ apply, delete: [] });
const bounds = { now: 1_000, mostStates: 100 };
const kinds = ({ order }: ReturnType<typeof safeOrder>) => order.map(({ kind }) => kind);

describe('the order in which objects are changed', () => {
  it('puts a Server after what lets its callers in', () => {
    const change = applied(server, policyFor('clients'), authentication('clients', 'front'));
    const found = safeOrder(unguarded, change, [front], bounds);
    expect(kinds(found)).toEqual(['MeshTLSAuthentication', 'AuthorizationPolicy', 'Server']);
    expect(found).toMatchObject({ unsafe: [], exhaustive: true });
  });

  it('is the one given where that is safe', () => {
    const change = applied(policyFor('clients'), authentication('clients', 'front'), server);
    const found = safeOrder(unguarded, change, [front], bounds);
    expect(kinds(found)).toEqual(['AuthorizationPolicy', 'MeshTLSAuthentication', 'Server']);
    expect(kinds(safeOrder(unguarded, applied(server, policyFor('clients')), [], bounds))).toEqual([
      'Server',
      'AuthorizationPolicy',
    ]);
  });

  it('does not mind a caller in between who is cut off in the end', () => {
    const change = applied(server, policyFor('clients'), authentication('clients', 'front'));
    expect(safeOrder(unguarded, change, [front, other], bounds).unsafe).toEqual([]);
    expect(kinds(safeOrder(unguarded, change, [other], bounds))[0]).toBe('Server');
  });

  it('takes a Server away before what lets its callers in', () => {
    const guarded = viewOf({
      shop: {
        workloads,
        Server: [server.state],
        AuthorizationPolicy: [policyFor('clients').state],
        MeshTLSAuthentication: [authentication('clients', 'front').state],
      } as Parameters<typeof viewOf>[0][string],
    });
    const key = { namespace: 'shop', name: 'clients' };
    const change: OrderedChange = {
      apply: [],
      delete: [
        { kind: 'MeshTLSAuthentication', ...key },
        { kind: 'AuthorizationPolicy', ...key },
        { kind: 'Server', namespace: 'shop', name: 'web' },
      ],
    };
    const found = safeOrder(guarded, change, [front], bounds);
    expect(kinds(found)[0]).toBe('Server');
    expect(found.unsafe).toEqual([]);
  });

  describe('where the policy of one Server moves to another', () => {
    const moved = serverOf('shop', 'web-2', {
      selects: 'pods',
      selector: selector({ app: 'web' }),
      port: 80,
      proxyProtocol: 'HTTP/1',
      accessPolicy: 'deny',
    });
    const guarded = viewOf({
      shop: {
        workloads,
        Server: [serverOf('shop', 'web', moved.spec)],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'clients', ref('Server', 'web'), [
            ref('MeshTLSAuthentication', 'clients'),
          ]),
        ],
        MeshTLSAuthentication: [
          meshTLSAuthentication('shop', 'clients', { identities: [identity('shop', 'front')] }),
        ],
      },
    });
    const change: OrderedChange = {
      apply: [
        {
          kind: 'AuthorizationPolicy',
          state: authorizationPolicy('shop', 'clients', ref('Server', 'web-2'), [
            ref('MeshTLSAuthentication', 'clients'),
          ]),
        },
        { kind: 'Server', state: moved },
      ],
      delete: [{ kind: 'Server', namespace: 'shop', name: 'web' }],
    };

    it('leaves the port open for a while rather than cut a caller off, and names who is let in', () => {
      const found = safeOrder(guarded, change, [front, other], bounds);
      expect(kinds(found)).toEqual(['Server', 'AuthorizationPolicy', 'Server']);
      expect(found.order[0]?.name).toBe('web');
      expect(found).toMatchObject({ unsafe: [other], exhaustive: true });
    });

    it('says so where it stopped looking, and names whom the order it tells would cut off', () => {
      const found = safeOrder(guarded, change, [front, other], { ...bounds, mostStates: 1 });
      expect(found).toMatchObject({ exhaustive: false, unsafe: [front] });
      expect(found.order).toHaveLength(3);
    });
  });
});
