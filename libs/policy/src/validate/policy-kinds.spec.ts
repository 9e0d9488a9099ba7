import { describe, expect, it } from '@jest/globals';
import { validate } from './validate.js';

function faults(apiVersion: string, kind: string, spec: unknown): readonly string[] | string {
  const validation = validate({ apiVersion, kind, metadata: { name: 'x', namespace: 'shop' }, spec });
  return validation.judged
    ? validation.violations.map(({ layer, code, field }) => `${layer} ${code} ${field}`)
    : validation.reason;
}

type Row = readonly [rule: string, spec: unknown, faults: readonly string[]];

const policyGroup = 'policy.linkerd.io';
const server = { group: policyGroup, kind: 'Server', name: 'web' };

describe('an AuthorizationPolicy', () => {
  const meshTls = { group: policyGroup, kind: 'MeshTLSAuthentication', name: 'a' };
  const network = { group: policyGroup, kind: 'NetworkAuthentication', name: 'a' };
  const account = { kind: 'ServiceAccount', name: 'a' };
  const targeting = (targetRef: unknown) => ({ targetRef, requiredAuthenticationRefs: [] });
  const requiring = (...requiredAuthenticationRefs: unknown[]) => ({
    targetRef: server,
    requiredAuthenticationRefs,
  });
  const refs = 'spec.requiredAuthenticationRefs';

  it.each<Row>([
    ['may require nothing', requiring(), []],
    ['may require an identity and a network', requiring(meshTls, network), []],
    ['may require a ServiceAccount of any namespace', requiring({ ...account, namespace: 'a' }), []],
    ['may target a Server', targeting(server), []],
    ['may target its own namespace', targeting({ kind: 'Namespace', name: 'shop' }), []],
    ['may spell the core group out', targeting({ group: 'core', kind: 'Namespace', name: 'shop' }), []],
    ['may write a kind in any case', targeting({ ...server, kind: 'sERVER' }), []],
    ['may target an HTTPRoute of Linkerd', targeting({ ...server, kind: 'HTTPRoute' }), []],
    [
      'may target an HTTPRoute of the Gateway API',
      targeting({ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'r' }),
      [],
    ],
    [
      'may target a GRPCRoute of the Gateway API',
      targeting({ group: 'gateway.networking.k8s.io', kind: 'GRPCRoute', name: 'r' }),
      [],
    ],
    ['may have fields that nobody knows, which are dropped', { ...requiring(), more: 1 }, []],
    [
      'needs a target and a list of authentications',
      {},
      ['schema MISSING spec.targetRef', `schema MISSING ${refs}`],
    ],
    ['needs a spec that is an object', [], ['schema WRONG_TYPE spec']],
    ['needs a spec', null, ['schema MISSING spec']],
    [
      'takes null for a field that is absent',
      { targetRef: null, requiredAuthenticationRefs: [] },
      ['schema MISSING spec.targetRef'],
    ],
    ['takes no null in a list', requiring(null), [`schema WRONG_TYPE ${refs}[0]`]],
    [
      'needs the kind and the name of its target',
      targeting({}),
      ['schema MISSING spec.targetRef.kind', 'schema MISSING spec.targetRef.name'],
    ],
    [
      'needs a name that is not empty',
      targeting({ ...server, name: '' }),
      ['schema TOO_SHORT spec.targetRef.name'],
    ],
    [
      'needs a name of at most 253 characters',
      targeting({ ...server, name: 'a'.repeat(254) }),
      ['schema TOO_LONG spec.targetRef.name'],
    ],
    [
      'needs a kind of letters, digits and dashes',
      targeting({ ...server, kind: 'a b' }),
      ['schema WRONG_FORM spec.targetRef.kind'],
    ],
    [
      'needs a kind of at most 63 characters',
      targeting({ ...server, kind: 'K'.repeat(64) }),
      ['schema TOO_LONG spec.targetRef.kind'],
    ],
    [
      'needs a group in lower case',
      targeting({ ...server, group: 'Policy.linkerd.io' }),
      ['schema WRONG_FORM spec.targetRef.group'],
    ],
    [
      'cannot target another namespace',
      targeting({ kind: 'Namespace', name: 'Shop' }),
      ['webhook TARGET_IN_ANOTHER_NAMESPACE spec.targetRef.name'],
    ],
    [
      'cannot target a Service',
      targeting({ kind: 'Service', name: 'a' }),
      ['webhook TARGET_NOT_SUPPORTED spec.targetRef.kind'],
    ],
    [
      'cannot target a GRPCRoute of Linkerd, which does not exist',
      targeting({ ...server, kind: 'GRPCRoute' }),
      ['webhook TARGET_NOT_SUPPORTED spec.targetRef.kind'],
    ],
    [
      'cannot target a Server of the core group',
      targeting({ kind: 'Server', name: 'a' }),
      ['webhook TARGET_NOT_SUPPORTED spec.targetRef.group'],
    ],
    [
      'cannot require two identities',
      requiring(meshTls, meshTls),
      [`webhook AUTHENTICATION_REPEATED ${refs}`],
    ],
    [
      'cannot require two ServiceAccounts',
      requiring(account, account),
      [`webhook AUTHENTICATION_REPEATED ${refs}`],
    ],
    ['cannot require two networks', requiring(network, network), [`webhook AUTHENTICATION_REPEATED ${refs}`]],
    [
      'cannot require an identity and a ServiceAccount',
      requiring(meshTls, account),
      [`webhook AUTHENTICATIONS_EXCLUDE_EACH_OTHER ${refs}`],
    ],
    [
      'cannot require another kind, or one without its group',
      requiring({ kind: 'Pod', name: 'a' }, { kind: 'MeshTLSAuthentication', name: 'a' }),
      [
        `webhook AUTHENTICATION_NOT_SUPPORTED ${refs}[0].kind`,
        `webhook AUTHENTICATION_NOT_SUPPORTED ${refs}[1].group`,
      ],
    ],
    [
      'is told everything that is wrong at once',
      { targetRef: { kind: 'Pod', name: 1 }, requiredAuthenticationRefs: [account, account, 'x'] },
      [
        'schema WRONG_TYPE spec.targetRef.name',
        `schema WRONG_TYPE ${refs}[2]`,
        'webhook TARGET_NOT_SUPPORTED spec.targetRef.kind',
        `webhook AUTHENTICATION_REPEATED ${refs}`,
      ],
    ],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('policy.linkerd.io/v1alpha1', 'AuthorizationPolicy', spec)).toEqual(expected);
  });

  it('that targets a Namespace and names none of its own is noted, not refused', () => {
    const policy = {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'x' },
      spec: targeting({ kind: 'Namespace', name: 'shop' }),
    };
    expect(validate(policy)).toEqual({
      judged: true,
      violations: [],
      notes: [
        {
          code: 'NAMESPACE_NOT_GIVEN',
          field: 'metadata.namespace',
          message: 'the policy is admitted in the namespace "shop" only; say so in metadata.namespace',
        },
      ],
    });
  });
});

