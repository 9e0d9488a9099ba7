import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readAuthorizationPolicySpec } from './authorization-policy.js';
import { checkName, checkNamespaceName } from './object-name.js';

const server = { group: 'policy.linkerd.io', kind: 'Server', name: 'web-http' };
const meshTls = { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'clients' };
const network = { group: 'policy.linkerd.io', kind: 'NetworkAuthentication', name: 'nets' };
const serviceAccount = { kind: 'ServiceAccount', name: 'client' };
const refs = 'spec.requiredAuthenticationRefs';

function requiring(...requiredAuthenticationRefs: unknown[]) {
  return { targetRef: server, requiredAuthenticationRefs };
}
function targeting(targetRef: unknown) {
  return { targetRef, requiredAuthenticationRefs: [] };
}

function problemsOf(json: unknown): string[] {
  const read = readAuthorizationPolicySpec(json, 'shop');
  return 'problems' in read ? read.problems.map(({ code, field }) => `${code} ${field}`) : [];
}

describe('the spec of an AuthorizationPolicy that someone asks for', () => {
  it('is read into our vocabulary, no group being the core group', () => {
    expect(
      readAuthorizationPolicySpec(requiring({ ...serviceAccount, namespace: 'other' }, network), 'shop'),
    ).toEqual({
      spec: {
        targetRef: server,
        requiredAuthenticationRefs: [
          { group: '', kind: 'ServiceAccount', name: 'client', namespace: 'other' },
          network,
        ],
      },
    });
  });

  it.each([
    ['that requires nothing', requiring()],
    ['that requires an identity and a network', requiring(meshTls, network)],
    ['that requires a service account of its own namespace', requiring({ ...serviceAccount, namespace: '' })],
    ['for its own namespace', targeting({ kind: 'Namespace', name: 'shop' })],
    [
      'for its own namespace, with the group spelt out',
      targeting({ group: 'core', kind: 'Namespace', name: 'shop' }),
    ],
    ['for a route of Linkerd', targeting({ group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'r' })],
    [
      'for a route of the Gateway API',
      targeting({ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'r' }),
    ],
    ['for a gRPC route', targeting({ group: 'gateway.networking.k8s.io', kind: 'GRPCRoute', name: 'r' })],
    ['whose kind is in another case, as Linkerd does not mind', targeting({ ...server, kind: 'server' })],
  ])('is taken when it is one %s', (_rule, json) => {
    expect(readAuthorizationPolicySpec(json, 'shop')).toHaveProperty('spec');
  });

  it.each([
    ['nothing', undefined, ['MISSING spec']],
    ['null', null, ['MISSING spec']],
    ['a string', '{}', ['WRONG_TYPE spec']],
    ['a list', [], ['WRONG_TYPE spec']],
    ['an empty object', {}, ['MISSING spec.targetRef', `MISSING ${refs}`]],
    [
      'an unknown field',
      { ...requiring(), requiredAuthentications: [] },
      ['UNKNOWN_FIELD spec.requiredAuthentications'],
    ],
    [
      'an unknown field in the target',
      targeting({ ...server, namespace: 'shop' }),
      ['UNKNOWN_FIELD spec.targetRef.namespace'],
    ],
    [
      'an unknown field in a reference',
      requiring({ ...meshTls, apiGroup: '' }),
      [`UNKNOWN_FIELD ${refs}[0].apiGroup`],
    ],
    [
      'a target without kind and name',
      targeting({}),
      ['MISSING spec.targetRef.kind', 'MISSING spec.targetRef.name'],
    ],
    ['a kind that is a number', targeting({ ...server, kind: 7 }), ['WRONG_TYPE spec.targetRef.kind']],
    ['a group in upper case', targeting({ ...server, group: 'Policy' }), ['WRONG_FORM spec.targetRef.group']],
    [
      'a name of 300 characters',
      targeting({ ...server, name: 'a'.repeat(300) }),
      ['TOO_LONG spec.targetRef.name'],
    ],
    [
      'a name that no object can have',
      targeting({ ...server, name: 'Web_1' }),
      ['NOT_A_NAME spec.targetRef.name'],
    ],
    [
      'a kind of 64 letters',
      targeting({ ...server, kind: 'K'.repeat(64) }),
      ['TOO_LONG spec.targetRef.kind'],
    ],
    [
      'a target of another kind',
      targeting({ kind: 'Pod', name: 'a' }),
      ['TARGET_NOT_SUPPORTED spec.targetRef.kind'],
    ],
    [
      'a Server of the core group',
      targeting({ kind: 'Server', name: 'a' }),
      ['TARGET_NOT_SUPPORTED spec.targetRef.group'],
    ],
    [
      'a foreign namespace',
      targeting({ kind: 'Namespace', name: 'other' }),
      ['TARGET_IN_ANOTHER_NAMESPACE spec.targetRef.name'],
    ],
    [
      'no list of references',
      { targetRef: server, requiredAuthenticationRefs: meshTls },
      [`WRONG_TYPE ${refs}`],
    ],
    ['a reference that is a string', requiring('client'), [`WRONG_TYPE ${refs}[0]`]],
    [
      'a reference of another kind',
      requiring({ kind: 'User', name: 'a' }),
      [`AUTHENTICATION_NOT_SUPPORTED ${refs}[0].kind`],
    ],
    [
      'an authentication of the core group',
      requiring({ kind: 'NetworkAuthentication', name: 'a' }),
      [`AUTHENTICATION_NOT_SUPPORTED ${refs}[0].group`],
    ],
    [
      'a namespace that is no name',
      requiring({ ...meshTls, namespace: 'a.b' }),
      [`NOT_A_NAME ${refs}[0].namespace`],
    ],
    [
      'more references than anyone writes',
      requiring(...Array.from({ length: 17 }, () => network)),
      [`AUTHENTICATION_REPEATED ${refs}`, `TOO_MANY ${refs}`],
    ],
    ['two identities', requiring(meshTls, meshTls), [`AUTHENTICATION_REPEATED ${refs}`]],
    ['two service accounts', requiring(serviceAccount, serviceAccount), [`AUTHENTICATION_REPEATED ${refs}`]],
    ['two networks', requiring(network, network), [`AUTHENTICATION_REPEATED ${refs}`]],
    [
      'a service account beside an identity',
      requiring(meshTls, serviceAccount),
      [`AUTHENTICATIONS_EXCLUDE_EACH_OTHER ${refs}`],
    ],
    [
      'several faults, which are all told at once',
      {
        targetRef: { kind: 'Pod', name: 'a' },
        requiredAuthenticationRefs: [{ kind: 'User', name: '' }],
        x: 1,
      },
      [
        'UNKNOWN_FIELD spec.x',
        `TOO_SHORT ${refs}[0].name`,
        'TARGET_NOT_SUPPORTED spec.targetRef.kind',
        `AUTHENTICATION_NOT_SUPPORTED ${refs}[0].kind`,
      ],
    ],
  ])('is refused for %s', (_rule, json, expected) => {
    expect(problemsOf(json)).toEqual(expected);
  });

  it('is refused in a few words, however large it is', () => {
    const items = Array.from({ length: 100_000 }, () => 'x');
    const fields = Object.fromEntries(items.map((_, index) => [`field${index}`, 1]));
    expect(problemsOf({ ...requiring(...items), ...fields }).length).toBeLessThan(50);
  });

  it('is read or refused, never thrown at, whatever it is', () => {
    const answers = fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const read = readAuthorizationPolicySpec({ targetRef: a, requiredAuthenticationRefs: b }, 'shop');
      return 'spec' in read || read.problems.length > 0;
    });
    expect(fc.check(answers)).toMatchObject({ failed: false });
  });
});

describe('a name', () => {
  it.each([
    ['web', []],
    ['a.b-c.1', []],
    ['', ['MISSING']],
    ['a'.repeat(254), ['TOO_LONG']],
    ['-a', ['NOT_A_NAME']],
    ['a_b', ['NOT_A_NAME']],
    ['a/../b', ['NOT_A_NAME']],
    ['a\n', ['NOT_A_NAME']],
  ])('%p of an object', (name, codes) => {
    expect(checkName(name, 'name').map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    ['shop', []],
    ['a.b', ['NOT_A_NAME']],
    ['a'.repeat(64), ['TOO_LONG']],
    ['', ['MISSING']],
  ])('%p of a namespace', (name, codes) => {
    expect(checkNamespaceName(name, 'namespace').map(({ code }) => code)).toEqual(codes);
  });
});
