import { describe, expect, it } from '@jest/globals';
import { parseAuthorizationPolicy } from './authorization-policy.js';
import { parseEgressNetwork } from './egress-network.js';
import { parseHTTPLocalRateLimitPolicy } from './http-local-rate-limit-policy.js';
import { parseHTTPRoute } from './http-route.js';
import { rawIdentity, rawObject } from '../../test/raw-object.js';

const spec = { targetRef: { kind: 'Namespace', name: 'shop' }, requiredAuthenticationRefs: [] };

function policy(metadata: Readonly<Record<string, unknown>>) {
  const parsed = parseAuthorizationPolicy(rawObject({ metadata, spec }));
  return 'value' in parsed ? parsed.value : parsed;
}

describe('what every policy object has around its spec', () => {
  it('is identity, labels, spec, and empty lists where nothing else is said', () => {
    expect(policy({ labels: { team: 'a' } })).toEqual({
      ...rawIdentity,
      labels: { team: 'a' },
      spec: { targetRef: { group: '', kind: 'Namespace', name: 'shop' }, requiredAuthenticationRefs: [] },
      fieldOwners: [],
      conditions: [],
    });
  });

  it.each([
    ['without a name', { name: undefined }, 'metadata.name'],
    ['without a uid', { uid: '' }, 'metadata.uid'],
    ['without a creation time', { creationTimestamp: null }, 'metadata.creationTimestamp'],
    ['with a creation time in words', { creationTimestamp: 'yesterday' }, 'metadata.creationTimestamp'],
    ['with labels that are a list', { labels: [] }, 'metadata.labels'],
  ])('an object %s has a problem', (_rule, metadata, field) => {
    expect(policy(metadata)).toMatchObject({ problem: { field } });
  });
});

describe('the change that wrote an object last', () => {
  const annotated = (annotations: Readonly<Record<string, string>>) => policy({ annotations });

  it('is named by both of our annotations', () => {
    expect(
      annotated({ 'mcp.linkerd-mcp.dev/change-id': 'c1', 'mcp.linkerd-mcp.dev/revision': '3' }),
    ).toMatchObject({ change: { id: 'c1', revision: 3 } });
  });

  it.each([
    ['only the change id', { 'mcp.linkerd-mcp.dev/change-id': 'c1' }],
    ['only the revision', { 'mcp.linkerd-mcp.dev/revision': '3' }],
    [
      'a revision that is no number',
      { 'mcp.linkerd-mcp.dev/change-id': 'c', 'mcp.linkerd-mcp.dev/revision': 'x' },
    ],
    ['revision zero', { 'mcp.linkerd-mcp.dev/change-id': 'c', 'mcp.linkerd-mcp.dev/revision': '0' }],
  ])('is unknown from %s', (_rule, annotations) => {
    expect(annotated(annotations as Readonly<Record<string, string>>)).not.toHaveProperty('change');
  });
});

describe('who owns which field', () => {
  const entry = (manager: string, fieldsV1: unknown, operation = 'Apply') => ({
    manager,
    operation,
    time: '2026-01-02T03:04:05Z',
    fieldsV1,
  });
  const at = rawIdentity.createdAt;
  const ownersOf = (managedFields: unknown) => policy({ managedFields });

  it('is told by dotted paths, sorted by manager, operation and path', () => {
    const fields = {
      'f:spec': {
        'f:targetRef': { '.': {}, 'f:name': {}, 'f:kind': {} },
        'f:requiredAuthenticationRefs': {},
        'f:parents': { 'k:{"name":"a"}': { '.': {}, 'f:port': {} }, 'v:"x"': {} },
      },
    };
    expect(ownersOf([entry('b', fields, 'Update'), entry('b', fields), entry('a', fields)])).toMatchObject({
      fieldOwners: [
        ['a', 'Apply'],
        ['b', 'Apply'],
        ['b', 'Update'],
      ].map(([manager, operation]) => ({
        manager,
        operation,
        at,
        paths: [
          'spec.parents["x"]',
          'spec.parents[{"name":"a"}].port',
          'spec.requiredAuthenticationRefs',
          'spec.targetRef.kind',
          'spec.targetRef.name',
        ],
      })),
    });
  });

  it('leaves out managers of status alone, and marks that tools leave for themselves', () => {
    expect(
      ownersOf([
        entry('policy-controller', { 'f:status': { 'f:conditions': {} } }, 'Update'),
        entry('linkerd-mcp', {
          'f:metadata': { 'f:annotations': { '.': {}, 'f:mcp.linkerd-mcp.dev/change-id': {} } },
          'f:spec': { 'f:targetRef': {} },
        }),
        entry(
          'kubectl',
          {
            'f:metadata': {
              'f:annotations': { 'f:kubectl.kubernetes.io/last-applied-configuration': {}, 'f:note': {} },
            },
          },
          'Update',
        ),
      ]),
    ).toMatchObject({
      fieldOwners: [
        { manager: 'kubectl', operation: 'Update', at, paths: ['metadata.annotations.note'] },
        { manager: 'linkerd-mcp', operation: 'Apply', at, paths: ['spec.targetRef'] },
      ],
    });
  });

  it('does not follow fields that are nested without end', () => {
    let deep: Record<string, unknown> = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { 'f:a': deep };
    expect(ownersOf([entry('a', deep)])).toMatchObject({ problem: { code: 'OUT_OF_RANGE' } });
  });
});