describe('a MeshTLSAuthentication', () => {
  const identities = (...list: unknown[]) => ({ identities: list });
  const refs = (...identityRefs: unknown[]) => ({ identityRefs });
  const refused = ['webhook NOT_AN_IDENTITY spec.identities[0]'];

  it.each<Row>([
    ['may name any identity', identities('*'), []],
    ['may name identities of a domain', identities('*.shop.serviceaccount.identity'), []],
    ['may name one identity', identities('web.shop'), []],
    ['may name a SPIFFE id', identities('spiffe://root_1.test/A/b.c'), []],
    ['may name a SPIFFE id without a path', identities('spiffe://root'), []],
    [
      'may refer to a ServiceAccount anywhere',
      refs({ kind: 'ServiceAccount', name: 'a', namespace: 'b' }),
      [],
    ],
    ['may refer to a Namespace', refs({ group: 'core', kind: 'Namespace', name: 'a' }), []],
    ['needs identities or references', {}, ['schema NOT_EXACTLY_ONE spec']],
    [
      'needs identities or references, not both',
      { ...identities('a'), ...refs({ kind: 'Namespace', name: 'a' }) },
      ['schema NOT_EXACTLY_ONE spec'],
    ],
    ['needs an identity in its list', identities(), ['schema TOO_FEW spec.identities']],
    ['needs a reference in its list', refs(), ['schema TOO_FEW spec.identityRefs']],
    ['needs a kind in a reference', refs({ name: 'a' }), ['schema MISSING spec.identityRefs[0].kind']],
    [
      'needs a name in a reference, for the webhook only',
      refs({ kind: 'Namespace' }),
      ['webhook MISSING spec.identityRefs[0].name'],
    ],
    ['takes no upper case in a DNS name', identities('Web.shop'), refused],
    ['takes no wildcard but as the first label', identities('a.*.b'), refused],
    ['takes no wildcard twice', identities('*.*.b'), refused],
    ['takes no wildcard as a part of a label', identities('*a.b'), refused],
    ['takes no empty label', identities('a..b'), refused],
    ['takes no empty identity', identities(''), refused],
    ['takes no SPIFFE id without a trust domain', identities('spiffe:///a'), refused],
    ['takes no upper case in a trust domain', identities('spiffe://Root/a'), refused],
    ['takes no trailing slash in a SPIFFE id', identities('spiffe://root/a/'), refused],
    ['takes no empty segment in a SPIFFE id', identities('spiffe://root//a'), refused],
    ['takes no dot segment in a SPIFFE id', identities('spiffe://root/./a'), refused],
    ['takes no parent segment in a SPIFFE id', identities('spiffe://root/../a'), refused],
    ['takes no other character in a SPIFFE id', identities('spiffe://root/a#b'), refused],
    [
      'takes no reference to another kind',
      refs({ kind: 'Pod', name: 'a' }),
      ['webhook IDENTITY_REF_NOT_SUPPORTED spec.identityRefs[0].kind'],
    ],
    [
      'takes no reference to a Namespace in a namespace',
      refs({ kind: 'Namespace', name: 'a', namespace: 'b' }),
      ['webhook NAMESPACE_REF_WITH_NAMESPACE spec.identityRefs[0].namespace'],
    ],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('policy.linkerd.io/v1alpha1', 'MeshTLSAuthentication', spec)).toEqual(expected);
  });
});

