import {
  authorizationPolicy,
  externalWorkload,
  identity,
  meshTLSAuthentication,
  networkAuthentication,
  ref,
  serverAuthorization,
  serverOf,
  settings,
  viewOf,
  workload,
} from '../mesh-view.js';
import type { LintCase } from './lint-case.js';
import { finding, of } from './lint-case.js';

const networks = [{ cidr: '10.0.0.0/8', except: [] }];
const { trustDomain: _, ...unsettled } = settings;

/** A Server with one policy that requires these identities. */
const shopOf = (identities: readonly string[], more: Parameters<typeof meshTLSAuthentication>[2] = {}) => ({
  Server: [serverOf('shop', 'web')],
  AuthorizationPolicy: [
    authorizationPolicy('shop', 'web', ref('Server', 'web'), [ref('MeshTLSAuthentication', 'web')]),
  ],
  MeshTLSAuthentication: [meshTLSAuthentication('shop', 'web', { identities, ...more })],
  workloads: [workload('shop', 'web')],
});
const authentication = of('MeshTLSAuthentication', 'web');
const vm = { workloads: [externalWorkload('vms', 'vm')] };

export const authenticationCases: readonly LintCase[] = [
  {
    rule: 'identities and wildcards of service accounts have nothing wrong',
    view: viewOf({
      shop: shopOf([
        '*',
        '*.shop.serviceaccount.identity.linkerd.cluster.local',
        identity('shop', 'default'),
      ]),
    }),
    findings: [],
    without: ['LNK501', 'LNK502', 'LNK503', 'LNK504'],
  },
  {
    rule: 'a wildcard that would admit the neighbours of an external workload does not admit it',
    view: viewOf({
      shop: {
        ...shopOf(['*', '*.vms.serviceaccount.identity.linkerd.cluster.local', '*.shop.serviceaccount'], {
          identityRefs: [ref('Namespace', 'vms'), ref('Namespace', 'shop')],
        }),
        Server: [serverOf('shop', 'web', { accessPolicy: 'all-authenticated' })],
        ServerAuthorization: [
          serverAuthorization(
            'shop',
            'any',
            { name: 'web' },
            { networks, meshTLS: { unauthenticatedTLS: false, identities: ['*'], serviceAccounts: [] } },
          ),
        ],
      },
      vms: vm,
    }),
    findings: [
      ...['spec.identities[0]', 'spec.identities[1]', 'spec.identityRefs[0]'].map((field, at) =>
        finding(
          'LNK501',
          authentication,
          field,
          `${at === 0 ? '*' : '*.vms.serviceaccount.identity.linkerd.cluster.local'} does not admit the external workload vms/vm`,
        ),
      ),
      finding(
        'LNK501',
        of('Server', 'web'),
        'spec.accessPolicy',
        '* does not admit the external workload vms/vm',
      ),
      finding(
        'LNK501',
        of('ServerAuthorization', 'any'),
        'spec.client.meshTLS.identities[0]',
        '* does not admit the external workload vms/vm',
      ),
    ],
  },
  {
    rule: 'an external workload is admitted by its identity, and by a wildcard where it is a DNS name',
    view: viewOf({
      shop: shopOf(['*', 'spiffe://cluster.local/vm']),
      vms: {
        workloads: [
          externalWorkload('vms', 'vm'),
          externalWorkload('vms', 'dns', { runsAs: { identity: 'dns.example.org' } }),
        ],
      },
    }),
    findings: [],
    without: ['LNK501'],
  },
  {
    rule: 'external workloads may be gone where they are not live',
    view: viewOf({ shop: shopOf(['*']), vms: vm }, { notLive: new Map([['ExternalWorkload', 'stale']]) }),
    findings: [],
    without: ['LNK501'],
  },
  {
    rule: 'an asterisk elsewhere is no wildcard',
    view: viewOf({ shop: shopOf(['web.*.example.org', '**', '*web']) }),
    findings: [
      finding('LNK502', authentication, 'spec.identities[0]', 'web.*.example.org stands only for itself'),
      finding('LNK502', authentication, 'spec.identities[1]', '** stands only for itself'),
      finding('LNK502', authentication, 'spec.identities[2]', '*web stands only for itself'),
    ],
  },
  {
    rule: 'an identity in the form of a service account is one of the mesh',
    view: viewOf({
      shop: shopOf([
        identity('shop', 'gone'),
        'default.shop.serviceaccount.identity.linkerd.example.org',
        'client.example.org',
      ]),
    }),
    findings: [
      finding('LNK503', authentication, 'spec.identities[0]', 'there is no service account shop/gone'),
      finding(
        'LNK503',
        authentication,
        'spec.identities[1]',
        `default.shop.serviceaccount.identity.linkerd.example.org is not of this mesh, where it would be ${identity('shop', 'default')}`,
      ),
    ],
  },
  {
    rule: 'which identities there are is not said without the settings of the mesh',
    view: viewOf({ shop: shopOf([identity('shop', 'gone')]) }, { settings: unsettled }),
    findings: [],
    without: ['LNK503'],
  },
  {
    rule: 'which service accounts there are is not said where they are not live',
    view: viewOf(
      { shop: shopOf([identity('shop', 'gone')]) },
      { notLive: new Map([['ServiceAccount', 'forbidden']]) },
    ),
    findings: [],
    without: ['LNK204', 'LNK503'],
  },
  {
    rule: 'an authentication is of use to a policy of any namespace, and else to nobody',
    view: viewOf({
      shop: {
        MeshTLSAuthentication: [
          meshTLSAuthentication('shop', 'used', { identities: ['*'] }),
          meshTLSAuthentication('shop', 'web', { identities: ['*'] }),
        ],
        NetworkAuthentication: [networkAuthentication('shop', 'used', '10.0.0.0/8')],
      },
      bank: {
        Server: [serverOf('bank', 'web')],
        workloads: [workload('bank', 'web')],
        AuthorizationPolicy: [
          authorizationPolicy('bank', 'web', ref('Server', 'web'), [
            ref('MeshTLSAuthentication', 'used', { namespace: 'shop' }),
          ]),
        ],
      },
    }),
    findings: [
      finding('LNK504', authentication, '', 'no AuthorizationPolicy requires it'),
      finding('LNK504', of('NetworkAuthentication', 'used'), '', 'no AuthorizationPolicy requires it'),
    ],
  },
  {
    rule: 'an authentication may be of use to a policy that cannot be read',
    view: viewOf({
      shop: { NetworkAuthentication: [networkAuthentication('shop', 'web', '10.0.0.0/8')] },
      bank: {
        unreadable: [
          {
            key: { kind: 'AuthorizationPolicy', namespace: 'bank', name: 'web' },
            problem: { code: 'X', field: 'spec', message: 'no spec' },
          },
        ],
      },
    }),
    findings: [finding('LNK801', of('AuthorizationPolicy', 'web', 'bank'), 'spec', 'no spec')],
    without: ['LNK504'],
  },
];
