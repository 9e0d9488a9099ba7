import { describe, expect, it } from '@jest/globals';
import type { AuthorizationPolicySpec, Network, ObjectReference } from '@mcp/mesh';
import type { IgnoredCode } from '../authorizations/required-authentications.js';
import {
  allowedBy,
  ask,
  client,
  defaultRef,
  denied,
  lacking,
  notLocal,
  policyRef,
  satisfied,
  serverAuthorizationRef,
  web,
} from '../../test/answers.js';
import type { SpaceParts } from '../../test/mesh-view.js';
import {
  authorizationPolicy,
  identity,
  meshTLSAuthentication,
  networkAuthentication,
  ref,
  selector,
  serverAuthorization,
  serverOf,
  viewOf,
} from '../../test/mesh-view.js';

const server = serverOf('shop', 'web', {}, { labels: { tier: 'a' } });
const other = client({ identity: identity('bank', 'web') });
const plain = client('none');
const webIdentity = identity('shop', 'web');
const every = ['0.0.0.0/0', '::/0'];

function withPolicy(
  refs: AuthorizationPolicySpec['requiredAuthenticationRefs'],
  parts: SpaceParts = {},
  targetRef: ObjectReference = ref('Server', 'web'),
) {
  const policy = authorizationPolicy('shop', 'p', targetRef, refs);
  return viewOf({ shop: { Server: [server], AuthorizationPolicy: [policy], ...parts } });
}
const byPolicy = allowedBy([policyRef('p')]);
const ignoredPolicy = (code: IgnoredCode, message: string) =>
  denied([], {
    ignored: [{ kind: 'AuthorizationPolicy', namespace: 'shop', name: 'p', because: { code, message } }],
  });

describe('an AuthorizationPolicy', () => {
  it('applies to a Server by name, with regard to case', () => {
    expect(ask(withPolicy([]))).toEqual(byPolicy);
    expect(ask(withPolicy([], {}, ref('Server', 'Web')))).toEqual(denied([]));
  });

  it('applies to all Servers of its namespace, whatever name of a Namespace it gives', () => {
    expect(ask(withPolicy([], {}, ref('Namespace', 'bank', { group: 'core' })))).toEqual(byPolicy);
  });

  it('names its target without regard to case of group and kind', () => {
    const target = { group: 'Policy.Linkerd.IO', kind: 'SERVER', name: 'web' };
    expect(ask(withPolicy([], {}, target))).toEqual(byPolicy);
  });

  it.each([
    ref('Server', 'web', { group: '' }),
    ref('Namespace', 'shop', { group: 'policy.linkerd.io' }),
    ref('Deployment', 'web'),
  ])('applies to nothing of another group or kind: %j', (target) => {
    expect(ask(withPolicy([], {}, target))).toEqual(denied([]));
  });

  it('of another namespace applies to nothing here', () => {
    const bank = { AuthorizationPolicy: [authorizationPolicy('bank', 'p', ref('Server', 'web'))] };
    expect(ask(viewOf({ shop: { Server: [server] }, bank }))).toEqual(denied([]));
  });

  it('without references admits everyone, from everywhere', () => {
    expect(ask(withPolicy([]), { client: client('none', '192.0.2.1') })).toEqual({
      ...byPolicy,
      candidates: [satisfied(policyRef('p')), notLocal('192.0.2.1')],
    });
  });

  it('with a service account admits its identity, whether or not the account exists', () => {
    const view = withPolicy([ref('ServiceAccount', 'web')]);
    expect(ask(view)).toEqual(byPolicy);
    expect(ask(view, { client: other })).toEqual(
      denied([lacking(policyRef('p'), 'identity', [webIdentity], identity('bank', 'web'))]),
    );
  });

  it('finds a service account in the namespace that it names', () => {
    const view = withPolicy([ref('ServiceAccount', 'web', { namespace: 'bank' })]);
    expect(ask(view, { client: other })).toEqual(byPolicy);
  });

  it('with only a network asks for no identity', () => {
    const parts = { NetworkAuthentication: [networkAuthentication('shop', 'n', '10.0.0.0/8')] };
    const view = withPolicy([ref('NetworkAuthentication', 'n')], parts);
    expect(ask(view, { client: plain })).toEqual(byPolicy);
    expect(ask(view, { client: client('none', '192.0.2.1') })).toEqual({
      ...denied([lacking(policyRef('p'), 'network', ['10.0.0.0/8'], '192.0.2.1')]),
      candidates: [lacking(policyRef('p'), 'network', ['10.0.0.0/8'], '192.0.2.1'), notLocal('192.0.2.1')],
    });
  });

  it('holds only where all of its references hold, and says each that does not', () => {
    const parts = { NetworkAuthentication: [networkAuthentication('shop', 'n', '192.0.2.0/24')] };
    const view = withPolicy([ref('NetworkAuthentication', 'n'), ref('ServiceAccount', 'web')], parts);
    const network = { part: 'network', wanted: ['192.0.2.0/24'], given: '10.0.0.1' } as const;
    const who = { part: 'identity', wanted: [webIdentity], given: 'no mesh TLS' } as const;
    expect(ask(view)).toEqual(denied([{ ref: policyRef('p'), satisfied: 'no', lacks: [network] }]));
    expect(ask(view, { client: plain })).toEqual(
      denied([{ ref: policyRef('p'), satisfied: 'no', lacks: [network, who] }]),
    );
  });

  it('refers to authentications of other namespaces, which need not consent', () => {
    const policy = authorizationPolicy('shop', 'p', ref('Server', 'web'), [
      ref('MeshTLSAuthentication', 'm', { namespace: 'bank' }),
    ]);
    const bank = {
      MeshTLSAuthentication: [meshTLSAuthentication('bank', 'm', { identities: [webIdentity] })],
    };
    expect(ask(viewOf({ shop: { Server: [server], AuthorizationPolicy: [policy] }, bank }))).toEqual(
      byPolicy,
    );
  });

  it('that is satisfied beside another of the same Server is credited by name', () => {
    const policies = ['b', 'a'].map((name) => authorizationPolicy('shop', name, ref('Server', 'web')));
    expect(ask(viewOf({ shop: { Server: [server], AuthorizationPolicy: policies } }))).toEqual(
      allowedBy([policyRef('a'), policyRef('b')]),
    );
  });
});