const networkRows: readonly Row[] = [
  [
    'may list networks and addresses of both families',
    [{ cidr: '10.1.0.1/24' }, { cidr: '2001:db8::1' }],
    [],
  ],
  ['may except a part', [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.3.4'] }], []],
  ['needs a network in its list', [], ['webhook NO_NETWORKS spec.networks']],
  ['needs a cidr', [{}], ['schema MISSING spec.networks[0].cidr']],
  ['needs a cidr that is a text', [{ cidr: 10 }], ['schema WRONG_TYPE spec.networks[0].cidr']],
  ['takes no name for a network', [{ cidr: 'bogus' }], ['webhook NOT_A_NETWORK spec.networks[0].cidr']],
  [
    'takes no prefix out of range',
    [{ cidr: '10.0.0.0/33' }],
    ['webhook NOT_A_NETWORK spec.networks[0].cidr'],
  ],
  [
    'takes no exception that cannot be read',
    [{ cidr: '10.0.0.0/8', except: ['10.0.0.0/8/8'] }],
    ['webhook NOT_A_NETWORK spec.networks[0].except[0]'],
  ],
  [
    'takes no exception that is the whole network',
    [{ cidr: '10.0.0.0/8', except: ['10.9.9.9/8'] }],
    ['webhook EXCEPT_NEGATES_NETWORK spec.networks[0].except[0]'],
  ],
  [
    'takes no exception that is larger than its network',
    [{ cidr: '10.0.0.0/8', except: ['0.0.0.0/0'] }],
    ['webhook EXCEPT_NEGATES_NETWORK spec.networks[0].except[0]'],
  ],
  [
    'takes no exception outside of its own network, in another or not',
    [{ cidr: '10.0.0.0/8', except: ['192.168.1.1'] }, { cidr: '192.168.0.0/16' }],
    ['webhook EXCEPT_OUTSIDE_NETWORK spec.networks[0].except[0]'],
  ],
  [
    'takes no exception of the other family',
    [{ cidr: '0.0.0.0/0', except: ['::1'] }],
    ['webhook EXCEPT_OUTSIDE_NETWORK spec.networks[0].except[0]'],
  ],
];

describe('a NetworkAuthentication', () => {
  it.each<Row>([...networkRows, ['needs a list of networks', undefined, ['schema MISSING spec.networks']]])(
    '%s',
    (_rule, networks, expected) => {
      expect(faults('policy.linkerd.io/v1alpha1', 'NetworkAuthentication', { networks })).toEqual(expected);
    },
  );
});

describe('an EgressNetwork', () => {
  it.each<Row>([...networkRows, ['may have no networks', undefined, []]])(
    '%s',
    (_rule, networks, expected) => {
      const spec = { trafficPolicy: 'Deny', networks };
      expect(faults('policy.linkerd.io/v1alpha1', 'EgressNetwork', spec)).toEqual(expected);
    },
  );

  it.each<Row>([
    ['needs a traffic policy', {}, ['schema MISSING spec.trafficPolicy']],
    ['allows or denies', { trafficPolicy: 'allow' }, ['schema NOT_ONE_OF spec.trafficPolicy']],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('policy.linkerd.io/v1alpha1', 'EgressNetwork', spec)).toEqual(expected);
  });
});

describe('a Server', () => {
  const web = { podSelector: {}, port: 80 };

  it.each<Row>([
    ['may select every pod and a port by number', web, []],
    ['may select a port by name, a number as text being a name too', { ...web, port: '0' }, []],
    ['may select external workloads', { externalWorkloadSelector: {}, port: 80 }, []],
    [
      'may have labels and expressions both',
      { ...web, podSelector: { matchLabels: {}, matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
      [],
    ],
    ['may have any protocol of the six', { ...web, proxyProtocol: 'TLS' }, []],
    ['may have any access policy of the six', { ...web, accessPolicy: 'cluster-unauthenticated' }, []],
    ['needs a selector', { port: 80 }, ['schema NOT_EXACTLY_ONE spec']],
    ['needs one selector', { ...web, externalWorkloadSelector: {} }, ['schema NOT_EXACTLY_ONE spec']],
    ['needs a port', { podSelector: {} }, ['schema MISSING spec.port']],
    ['takes no fraction for a port', { ...web, port: 80.5 }, ['schema WRONG_TYPE spec.port']],
    ['takes no port 0', { ...web, port: 0 }, ['webhook NOT_A_PORT spec.port']],
    ['takes no port above 65535', { ...web, port: 65_536 }, ['webhook NOT_A_PORT spec.port']],
    [
      'takes no protocol in another case',
      { ...web, proxyProtocol: 'grpc' },
      ['webhook NOT_A_PROTOCOL spec.proxyProtocol'],
    ],
    [
      'takes no access policy in another case',
      { ...web, accessPolicy: 'Deny' },
      ['webhook NOT_AN_ACCESS_POLICY spec.accessPolicy'],
    ],
    [
      'takes no label that is not a text',
      { ...web, podSelector: { matchLabels: { app: 1, tier: 'x', zone: null } } },
      [
        'webhook LABEL_NOT_TEXT spec.podSelector.matchLabels.app',
        'webhook LABEL_NOT_TEXT spec.podSelector.matchLabels.zone',
      ],
    ],
    [
      'takes no other operator',
      { ...web, podSelector: { matchExpressions: [{ key: 'a', operator: 'in' }, { operator: 'In' }] } },
      [
        'schema NOT_ONE_OF spec.podSelector.matchExpressions[0].operator',
        'schema MISSING spec.podSelector.matchExpressions[1].key',
      ],
    ],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('policy.linkerd.io/v1beta3', 'Server', spec)).toEqual(expected);
  });

  it.each([
    ['v1alpha1', web, ['schema NOT_EXACTLY_ONE spec.podSelector']],
    [
      'v1alpha1',
      { ...web, podSelector: { matchLabels: {}, matchExpressions: [] } },
      ['schema NOT_EXACTLY_ONE spec.podSelector'],
    ],
    ['v1alpha1', { ...web, podSelector: { matchLabels: {} } }, []],
    ['v1alpha1', { externalWorkloadSelector: {}, port: 80 }, ['schema MISSING spec.podSelector']],
    ['v1beta1', web, []],
    ['v1beta1', { externalWorkloadSelector: {}, port: 80 }, ['schema MISSING spec.podSelector']],
    ['v1beta1', { ...web, externalWorkloadSelector: {} }, []],
    ['v1beta2', { externalWorkloadSelector: {}, port: 80 }, []],
    ['v1beta2', { ...web, accessPolicy: 'nonsense' }, []],
    ['v1beta2', { ...web, proxyProtocol: 'nonsense' }, ['webhook NOT_A_PROTOCOL spec.proxyProtocol']],
  ])('of %s is judged by the fields of its version: %j', (version, spec, expected) => {
    expect(faults(`policy.linkerd.io/${version}`, 'Server', spec)).toEqual(expected);
  });
});

describe('a ServerAuthorization', () => {
  const clients = (client: unknown) => ({ server: { name: 'web' }, client });
  const meshTls = 'spec.client.meshTLS';

  it.each<Row>([
    ['may select its Servers', { server: { selector: {} }, client: {} }, []],
    ['may say nothing of its clients, which admits none', clients({}), []],
    ['may admit everyone', clients({ unauthenticated: true }), []],
    ['may say that it does not admit everyone', clients({ unauthenticated: false, meshTLS: {} }), []],
    ['may admit mesh TLS of anyone', clients({ meshTLS: { unauthenticatedTLS: true } }), []],
    ['may name identities', clients({ meshTLS: { identities: ['*', '*.a', 'a.b'] } }), []],
    [
      'may name service accounts',
      clients({ meshTLS: { serviceAccounts: [{ name: 'a', namespace: 'b' }] } }),
      [],
    ],
    ['needs a server and a client', {}, ['schema MISSING spec.server', 'schema MISSING spec.client']],
    ['needs a name or a selector', { server: {}, client: {} }, ['schema NOT_EXACTLY_ONE spec.server']],
    [
      'needs a name or a selector, not both',
      { server: { name: 'a', selector: {} }, client: {} },
      ['schema NOT_EXACTLY_ONE spec.server'],
    ],
    [
      'takes no name with a dot',
      { server: { name: 'a.b' }, client: {} },
      ['schema WRONG_FORM spec.server.name'],
    ],
    [
      'takes no SPIFFE id',
      clients({ meshTLS: { identities: ['spiffe://a'] } }),
      [`schema WRONG_FORM ${meshTls}.identities[0]`],
    ],
    [
      'takes no service account without a name',
      clients({ meshTLS: { serviceAccounts: [{}] } }),
      [`schema MISSING ${meshTls}.serviceAccounts[0].name`],
    ],
    [
      'takes no mesh TLS beside everyone',
      clients({ unauthenticated: true, meshTLS: {} }),
      [`webhook UNAUTHENTICATED_WITH_MESH_TLS ${meshTls}`],
    ],
    [
      'takes no identities beside mesh TLS of anyone',
      clients({ meshTLS: { unauthenticatedTLS: true, identities: ['*'] } }),
      [`webhook UNAUTHENTICATED_TLS_WITH_CLIENTS ${meshTls}.unauthenticatedTLS`],
    ],
    [
      'takes no service accounts beside mesh TLS of anyone',
      clients({ meshTLS: { unauthenticatedTLS: true, serviceAccounts: [{ name: 'a' }] } }),
      [`webhook UNAUTHENTICATED_TLS_WITH_CLIENTS ${meshTls}.unauthenticatedTLS`],
    ],
    ['may have an empty list of networks', clients({ networks: [] }), []],
    [
      'takes no network that cannot be read, and no exception outside of it',
      clients({ networks: [{ cidr: 'x' }, { cidr: '10.1.1.0/24', except: ['10.1.2.0/24'] }] }),
      [
        'webhook NOT_A_NETWORK spec.client.networks[0].cidr',
        'webhook EXCEPT_OUTSIDE_NETWORK spec.client.networks[1].except[0]',
      ],
    ],
    [
      'takes no label that is not a text',
      { server: { selector: { matchLabels: { a: true } } }, client: {} },
      ['webhook LABEL_NOT_TEXT spec.server.selector.matchLabels.a'],
    ],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('policy.linkerd.io/v1beta1', 'ServerAuthorization', spec)).toEqual(expected);
    expect(faults('policy.linkerd.io/v1alpha1', 'ServerAuthorization', spec)).toEqual(expected);
  });
});

describe('an HTTPLocalRateLimitPolicy', () => {
  const rate = (requestsPerSecond: unknown) => ({ requestsPerSecond });
  const override = (requestsPerSecond: number, ...clientRefs: unknown[]) => ({
    requestsPerSecond,
    clientRefs,
  });
  const limits = (more: object) => ({ targetRef: server, ...more });
  const account = { kind: 'ServiceAccount', name: 'a', namespace: 'b' };

  it.each<Row>([
    ['may limit nothing', limits({}), []],
    [
      'may give one client and an override as much as the total',
      limits({ total: rate(5), identity: rate(5), overrides: [override(5, account)] }),
      [],
    ],
    ['may give one client anything where there is no total', limits({ identity: rate(4_294_967_295) }), []],
    ['needs a target', {}, ['schema MISSING spec.targetRef']],
    [
      'takes no other target than a Server',
      { targetRef: { ...server, kind: 'HTTPRoute' } },
      ['webhook TARGET_NOT_SUPPORTED spec.targetRef.kind'],
    ],
    ['needs a rate', limits({ total: {} }), ['schema MISSING spec.total.requestsPerSecond']],
    ['takes no fraction', limits({ total: rate(0.5) }), ['schema WRONG_TYPE spec.total.requestsPerSecond']],
    [
      'takes no rate of zero',
      limits({ total: rate(0) }),
      ['webhook RATE_NOT_POSITIVE spec.total.requestsPerSecond'],
    ],
    [
      'takes no rate below zero',
      limits({ identity: rate(-1) }),
      ['webhook RATE_NOT_POSITIVE spec.identity.requestsPerSecond'],
    ],
    [
      'takes no rate of more than 32 bits',
      limits({ overrides: [override(4_294_967_296)] }),
      ['webhook RATE_NOT_POSITIVE spec.overrides[0].requestsPerSecond'],
    ],
    [
      'takes no more for one client or an override than the total',
      limits({ total: rate(5), identity: rate(6), overrides: [override(7)] }),
      [
        'webhook RATE_ABOVE_TOTAL spec.identity.requestsPerSecond',
        'webhook RATE_ABOVE_TOTAL spec.overrides[0].requestsPerSecond',
      ],
    ],
    [
      'takes no client but ServiceAccounts',
      limits({ overrides: [override(1, { kind: 'User', name: 'a' })] }),
      ['webhook CLIENT_REF_NOT_SUPPORTED spec.overrides[0].clientRefs[0].kind'],
    ],
    [
      'needs the clients of an override',
      limits({ overrides: [rate(1)] }),
      ['schema MISSING spec.overrides[0].clientRefs'],
    ],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('policy.linkerd.io/v1alpha1', 'HTTPLocalRateLimitPolicy', spec)).toEqual(expected);
  });
});
