import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { validate } from './validate.js';
import { noteMeanings, violationRules } from './violation-rules.js';

describe('an object', () => {
  it.each([
    ['is no object of Kubernetes when it is a list', [], 'not-an-object'],
    ['is no object of Kubernetes when it is null', null, 'not-an-object'],
    ['is no object of Kubernetes without a kind', { apiVersion: 'v1' }, 'not-an-object'],
    ['is not judged when Linkerd has no rules for its kind', { apiVersion: 'v1', kind: 'Pod' }, 'other-kind'],
    [
      'is not judged when its kind is of another group',
      { apiVersion: 'example.io/v1beta3', kind: 'Server' },
      'other-kind',
    ],
    [
      'is not judged when it is a workload outside the cluster',
      { apiVersion: 'workload.linkerd.io/v1beta1', kind: 'ExternalWorkload' },
      'other-kind',
    ],
    [
      'is not judged when its kind is another one of the Gateway API',
      { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' },
      'other-kind',
    ],
    [
      'is not judged when its version is of another Gateway API',
      { apiVersion: 'gateway.networking.k8s.io/v1alpha3', kind: 'TLSRoute' },
      'other-version',
    ],
    [
      'is not judged by the name of something that every object has',
      { apiVersion: 'gateway.networking.k8s.io/constructor', kind: 'TLSRoute' },
      'other-version',
    ],
  ])('%s', (_rule, object, reason) => {
    expect(validate(object)).toMatchObject({ judged: false, reason });
  });

  it.each([
    [
      'policy.linkerd.io/v1beta3',
      'Serverr',
      'policy.linkerd.io has no kind "Serverr"; it must be one of AuthorizationPolicy, EgressNetwork, HTTPLocalRateLimitPolicy, HTTPRoute, MeshTLSAuthentication, NetworkAuthentication, Server, ServerAuthorization',
    ],
    [
      'policy.linkerd.io/v1beta3',
      'server',
      'policy.linkerd.io has no kind "server"; it must be one of AuthorizationPolicy, EgressNetwork, HTTPLocalRateLimitPolicy, HTTPRoute, MeshTLSAuthentication, NetworkAuthentication, Server, ServerAuthorization',
    ],
    [
      'workload.linkerd.io/v1beta1',
      'Workload',
      'workload.linkerd.io has no kind "Workload"; it must be one of ExternalWorkload',
    ],
  ])('of a kind that its group of Linkerd has not is refused: %s %s', (apiVersion, kind, message) => {
    expect(validate({ apiVersion, kind, metadata: { name: 'a' }, spec: {} })).toEqual({
      judged: true,
      violations: [{ code: 'KIND_NOT_SERVED', field: 'kind', layer: 'schema', message }],
      notes: [],
    });
  });

  it.each([
    ['needs metadata', undefined, ['MISSING metadata.name']],
    ['needs a name', {}, ['MISSING metadata.name']],
    ['needs a name that is not null', { name: null }, ['MISSING metadata.name']],
    ['needs a name that is not empty', { name: '' }, ['MISSING metadata.name']],
    ['needs a name that is a text', { name: 1 }, ['WRONG_TYPE metadata.name']],
    ['needs a lower-case name', { name: 'Web' }, ['WRONG_FORM metadata.name']],
    ['needs a name without a blank', { name: 'a b' }, ['WRONG_FORM metadata.name']],
    ['needs a name without an empty label', { name: 'a..b' }, ['WRONG_FORM metadata.name']],
    ['needs a name that ends in no dash', { name: 'a-' }, ['WRONG_FORM metadata.name']],
    ['needs a name that begins with no dash', { name: '-a' }, ['WRONG_FORM metadata.name']],
    ['may have a name of labels', { name: '0.a-b.c' }, []],
    ['may have a name of 253 characters', { name: 'a'.repeat(253) }, []],
    ['has no name of 254 characters', { name: 'a'.repeat(254) }, ['TOO_LONG metadata.name']],
    ['may leave its name to the server', { generateName: 'web-' }, []],
    [
      'leaves its name to the server with what a name begins with',
      { generateName: '-' },
      ['WRONG_FORM metadata.generateName'],
    ],
    [
      'needs a name where the one to generate is empty',
      { name: '', generateName: '' },
      ['MISSING metadata.name'],
    ],
  ])('%s', (_rule, metadata, faults) => {
    const spec = { podSelector: {}, port: 1 };
    const validation = validate({ apiVersion: 'policy.linkerd.io/v1beta3', kind: 'Server', metadata, spec });
    const found = validation.judged
      ? validation.violations.map(({ layer, code, field }) => `${layer} ${code} ${field}`)
      : 'not judged';
    expect(found).toEqual(faults.map((fault) => `schema ${fault}`));
  });

  it('of a version that Linkerd does not serve is refused', () => {
    expect(validate({ apiVersion: 'policy.linkerd.io/v1', kind: 'Server', spec: {} })).toEqual({
      judged: true,
      violations: [
        {
          code: 'VERSION_NOT_SERVED',
          field: 'apiVersion',
          layer: 'schema',
          message: 'the version of "policy.linkerd.io/v1" is not one of v1alpha1, v1beta1, v1beta2, v1beta3',
        },
      ],
      notes: [],
    });
  });

  it('whose metadata has the wrong types is refused', () => {
    const metadata = { name: 'x', namespace: 1, annotations: { a: 1, b: 'x' } };
    const validation = validate({
      apiVersion: 'policy.linkerd.io/v1beta3',
      kind: 'Server',
      metadata,
      spec: { podSelector: {}, port: 1 },
    });
    expect(validation).toMatchObject({
      violations: [{ field: 'metadata.namespace' }, { field: 'metadata.annotations.a' }],
    });
  });

  it('is told what is wrong, and what would be right', () => {
    const validation = validate({
      apiVersion: 'policy.linkerd.io/v1beta3',
      kind: 'Server',
      metadata: { name: 'x' },
      spec: { podSelector: {}, port: 80, accessPolicy: 'x'.repeat(1_000_000) },
    });
    expect(validation).toEqual({
      judged: true,
      violations: [
        {
          code: 'NOT_AN_ACCESS_POLICY',
          field: 'spec.accessPolicy',
          layer: 'webhook',
          message: `spec.accessPolicy is "${'x'.repeat(80)}…"; it must be one of all-unauthenticated, all-authenticated, cluster-unauthenticated, cluster-authenticated, audit, deny`,
        },
      ],
      notes: [],
    });
  });

  it.each([
    [
      'AuthorizationPolicy',
      { kind: 'server', name: 'a' },
      'group policy.linkerd.io is missing beside kind "server"',
    ],
    [
      'AuthorizationPolicy',
      { group: '', kind: 'HTTPRoute', name: 'a' },
      'group policy.linkerd.io or gateway.networking.k8s.io is missing beside kind "HTTPRoute"',
    ],
    [
      'HTTPLocalRateLimitPolicy',
      { kind: 'Server', name: 'a' },
      'group policy.linkerd.io is missing beside kind "Server"',
    ],
  ])('is told the group that its reference leaves out: %s', (kind, targetRef, message) => {
    expect(
      validate({
        apiVersion: 'policy.linkerd.io/v1alpha1',
        kind,
        metadata: { name: 'x' },
        spec: { targetRef, requiredAuthenticationRefs: [] },
      }),
    ).toEqual({
      judged: true,
      violations: [
        { code: 'TARGET_NOT_SUPPORTED', field: 'spec.targetRef.group', layer: 'webhook', message },
      ],
      notes: [],
    });
  });

  it('is told the first hundred of its faults', () => {
    const validation = validate({
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'MeshTLSAuthentication',
      spec: { identities: Array.from({ length: 100_000 }, () => '?') },
    });
    expect(validation.judged && validation.violations.length).toBe(100);
  });

  it('is judged in time, however long its texts are', () => {
    const long = 'a'.repeat(1_000_000);
    const started = performance.now();
    for (const text of [
      long,
      `${long}!`,
      `${long} `.repeat(2),
      'a.'.repeat(500_000),
      '1'.repeat(1_000_000),
    ]) {
      validate({
        apiVersion: 'policy.linkerd.io/v1alpha1',
        kind: 'MeshTLSAuthentication',
        spec: { identities: [text, `spiffe://${text}`] },
      });
      validate({
        apiVersion: 'policy.linkerd.io/v1alpha1',
        kind: 'NetworkAuthentication',
        spec: { networks: [{ cidr: text, except: [text] }] },
      });
      validate({
        apiVersion: 'policy.linkerd.io/v1beta1',
        kind: 'ServerAuthorization',
        spec: { server: { name: text }, client: { meshTLS: { identities: [text] } } },
      });
      validate({
        apiVersion: 'policy.linkerd.io/v1beta3',
        kind: 'HTTPRoute',
        metadata: { annotations: { 'retry.linkerd.io/http': text, 'retry.linkerd.io/timeout': text } },
        spec: {
          parentRefs: [{ group: 'core', kind: 'Service', name: 'a' }],
          rules: [{ timeouts: { request: text, backendRequest: text } }],
        },
      });
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

const kinds: readonly (readonly [string, string])[] = [
  ...['v1alpha1', 'v1beta1', 'v1beta2', 'v1beta3'].flatMap((version) => [
    [`policy.linkerd.io/${version}`, 'Server'] as const,
    [`policy.linkerd.io/${version}`, 'HTTPRoute'] as const,
  ]),
  ['policy.linkerd.io/v1alpha1', 'AuthorizationPolicy'],
  ['policy.linkerd.io/v1alpha1', 'MeshTLSAuthentication'],
  ['policy.linkerd.io/v1alpha1', 'NetworkAuthentication'],
  ['policy.linkerd.io/v1alpha1', 'HTTPLocalRateLimitPolicy'],
  ['policy.linkerd.io/v1alpha1', 'EgressNetwork'],
  ['policy.linkerd.io/v1beta1', 'ServerAuthorization'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
  ['gateway.networking.k8s.io/v1', 'GRPCRoute'],
  ['gateway.networking.k8s.io/v1alpha2', 'TCPRoute'],
  ['gateway.networking.k8s.io/v1alpha2', 'TLSRoute'],
];

/** Names that the schemas know, so that junk gets to where rules read it. */
const fieldNames = (
  'targetRef requiredAuthenticationRefs group kind name namespace port sectionName podSelector matchLabels matchExpressions ' +
  'key operator values proxyProtocol accessPolicy server selector client networks cidr except meshTLS identities ' +
  'identityRefs serviceAccounts unauthenticated unauthenticatedTLS parentRefs hostnames rules matches path headers ' +
  'queryParams method service type value filters backendRefs requestHeaderModifier set add remove requestRedirect ' +
  'urlRewrite requestMirror backendRef extensionRef replaceFullPath replacePrefixMatch timeouts request backendRequest ' +
  'sessionPersistence cookieConfig total identity overrides requestsPerSecond clientRefs trafficPolicy __proto__ constructor'
).split(' ');
const words = [
  'Service',
  'Server',
  'EgressNetwork',
  'core',
  '',
  '*',
  '/',
  '(',
  '10s',
  '-1h',
  'Exact',
  'RequestRedirect',
];
const { junk } = fc.letrec<{ junk: unknown }>((tie) => ({
  junk: fc.oneof(
    { maxDepth: 7 },
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom<unknown>(...words, 0, 1, 80, 70_000, null, true),
    fc.array(tie('junk'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...fieldNames), tie('junk'), { maxKeys: 6 }),
  ),
}));

describe('whatever JSON it is', () => {
  it('an object is judged or not, and never thrown at', () => {
    const answers = fc.property(fc.jsonValue(), (value) => typeof validate(value).judged === 'boolean');
    expect(fc.check(answers, { numRuns: 500 })).toMatchObject({ failed: false });
  });

  it.each(kinds)('the spec of a %s %s is judged, by rules that are written down', (apiVersion, kind) => {
    const answers = fc.property(junk, junk, (spec, metadata) => {
      const validation = validate({ apiVersion, kind, metadata, spec });
      return (
        validation.judged &&
        validation.violations.every(({ code, message }) => code in violationRules && message !== '') &&
        validation.notes.every(({ code }) => code in noteMeanings)
      );
    });
    expect(fc.check(answers, { numRuns: 500 })).toMatchObject({ failed: false });
  });
});
