import { rateLimit, reported, toServer } from '../mesh-samples.js';
import {
  authorizationPolicy,
  grpcRoute,
  httpRoute,
  meshTLSAuthentication,
  ref,
  selector,
  serverAuthorization,
  serverOf,
  toGatewayRoute,
  viewOf,
  withoutStatus,
  workload,
} from '../mesh-view.js';
import type { LintCase } from './lint-case.js';
import { finding, of } from './lint-case.js';

const web = [ref('ServiceAccount', 'web')];
const running = { workloads: [workload('shop', 'web', { runsAs: { serviceAccount: 'web' } })] };
const networks = [{ cidr: '10.0.0.0/8', except: [] }];
const anyPath = [{ path: { type: 'PathPrefix' as const, value: '/' } }];

/** Every kind of reference, to objects that are not there. */
const dangling = {
  AuthorizationPolicy: [
    authorizationPolicy('shop', 'server', ref('Server', 'gone'), web),
    authorizationPolicy('shop', 'route', ref('HTTPRoute', 'gone'), web),
    authorizationPolicy('shop', 'grpc', toGatewayRoute('GRPCRoute', 'gone'), web),
    authorizationPolicy('shop', 'who', ref('Server', 'web'), [
      ref('MeshTLSAuthentication', 'gone'),
      ref('NetworkAuthentication', 'gone', { namespace: 'bank' }),
    ]),
  ],
  ServerAuthorization: [
    serverAuthorization('shop', 'server', { name: 'gone' }, { unauthenticated: true, networks }),
    serverAuthorization(
      'shop',
      'labels',
      { selector: selector({ app: 'gone' }) },
      { unauthenticated: true, networks },
    ),
  ],
  HTTPLocalRateLimitPolicy: [rateLimit('shop', 'server', 'gone')],
  HTTPRoute: [withoutStatus(httpRoute('shop', 'server', ['gone'], anyPath))],
};