describe('an AuthorizationPolicy is ignored as a whole', () => {
  const identityRefs = (...refs: readonly ObjectReference[]) => ({
    MeshTLSAuthentication: [meshTLSAuthentication('shop', 'm', { identityRefs: refs })],
  });
  it.each<readonly [IgnoredCode, string, readonly ObjectReference[], SpaceParts]>([
    [
      'AUTHENTICATION_MISSING',
      'there is no MeshTLSAuthentication shop/m',
      [ref('MeshTLSAuthentication', 'm')],
      {},
    ],
    [
      'AUTHENTICATION_MISSING',
      'there is no NetworkAuthentication shop/n',
      [ref('ServiceAccount', 'web'), ref('NetworkAuthentication', 'n')],
      {},
    ],
    [
      'AUTHENTICATION_INVALID',
      'MeshTLSAuthentication shop/m is ignored: it names no identity',
      [ref('MeshTLSAuthentication', 'm')],
      identityRefs(),
    ],
    [
      'AUTHENTICATION_INVALID',
      'MeshTLSAuthentication shop/m is ignored: Group of group "" has no identity',
      [ref('MeshTLSAuthentication', 'm')],
      identityRefs(ref('ServiceAccount', 'web'), ref('Group', 'g', { group: '' })),
    ],
    [
      'AUTHENTICATION_INVALID',
      'NetworkAuthentication shop/n is ignored: it names no network',
      [ref('NetworkAuthentication', 'n')],
      { NetworkAuthentication: [networkAuthentication('shop', 'n')] },
    ],
    [
      'AUTHENTICATION_INVALID',
      'NetworkAuthentication shop/n is ignored: 10.0.0.0/33 is not a network',
      [ref('NetworkAuthentication', 'n')],
      { NetworkAuthentication: [networkAuthentication('shop', 'n', '10.0.0.0/33')] },
    ],
    [
      'AUTHENTICATION_TWICE',
      'more than one reference says which identities are admitted',
      [ref('ServiceAccount', 'web'), ref('ServiceAccount', 'api')],
      {},
    ],
    [
      'AUTHENTICATION_TWICE',
      'more than one reference says which identities are admitted',
      [ref('ServiceAccount', 'web'), ref('MeshTLSAuthentication', 'm')],
      identityRefs(ref('ServiceAccount', 'web')),
    ],
    [
      'AUTHENTICATION_TWICE',
      'more than one reference says which networks are admitted',
      [ref('NetworkAuthentication', 'n'), ref('NetworkAuthentication', 'n')],
      { NetworkAuthentication: [networkAuthentication('shop', 'n', '10.0.0.0/8')] },
    ],
    [
      'AUTHENTICATION_KIND_UNKNOWN',
      'ServiceAccount of group "policy.linkerd.io" is not an authentication',
      [ref('ServiceAccount', 'web', { group: 'policy.linkerd.io' })],
      {},
    ],
    [
      'AUTHENTICATION_KIND_UNKNOWN',
      'NetworkAuthentication of group "" is not an authentication',
      [ref('NetworkAuthentication', 'n', { group: '' })],
      {},
    ],
  ])('%s: %s', (code, message, refs, parts) => {
    expect(ask(withPolicy(refs, parts))).toEqual(ignoredPolicy(code, message));
  });
});

