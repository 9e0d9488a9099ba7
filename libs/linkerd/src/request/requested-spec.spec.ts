import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { managedKinds, type ManagedKind } from '@mcp/events';
import { anySpec } from '../../test/any-spec.js';
import { managedObjects } from '../managed-objects.js';
import { checkName, checkNamespaceName } from './object-name.js';
import { readRequestedSpec } from './requested-spec.js';

const server = { group: 'policy.linkerd.io', kind: 'Server', name: 'web-http' };
const meshTls = { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'clients' };
const network = { group: 'policy.linkerd.io', kind: 'NetworkAuthentication', name: 'nets' };
const serviceAccount = { kind: 'ServiceAccount', name: 'client' };
const refs = 'spec.requiredAuthenticationRefs';
const policy = { kind: 'AuthorizationPolicy', namespace: 'shop' } as const;

function requiring(...requiredAuthenticationRefs: unknown[]) {
  return { targetRef: server, requiredAuthenticationRefs };
}
function targeting(targetRef: unknown) {
  return { targetRef, requiredAuthenticationRefs: [] };
}

function problemsOfKind(kind: ManagedKind, json: unknown): string[] {
  const read = readRequestedSpec({ kind, namespace: 'shop' }, json);
  return 'problems' in read ? read.problems.map(({ code, field }) => `${code} ${field}`) : [];
}

function problemsOf(json: unknown): string[] {
  return problemsOfKind('AuthorizationPolicy', json);
}

describe('the spec of an AuthorizationPolicy that someone asks for', () => {
  it('is read into our vocabulary, no group being the core group', () => {
    expect(readRequestedSpec(policy, requiring({ ...serviceAccount, namespace: 'other' }, network))).toEqual({
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
    expect(readRequestedSpec(policy, json)).toHaveProperty('spec');
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
      [`AUTHENTICATION_REPEATED ${refs}`],
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
      const read = readRequestedSpec(policy, { targetRef: a, requiredAuthenticationRefs: b });
      return 'spec' in read || read.problems.length > 0;
    });
    expect(fc.check(answers)).toMatchObject({ failed: false });
  });
});

const service = { group: '', kind: 'Service', name: 'web', namespace: 'shop', port: 80 };
const header = { type: 'Exact', name: 'x-tenant', value: 'a' };
const modifier = { set: [{ name: 'x-seen', value: '1' }] };
const httpRule = {
  matches: [
    {
      path: { type: 'PathPrefix', value: '/orders' },
      headers: [header],
      queryParams: [{ type: 'RegularExpression', name: 'page', value: '[0-9]+' }],
      method: 'GET',
    },
  ],
  filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: modifier }],
  backendRefs: [{ ...service, weight: 3 }],
  timeouts: { request: '10s', backendRequest: '2s' },
};

/** Of each kind a spec that says all that it can, as the API server keeps it. */
const fullSpecs: { readonly [K in ManagedKind]: Readonly<Record<string, unknown>> } = {
  Server: {
    podSelector: {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }],
    },
    port: 'http',
    proxyProtocol: 'HTTP/2',
    accessPolicy: 'audit',
  },
  AuthorizationPolicy: requiring({ ...serviceAccount, namespace: 'other' }, network),
  MeshTLSAuthentication: { identityRefs: [{ ...serviceAccount, namespace: 'other' }] },
  NetworkAuthentication: { networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] },
  HTTPRoute: { parentRefs: [server], hostnames: ['web.example.org'], rules: [httpRule] },
  GatewayHTTPRoute: {
    parentRefs: [{ ...service, sectionName: 'http' }],
    rules: [
      {
        ...httpRule,
        filters: [{ type: 'ExtensionRef', extensionRef: { group: 'a.b', kind: 'C', name: 'd' } }],
      },
    ],
  },
  GRPCRoute: {
    parentRefs: [service],
    rules: [
      {
        matches: [{ method: { type: 'Exact', service: 'shop.Orders', method: 'List' }, headers: [header] }],
        backendRefs: [{ ...service, weight: 1 }],
      },
    ],
  },
  HTTPLocalRateLimitPolicy: {
    targetRef: server,
    total: { requestsPerSecond: 100 },
    identity: { requestsPerSecond: 10 },
    overrides: [{ requestsPerSecond: 50, clientRefs: [{ ...serviceAccount, namespace: 'other' }] }],
  },
};