export const referenceCases: readonly LintCase[] = [
  {
    rule: 'references to objects that are there have nothing wrong',
    view: viewOf({
      shop: {
        ...running,
        Server: [serverOf('shop', 'web', { proxyProtocol: 'unknown' }, { labels: { app: 'web' } })],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'server', ref('Server', 'web'), web),
          authorizationPolicy('shop', 'route', ref('httproute', 'Web'), web),
          authorizationPolicy('shop', 'space', ref('Namespace', 'shop'), [
            ref('MeshTLSAuthentication', 'web', { namespace: 'bank' }),
          ]),
        ],
        ServerAuthorization: [
          serverAuthorization('shop', 'server', { name: 'web' }, { unauthenticated: true, networks }),
          serverAuthorization(
            'shop',
            'labels',
            { selector: selector({ app: 'web' }) },
            {
              networks,
              meshTLS: { unauthenticatedTLS: false, identities: [], serviceAccounts: [{ name: 'web' }] },
            },
          ),
        ],
        HTTPLocalRateLimitPolicy: [
          { ...rateLimit('shop', 'web', 'web'), conditions: [reported('Accepted')] },
        ],
        HTTPRoute: [httpRoute('shop', 'web', ['web'], anyPath)],
      },
      bank: {
        MeshTLSAuthentication: [
          meshTLSAuthentication('bank', 'web', {
            identityRefs: [ref('ServiceAccount', 'teller'), ref('Namespace', 'shop')],
          }),
        ],
        serviceAccounts: ['teller'],
      },
    }),
    findings: [],
    without: [
      'LNK201',
      'LNK202',
      'LNK203',
      'LNK204',
      'LNK205',
      'LNK206',
      'LNK207',
      'LNK208',
      'LNK209',
      'LNK210',
    ],
  },
  {
    rule: 'references to objects that are not there are told',
    view: viewOf({ shop: { ...running, ...dangling, Server: [serverOf('shop', 'web')] } }),
    findings: [
      finding(
        'LNK201',
        of('AuthorizationPolicy', 'server'),
        'spec.targetRef.name',
        'there is no Server gone in namespace shop',
      ),
      finding(
        'LNK202',
        of('AuthorizationPolicy', 'grpc'),
        'spec.targetRef.name',
        'there is no GRPCRoute gone of group gateway.networking.k8s.io in namespace shop',
      ),
      finding(
        'LNK202',
        of('AuthorizationPolicy', 'route'),
        'spec.targetRef.name',
        'there is no HTTPRoute gone of group policy.linkerd.io in namespace shop',
      ),
      finding(
        'LNK203',
        of('AuthorizationPolicy', 'who'),
        'spec.requiredAuthenticationRefs[0]',
        'there is no MeshTLSAuthentication shop/gone, so that the whole policy is ignored',
      ),
      finding(
        'LNK203',
        of('AuthorizationPolicy', 'who'),
        'spec.requiredAuthenticationRefs[1]',
        'there is no NetworkAuthentication bank/gone, so that the whole policy is ignored',
      ),
      finding(
        'LNK205',
        of('ServerAuthorization', 'server'),
        'spec.server.name',
        'there is no Server gone in namespace shop',
      ),
      finding(
        'LNK206',
        of('ServerAuthorization', 'labels'),
        'spec.server.selector',
        'no Server of namespace shop has these labels',
      ),
      finding(
        'LNK207',
        of('HTTPLocalRateLimitPolicy', 'server'),
        'spec.targetRef.name',
        'there is no Server gone in namespace shop',
      ),
      finding(
        'LNK208',
        of('HTTPRoute', 'server'),
        'spec.parentRefs[0].name',
        'there is no Server gone in namespace shop',
      ),
    ],
  },
  {
    rule: 'what is not live is not missing',
    view: viewOf(
      { shop: { ...running, ...dangling, Server: [] } },
      {
        notLive: new Map(
          (
            ['Server', 'HTTPRoute', 'GRPCRoute', 'MeshTLSAuthentication', 'NetworkAuthentication'] as const
          ).map((kind) => [kind, 'stale']),
        ),
      },
    ),
    findings: [],
    without: ['LNK201', 'LNK202', 'LNK203', 'LNK205', 'LNK206', 'LNK207', 'LNK208'],
  },
  {
    rule: 'what cannot be read is not missing',
    view: viewOf({
      shop: {
        ...running,
        ...dangling,
        Server: [serverOf('shop', 'web')],
        unreadable: (['Server', 'HTTPRoute', 'GRPCRoute', 'MeshTLSAuthentication'] as const).map((kind) => ({
          key: { kind, namespace: 'shop', name: 'gone' },
          problem: { code: 'X', field: 'spec', message: 'no spec' },
        })),
      },
      bank: {
        unreadable: [
          {
            key: { kind: 'NetworkAuthentication', namespace: 'bank', name: 'gone' },
            problem: { code: 'X', field: 'spec', message: 'no spec' },
          },
        ],
      },
    }),
    findings: [
      finding('LNK801', of('NetworkAuthentication', 'gone', 'bank'), 'spec', 'no spec'),
      ...(['GRPCRoute', 'HTTPRoute', 'MeshTLSAuthentication', 'Server'] as const).map((kind) =>
        finding('LNK801', of(kind, 'gone'), 'spec', 'no spec'),
      ),
    ],
    without: ['LNK201', 'LNK202', 'LNK203', 'LNK205', 'LNK206', 'LNK207', 'LNK208'],
  },
  {
    rule: 'what is out of scope is not missing, and not looked at',
    view: viewOf(
      {
        shop: {
          ...running,
          Server: [serverOf('shop', 'web')],
          AuthorizationPolicy: [
            authorizationPolicy('shop', 'who', ref('Server', 'web'), [
              ref('MeshTLSAuthentication', 'gone', { namespace: 'bank' }),
            ]),
          ],
          MeshTLSAuthentication: [
            meshTLSAuthentication('shop', 'unused', {
              identityRefs: [ref('ServiceAccount', 'teller', { namespace: 'bank' }), ref('Namespace', 'far')],
            }),
          ],
        },
        bank: { AuthorizationPolicy: [authorizationPolicy('bank', 'open', ref('Server', 'web'))] },
      },
      { scope: ['shop'] },
    ),
    findings: [],
    without: ['LNK203', 'LNK204', 'LNK302', 'LNK504'],
  },
  {
    rule: 'service accounts and namespaces that are not there are told',
    view: viewOf({
      shop: {
        ...running,
        Server: [serverOf('shop', 'web')],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'web', ref('Server', 'web'), [ref('MeshTLSAuthentication', 'web')]),
        ],
        MeshTLSAuthentication: [
          meshTLSAuthentication('shop', 'web', {
            identityRefs: [
              ref('ServiceAccount', 'gone'),
              ref('ServiceAccount', 'default'),
              ref('Namespace', 'bank'),
            ],
          }),
        ],
        ServerAuthorization: [
          serverAuthorization(
            'shop',
            'web',
            { name: 'web' },
            {
              networks,
              meshTLS: {
                unauthenticatedTLS: false,
                identities: [],
                serviceAccounts: [{ name: 'web' }, { name: 'web', namespace: 'bank' }],
              },
            },
          ),
        ],
        HTTPLocalRateLimitPolicy: [
          {
            ...rateLimit('shop', 'web', 'web'),
            spec: {
              targetRef: toServer('web'),
              totalRequestsPerSecond: 1,
              identityRequestsPerSecond: 0,
              overrides: [{ requestsPerSecond: 1, clientRefs: [ref('ServiceAccount', 'gone')] }],
            },
            conditions: [reported('Accepted')],
          },
        ],
      },
    }),
    findings: [
      finding(
        'LNK204',
        of('HTTPLocalRateLimitPolicy', 'web'),
        'spec.overrides[0].clientRefs[0]',
        'there is no service account shop/gone',
      ),
      finding(
        'LNK204',
        of('MeshTLSAuthentication', 'web'),
        'spec.identityRefs[0]',
        'there is no service account shop/gone',
      ),
      finding(
        'LNK204',
        of('MeshTLSAuthentication', 'web'),
        'spec.identityRefs[2]',
        'there is no namespace bank',
      ),
      finding(
        'LNK204',
        of('ServerAuthorization', 'web'),
        'spec.client.meshTLS.serviceAccounts[1]',
        'there is no service account bank/web',
      ),
    ],
  },
  {
    rule: 'a policy for a route means the group that it names',
    view: viewOf({
      shop: {
        ...running,
        Server: [serverOf('shop', 'web')],
        AuthorizationPolicy: [authorizationPolicy('shop', 'p', toGatewayRoute('HTTPRoute', 'web'), web)],
        HTTPRoute: [httpRoute('shop', 'web', ['web'], anyPath)],
      },
    }),
    findings: [
      finding(
        'LNK202',
        of('AuthorizationPolicy', 'p'),
        'spec.targetRef.name',
        'there is no HTTPRoute web of group gateway.networking.k8s.io in namespace shop; there is one of that name in the other group',
      ),
    ],
  },
  {
    rule: 'a policy for a Namespace applies to its own',
    view: viewOf({
      shop: {
        ...running,
        Server: [serverOf('shop', 'web')],
        AuthorizationPolicy: [authorizationPolicy('shop', 'p', ref('Namespace', 'bank'), web)],
      },
    }),
    findings: [
      finding(
        'LNK209',
        of('AuthorizationPolicy', 'p'),
        'spec.targetRef.name',
        'it applies to namespace shop, not to bank',
      ),
    ],
  },
  {
    rule: 'a parent whose group or kind is left out is no Server',
    view: viewOf({
      shop: {
        ...running,
        Server: [serverOf('shop', 'web')],
        HTTPRoute: [httpRoute('shop', 'a', [], [], { parentRefs: [toServer('web', { kind: 'Gateway' })] })],
        GRPCRoute: [
          grpcRoute('shop', 'b', [], [], {
            parentRefs: [toServer('web', { group: 'gateway.networking.k8s.io' })],
          }),
        ],
        GatewayHTTPRoute: [
          httpRoute('shop', 'c', [], [], {
            parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' }],
          }),
        ],
      },
    }),
    findings: [
      finding(
        'LNK210',
        of('GRPCRoute', 'b'),
        'spec.parentRefs[0]',
        'web is taken for a Server of group gateway.networking.k8s.io, which there is not',
      ),
      finding(
        'LNK210',
        of('HTTPRoute', 'a'),
        'spec.parentRefs[0]',
        'web is taken for a Gateway of group policy.linkerd.io, which there is not',
      ),
    ],
  },
];