describe('a MeshTLSAuthentication admits', () => {
  const admits = (who: string, spec: Parameters<typeof meshTLSAuthentication>[2]) => {
    const parts = { MeshTLSAuthentication: [meshTLSAuthentication('shop', 'm', spec)] };
    return ask(withPolicy([ref('MeshTLSAuthentication', 'm')], parts), { client: client({ identity: who }) });
  };
  const lacks = (wanted: string, given: string) =>
    denied([lacking(policyRef('p'), 'identity', [wanted], given)]);

  it('a service account, by default of its own namespace', () => {
    expect(admits(webIdentity, { identityRefs: [ref('ServiceAccount', 'web')] })).toEqual(byPolicy);
    const ofBank = { identityRefs: [ref('ServiceAccount', 'web', { namespace: 'bank' })] };
    expect(admits(identity('bank', 'web'), ofBank)).toEqual(byPolicy);
  });

  it('all service accounts of a namespace', () => {
    expect(admits(identity('bank', 'any'), { identityRefs: [ref('Namespace', 'bank')] })).toEqual(byPolicy);
    expect(admits(webIdentity, { identityRefs: [ref('Namespace', 'bank')] })).toEqual(
      lacks(identity('bank', '*'), webIdentity),
    );
  });

  it.each([
    ['*', webIdentity],
    ['*.a.b', 'x.a.b'],
    ['*.a.b', 'x.y.a.b'],
    ['spiffe://a/b', 'spiffe://a/b'],
    ['foo.*.b', 'foo.*.b'],
  ])('by pattern %s the identity %s', (pattern, who) => {
    expect(admits(who, { identities: [pattern] })).toEqual(byPolicy);
  });

  it.each([
    ['*', 'spiffe://a/b'],
    ['*.b', 'spiffe://a.b'],
    ['*.a.b', 'a.b'],
    ['*.a.b', 'xa.b'],
    ['foo.*.b', 'foo.x.b'],
    ['**.b', 'x.b'],
    ['Web', 'web'],
  ])('by pattern %s not the identity %s', (pattern, who) => {
    expect(admits(who, { identities: [pattern] })).toEqual(lacks(pattern, who));
  });
});

describe('a NetworkAuthentication', () => {
  const from = (address: string, ...networks: readonly Network[]) => {
    const authentication = { ...networkAuthentication('shop', 'n'), spec: { networks } };
    const view = withPolicy([ref('NetworkAuthentication', 'n')], { NetworkAuthentication: [authentication] });
    return ask(view, { client: client('none', address) }).verdict;
  };
  const net = (cidr: string, ...except: readonly string[]): Network => ({ cidr, except });

  it.each([
    ['10.1.2.3', [net('10.9.9.9/8')], 'host bits do not count'],
    ['10.1.2.3', [net('10.1.2.3')], 'a single address is its own network'],
    [
      '10.1.2.3',
      [net('10.0.0.0/8', '10.1.0.0/16'), net('10.1.2.0/24')],
      'another entry admits what one excepts',
    ],
    ['::ffff:10.1.2.3', [net('10.0.0.0/8')], 'a mapped address is an IPv4 address'],
  ])('admits %s by %j: %s', (address, networks) => {
    expect(from(address, ...networks)).toBe('allow');
  });

  it.each([
    ['10.1.2.3', [net('10.0.0.0/8', '10.1.0.0/16')], 'an exception excludes'],
    ['10.1.2.3', [net('::/0')], 'IPv6 does not match IPv4'],
    ['::1:1', [net('0.0.0.0/0')], 'IPv4 does not match IPv6'],
  ])('does not admit %s by %j: %s', (address, networks) => {
    expect(from(address, ...networks)).toBe('deny');
  });
});