describe.each(managedKinds)('the spec of a %s that someone asks for', (kind) => {
  const full = fullSpecs[kind];
  const object = { kind, namespace: 'shop' } as const;
  const { render } = managedObjects(kind);

  it('is written as it was asked for', () => {
    const read = readRequestedSpec(object, full);
    expect('spec' in read ? render(read.spec) : read).toEqual(full);
  });

  it('is taken with the version that it is written in, and in no other', () => {
    expect(readRequestedSpec({ ...object, version: managedObjects(kind).version }, full)).toHaveProperty(
      'spec',
    );
    expect(readRequestedSpec({ ...object, version: 'v9' }, full)).toMatchObject({
      problems: [{ field: 'apiVersion' }],
    });
  });

  it('is refused for a field that its schema lacks, wherever it is', () => {
    for (const [path, changed] of withOneFieldMore(full, 'spec'))
      expect([path, problemsOfKind(kind, changed)]).toEqual([path, [`UNKNOWN_FIELD ${path}.notThere`]]);
  });

  it('comes out as it went in, or is refused', () => {
    fc.assert(
      fc.property(anySpec[kind], (spec) => {
        const read = readRequestedSpec(object, JSON.parse(JSON.stringify(render(spec))));
        expect('spec' in read ? read.spec : spec).toEqual(spec);
      }),
    );
  });

  it('is read or refused, never thrown at, whatever it is', () => {
    const names = Object.keys(full);
    const document = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    const answers = fc.property(fc.oneof(document, fc.jsonValue()), (json) => {
      const read = readRequestedSpec(object, json);
      return 'spec' in read || read.problems.length > 0;
    });
    expect(fc.check(answers)).toMatchObject({ failed: false });
  });
});

describe('a spec that someone asks for', () => {
  it('says the defaults that it leaves out', () => {
    expect(readRequestedSpec({ kind: 'Server', namespace: 'shop' }, { podSelector: {}, port: 80 })).toEqual({
      spec: {
        selects: 'pods',
        selector: { matchLabels: {}, matchExpressions: [] },
        port: 80,
        proxyProtocol: 'unknown',
        accessPolicy: 'deny',
      },
    });
    const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: 'a.b' } };
    expect(
      readRequestedSpec({ kind: 'HTTPRoute', namespace: 'shop' }, { rules: [{ filters: [redirect] }] }),
    ).toMatchObject({
      spec: {
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            filters: [{ type: 'RequestRedirect', detail: { hostname: 'a.b', statusCode: 302 } }],
          },
        ],
      },
    });
  });

  it.each([
    [
      'GatewayHTTPRoute',
      { rules: [{ ...httpRule, sessionPersistence: {} }] },
      ['FIELD_NOT_MODELLED spec.rules[0].sessionPersistence'],
    ],
    [
      'HTTPRoute',
      { rules: [{ backendRefs: [{ ...service, filters: httpRule.filters }] }] },
      ['FIELD_NOT_MODELLED spec.rules[0].backendRefs[0].filters'],
    ],
    [
      'HTTPRoute',
      {
        rules: [
          {
            filters: [
              {
                ...httpRule.filters[0],
                requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: '/' } },
              },
            ],
          },
        ],
      },
      ['FIELD_NOT_MODELLED spec.rules[0].filters[0].requestRedirect'],
    ],
    ['HTTPRoute', { parentRefs: [{ ...server, name: 'Web_1' }] }, ['NOT_A_NAME spec.parentRefs[0].name']],
    ['Server', { podSelector: {}, port: 0 }, ['NOT_A_PORT spec.port']],
    ['Server', { podSelector: {}, externalWorkloadSelector: {}, port: 80 }, ['NOT_EXACTLY_ONE spec']],
    [
      'NetworkAuthentication',
      { networks: [{ cidr: '10.0.0.0/33' }] },
      ['NOT_A_NETWORK spec.networks[0].cidr'],
    ],
    ['GRPCRoute', undefined, ['MISSING spec']],
  ] as const)('of a %s is refused for what would be lost or refused: %p', (kind, json, expected) => {
    expect(problemsOfKind(kind, json)).toEqual(expected);
  });

  it('is refused without a stack too deep, however deep it is', () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    expect(problemsOf({ ...requiring(), targetRef: deep })).toContain('UNKNOWN_FIELD spec.targetRef.a');
  });
});

/** The document with one field more, once for each object in it that has fields of its own. */
function withOneFieldMore(value: unknown, path: string): [string, unknown][] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) =>
      withOneFieldMore(item, `${path}[${index}]`).map(([at, changed]): [string, unknown] => [
        at,
        value.map((other: unknown, n) => (n === index ? changed : other)),
      ]),
    );
  if (typeof value !== 'object' || value === null) return [];
  return [
    [path, { ...value, notThere: 'x' }],
    ...Object.entries(value).flatMap(([name, field]) =>
      // labels may have any name
      name === 'matchLabels'
        ? []
        : withOneFieldMore(field, `${path}.${name}`).map(([at, changed]): [string, unknown] => [
            at,
            { ...value, [name]: changed },
          ]),
    ),
  ];
}

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
