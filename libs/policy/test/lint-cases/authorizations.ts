import {
  authorizationPolicy,
  grpcRoute,
  httpRoute,
  identity,
  meshTLSAuthentication,
  networkAuthentication,
  port,
  ref,
  selector,
  serverAuthorization,
  serverOf,
  toGatewayRoute,
  viewOf,
  workload,
} from '../mesh-view.js';
import type { LintCase } from './lint-case.js';
import { finding, of } from './lint-case.js';

const account = [ref('ServiceAccount', 'default')];
const shop = { Server: [serverOf('shop', 'web')], workloads: [workload('shop', 'web')] };
const networks = [{ cidr: '10.0.0.0/8', except: [] }];
const anyPath = [{ path: { type: 'PathPrefix' as const, value: '/' } }];

export const authorizationCases: readonly LintCase[] = [
  {
    rule: 'authorizations that apply have nothing wrong',
    view: viewOf({
      shop: {
        ...shop,
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'server', ref('Server', 'web'), account),
          authorizationPolicy('shop', 'space', ref('Namespace', 'shop'), account),
          authorizationPolicy('shop', 'route', ref('HTTPRoute', 'web'), account),
        ],
        HTTPRoute: [httpRoute('shop', 'web', ['web'], anyPath)],
        ServerAuthorization: [
          serverAuthorization('shop', 'web', { name: 'web' }, { unauthenticated: true, networks }),
        ],
      },
    }),
    findings: [],
    without: ['LNK301', 'LNK302', 'LNK303', 'LNK304', 'LNK305', 'LNK306', 'LNK307'],
  },
  {
    rule: 'an authorization of which Linkerd cannot use a part is ignored',
    view: viewOf({
      shop: {
        ...shop,
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'a', ref('Server', 'web'), [...account, ...account]),
          authorizationPolicy('shop', 'b', ref('Service', 'web'), account),
          authorizationPolicy('shop', 'c', ref('Server', 'web'), [ref('NetworkAuthentication', 'bad')]),
          authorizationPolicy('shop', 'd', ref('Server', 'web'), [ref('MeshTLSAuthentication', 'none')]),
          authorizationPolicy('shop', 'e', ref('Server', 'web'), [ref('Namespace', 'shop')]),
        ],
        MeshTLSAuthentication: [meshTLSAuthentication('shop', 'none', {})],
        NetworkAuthentication: [networkAuthentication('shop', 'bad', '10.0.0.0/33')],
        ServerAuthorization: [serverAuthorization('shop', 'f', { name: 'web' }, {})],
      },
    }),
    findings: [
      finding(
        'LNK301',
        of('AuthorizationPolicy', 'a'),
        '',
        'more than one reference says which identities are admitted',
      ),
      finding(
        'LNK301',
        of('AuthorizationPolicy', 'b'),
        '',
        'Service of group "policy.linkerd.io" cannot be a target',
      ),
      finding(
        'LNK301',
        of('AuthorizationPolicy', 'c'),
        '',
        'NetworkAuthentication shop/bad is ignored: 10.0.0.0/33 is not a network',
      ),
      finding(
        'LNK301',
        of('AuthorizationPolicy', 'd'),
        '',
        'MeshTLSAuthentication shop/none is ignored: it names no identity',
      ),
      finding('LNK301', of('AuthorizationPolicy', 'e'), '', 'Namespace of group "" is not an authentication'),
      finding('LNK301', of('ServerAuthorization', 'f'), '', 'it names no client'),
    ],
  },
  {
    rule: 'a policy that requires nothing admits everyone',
    view: viewOf({
      shop: { ...shop, AuthorizationPolicy: [authorizationPolicy('shop', 'p', ref('Server', 'web'))] },
    }),
    findings: [
      finding(
        'LNK302',
        of('AuthorizationPolicy', 'p'),
        'spec.requiredAuthenticationRefs',
        'it requires no authentication',
      ),
    ],
  },
  {
    rule: 'a policy for a namespace needs a Server',
    view: viewOf({
      shop: {
        workloads: [workload('shop', 'web')],
        AuthorizationPolicy: [authorizationPolicy('shop', 'p', ref('Namespace', 'shop'), account)],
      },
    }),
    findings: [
      finding('LNK303', of('AuthorizationPolicy', 'p'), 'spec.targetRef', 'namespace shop has no Server'),
    ],
  },
  {
    rule: 'whether there is a Server is not said where Servers are not live',
    view: viewOf(
      {
        shop: {
          workloads: [workload('shop', 'web')],
          AuthorizationPolicy: [authorizationPolicy('shop', 'p', ref('Namespace', 'shop'), account)],
        },
      },
      { notLive: new Map([['Server', 'stale']]) },
    ),
    findings: [],
    without: ['LNK303'],
  },
  {
    rule: 'a policy for a route needs one that is in use',
    view: viewOf({
      shop: {
        ...shop,
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'a', toGatewayRoute('GRPCRoute', 'calls'), account),
          authorizationPolicy('shop', 'b', ref('HTTPRoute', 'orphan'), account),
        ],
        GRPCRoute: [grpcRoute('shop', 'calls', ['web'])],
        HTTPRoute: [httpRoute('shop', 'orphan', [])],
      },
    }),
    findings: [
      finding(
        'LNK304',
        of('AuthorizationPolicy', 'a'),
        'spec.targetRef',
        'calls is not in use: Server web has proxyProtocol HTTP/1, for which a GRPCRoute has no effect',
      ),
      finding(
        'LNK304',
        of('AuthorizationPolicy', 'b'),
        'spec.targetRef',
        'orphan names no Server as its parent',
      ),
      finding(
        'LNK402',
        of('GRPCRoute', 'calls'),
        'spec.parentRefs',
        'Server web has proxyProtocol HTTP/1, for which a GRPCRoute has no effect',
      ),
    ],
  },
  {
    rule: 'an authorization needs a Server that governs a port',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'idle', { selector: selector({ app: 'gone' }) })],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'server', ref('Server', 'idle'), account),
          authorizationPolicy('shop', 'space', ref('Namespace', 'shop'), account),
        ],
        ServerAuthorization: [
          serverAuthorization('shop', 'saz', { name: 'idle' }, { unauthenticated: true, networks }),
        ],
        workloads: [workload('shop', 'web')],
      },
    }),
    findings: [
      finding(
        'LNK101',
        of('Server', 'idle'),
        'spec.podSelector',
        'no pod of namespace shop has these labels',
      ),
      finding('LNK305', of('AuthorizationPolicy', 'server'), 'spec.targetRef', 'Server idle governs no port'),
      finding(
        'LNK305',
        of('AuthorizationPolicy', 'space'),
        'spec.targetRef',
        'no Server of namespace shop governs a port',
      ),
      finding(
        'LNK305',
        of('ServerAuthorization', 'saz'),
        'spec.server',
        'no Server that it applies to governs a port',
      ),
    ],
  },
  {
    rule: 'a ServerAuthorization without networks means the cluster networks',
    view: viewOf({
      shop: {
        ...shop,
        ServerAuthorization: [
          serverAuthorization(
            'shop',
            'a',
            { name: 'web' },
            {
              meshTLS: {
                unauthenticatedTLS: false,
                identities: [identity('shop', 'default')],
                serviceAccounts: [],
              },
            },
          ),
        ],
      },
    }),
    findings: [
      finding('LNK306', of('ServerAuthorization', 'a'), 'spec.client.networks', 'it lists no networks'),
    ],
  },
  {
    rule: 'a policy for a namespace leaves out ports without a Server, those of the proxy apart',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web')],
        AuthorizationPolicy: [authorizationPolicy('shop', 'p', ref('Namespace', 'shop'), account)],
        workloads: [
          workload('shop', 'web', {
            ports: [
              port(80, 'http'),
              port(9090, 'metrics'),
              { ...port(4191, 'linkerd-admin'), container: 'linkerd-proxy' },
            ],
          }),
        ],
      },
    }),
    findings: [
      finding(
        'LNK307',
        of('AuthorizationPolicy', 'p'),
        'spec.targetRef',
        'no Server governs port 9090 of shop/Deployment/web',
      ),
    ],
  },
];