describe('the GitOps tool that owns an object', () => {
  const manager = (name: string) => ({
    managedFields: [{ manager: name, operation: 'Apply', fieldsV1: { 'f:spec': { 'f:a': {} } } }],
  });
  it.each([
    [
      'Argo CD, by its tracking annotation',
      'Argo CD',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } },
    ],
    ['Argo CD, by its label', 'Argo CD', { labels: { 'argocd.argoproj.io/instance': 'x' } }],
    ['Argo CD, by its manager', 'Argo CD', manager('argocd-controller')],
    ['Argo CD, by its older manager', 'Argo CD', manager('argocd-application-controller')],
    [
      'Flux, by the label of a Kustomization',
      'Flux',
      { labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' } },
    ],
    ['Flux, by the label of a release', 'Flux', { labels: { 'helm.toolkit.fluxcd.io/name': 'x' } }],
    ['Flux, by its manager', 'Flux', manager('kustomize-controller')],
  ])('is %s', (_rule, tool, metadata) => {
    expect(policy(metadata)).toMatchObject({ gitOps: tool });
  });

  it('is none where a Helm chart names its instance', () => {
    expect(policy({ labels: { 'app.kubernetes.io/instance': 'x' }, ...manager('helm') })).not.toHaveProperty(
      'gitOps',
    );
  });
});

describe('what the policy controller reports', () => {
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: type,
    message: 'changes',
    lastTransitionTime: '2026-01-02T03:04:05Z',
    observedGeneration: 4,
  });

  it('of a route is kept per parent, in an order of our own', () => {
    const parents = [
      {
        controllerName: 'linkerd.io/policy-controller',
        parentRef: { kind: 'Server', name: 'b', namespace: 'shop' },
        conditions: [condition('Accepted', 'True')],
      },
      {
        controllerName: 'example.com/gateway',
        parentRef: { group: 'gateway.networking.k8s.io', name: 'a' },
        conditions: [condition('ResolvedRefs', 'True'), condition('Accepted', 'False')],
      },
    ];
    const gateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'a' };
    const expected = {
      value: {
        conditions: [
          {
            controllerName: 'example.com/gateway',
            parent: gateway,
            type: 'Accepted',
            status: 'False',
            reason: 'Accepted',
          },
          {
            controllerName: 'example.com/gateway',
            parent: gateway,
            type: 'ResolvedRefs',
            status: 'True',
            reason: 'ResolvedRefs',
          },
          {
            controllerName: 'linkerd.io/policy-controller',
            parent: { group: 'policy.linkerd.io', kind: 'Server', namespace: 'shop', name: 'b' },
            type: 'Accepted',
            status: 'True',
            reason: 'Accepted',
          },
        ],
      },
    };
    expect(parseHTTPRoute(rawObject({ spec: {}, status: { parents } }))).toMatchObject(expected);
    expect(
      parseHTTPRoute(rawObject({ spec: {}, status: { parents: [...parents].reverse() } })),
    ).toMatchObject(expected);
  });

  it('of a rate limit is about the Server it targets', () => {
    const raw = rawObject({
      spec: { targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 's' } },
      status: { targetRef: { name: 's' }, conditions: [condition('Accepted', 'True')] },
    });
    expect(parseHTTPLocalRateLimitPolicy(raw)).toMatchObject({
      value: {
        conditions: [
          {
            controllerName: 'linkerd.io/policy-controller',
            parent: { group: 'policy.linkerd.io', kind: 'Server', name: 's' },
            type: 'Accepted',
            status: 'True',
            reason: 'Accepted',
          },
        ],
      },
    });
  });

  it('of an egress network is about itself', () => {
    const raw = rawObject({
      spec: { trafficPolicy: 'Deny' },
      status: { conditions: [condition('Accepted', 'False')] },
    });
    expect(parseEgressNetwork(raw)).toMatchObject({
      value: {
        conditions: [
          {
            controllerName: 'linkerd.io/policy-controller',
            parent: { group: 'policy.linkerd.io', kind: 'EgressNetwork', namespace: 'shop', name: 'web' },
            type: 'Accepted',
            status: 'False',
            reason: 'Accepted',
          },
        ],
      },
    });
  });
});