describe('a ServerAuthorization', () => {
  type Client = Parameters<typeof serverAuthorization>[3];
  type Chosen = Parameters<typeof serverAuthorization>[2];
  const withAuthorization = (of: Client, chosen: Chosen = { name: 'web' }) =>
    viewOf({
      shop: { Server: [server], ServerAuthorization: [serverAuthorization('shop', 's', chosen, of)] },
    });
  const meshTLS = { unauthenticatedTLS: false, identities: [], serviceAccounts: [] };
  const bySelf = allowedBy([serverAuthorizationRef('s')]);

  it.each<Chosen>([
    { name: 'web' },
    { selector: selector({ tier: 'a' }) },
    { selector: selector() },
    { name: 'web', selector: selector({ tier: 'b' }) },
  ])('applies to the Server that it names, or else to those whose labels it selects: %j', (chosen) => {
    expect(ask(withAuthorization({ unauthenticated: true }, chosen))).toEqual(bySelf);
  });

  it.each<Chosen>([
    { name: 'api' },
    { selector: selector({ tier: 'b' }) },
    { name: 'api', selector: selector() },
  ])('does not apply to others: %j', (chosen) => {
    expect(ask(withAuthorization({ unauthenticated: true }, chosen))).toEqual(denied([]));
  });

  it('without networks admits the cluster networks, other than a policy', () => {
    const view = withAuthorization({ unauthenticated: true });
    const lack = lacking(serverAuthorizationRef('s'), 'network', ['10.0.0.0/8'], '192.0.2.1');
    expect(ask(view, { client: client('none', '192.0.2.1') })).toEqual(
      denied([], { candidates: [lack, notLocal('192.0.2.1')] }),
    );
  });

  it('with networks admits those', () => {
    const networks = every.map((cidr) => ({ cidr, except: [] }));
    expect(ask(withAuthorization({ unauthenticated: true, networks }), { client: plain })).toEqual(bySelf);
  });

  it('with mesh TLS admits a client without a certificate where it says so', () => {
    const view = withAuthorization({
      unauthenticated: false,
      meshTLS: { ...meshTLS, unauthenticatedTLS: true },
    });
    expect(ask(view, { client: client('anonymous') })).toEqual(bySelf);
    expect(ask(view, { client: plain })).toEqual(
      denied([lacking(serverAuthorizationRef('s'), 'identity', ['mesh TLS'], 'no mesh TLS')]),
    );
  });

  it('admits identities and service accounts together, those by default of its namespace', () => {
    const serviceAccounts = [{ name: 'web' }, { name: 'api', namespace: 'bank' }];
    const view = withAuthorization({
      unauthenticated: false,
      meshTLS: { ...meshTLS, identities: ['*.test'], serviceAccounts },
    });
    const wanted = ['*.test', webIdentity, identity('bank', 'api')];
    const answers = [web, client({ identity: identity('bank', 'api') }), client({ identity: 'a.test' })];
    expect(answers.map((who) => ask(view, { client: who }))).toEqual([bySelf, bySelf, bySelf]);
    expect(ask(view, { client: other })).toEqual(
      denied([lacking(serverAuthorizationRef('s'), 'identity', wanted, identity('bank', 'web'))]),
    );
  });

  it('that needs no identity does not look at the identities beside', () => {
    const view = withAuthorization({ unauthenticated: true, meshTLS: { ...meshTLS, identities: ['x'] } });
    expect(ask(view, { client: plain })).toEqual(bySelf);
  });

  it.each<readonly [IgnoredCode, string, Client]>([
    ['NO_CLIENT', 'it names no client', { unauthenticated: false }],
    ['NO_CLIENT', 'it names no client', { unauthenticated: false, meshTLS }],
    [
      'NETWORK_UNREADABLE',
      'here is not a network',
      { unauthenticated: true, networks: [{ cidr: 'here', except: [] }] },
    ],
  ])('is ignored as a whole: %s, %s, %j', (code, message, of) => {
    const because = { code, message };
    const ignored = [{ kind: 'ServerAuthorization', namespace: 'shop', name: 's', because } as const];
    expect(ask(withAuthorization(of))).toEqual(denied([], { ignored }));
  });

  it('comes after the policies and before the access policy', () => {
    const view = viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { accessPolicy: 'all-unauthenticated' })],
        ServerAuthorization: [serverAuthorization('shop', 'a', { name: 'web' })],
        AuthorizationPolicy: [authorizationPolicy('shop', 'z', ref('Server', 'web'))],
      },
    });
    expect(ask(view)).toEqual(
      allowedBy([policyRef('z'), serverAuthorizationRef('a'), defaultRef('all-unauthenticated')]),
    );
  });
});

describe('localhost', () => {
  const local = (address: string, ...more: readonly Parameters<typeof serverOf>[2][]) =>
    ask(viewOf({ shop: { Server: [serverOf('shop', 'web', more[0])] } }), {
      client: client('none', address),
    });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('is admitted everywhere: %s', (address) => {
    expect(local(address)).toEqual(
      allowedBy([defaultRef('localhost')], { candidates: [satisfied(defaultRef('localhost'))] }),
    );
  });

  it('is not all of 127.0.0.0/8', () => {
    expect(local('127.0.0.2')).toEqual(denied([], { candidates: [notLocal('127.0.0.2')] }));
  });

  it('is credited only where nothing else admits the client', () => {
    const refs = [defaultRef('all-unauthenticated')];
    expect(local('127.0.0.1', { accessPolicy: 'all-unauthenticated' })).toEqual(
      allowedBy(refs, {
        satisfied: [...refs, defaultRef('localhost')],
        candidates: [...refs, defaultRef('localhost')].map(satisfied),
      }),
    );
  });
});
