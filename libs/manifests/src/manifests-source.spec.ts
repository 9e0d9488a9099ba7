import { describe, expect, it } from '@jest/globals';
import type { ResourceKind } from '@mcp/mesh';
import { resourceKinds } from '@mcp/mesh';
import type { ClusterObserver, ObservedObject } from '@mcp/sources';
import { manifestToCommit } from './manifest-to-commit.js';
import type { ManifestObject, Manifests } from './manifests.js';
import { ManifestsSource } from './manifests-source.js';
import { ManifestsTarget } from './manifests-target.js';
import { manifestObject as object } from '../test/manifest-object.js';

const template = { spec: { containers: [{ name: 'policy', args: ['--default-policy=deny'] }] } };
const policy = {
  targetRef: { kind: 'Namespace', name: 'shop' },
  requiredAuthenticationRefs: [],
};
const objects = [
  object('v1', 'Namespace', { name: 'shop' }),
  object('apps/v1', 'Deployment', { namespace: 'shop', name: 'web' }, { template }),
  object('apps/v1', 'Deployment', { namespace: 'linkerd', name: 'linkerd-destination' }, { template }),
  object(
    'policy.linkerd.io/v1beta3',
    'Server',
    { namespace: 'shop', name: 'good' },
    { podSelector: {}, port: 80 },
  ),
  object('policy.linkerd.io/v1beta3', 'Server', { namespace: 'other', name: 'bad' }, { port: 80 }),
  object('policy.linkerd.io/v1alpha1', 'AuthorizationPolicy', { namespace: 'shop', name: 'web' }, policy),
  object('policy.linkerd.io/v9', 'Server', { namespace: 'shop', name: 'new' }),
  object('v1', 'ConfigMap', { namespace: 'shop', name: 'a' }),
  object('v1', 'ConfigMap', { namespace: 'shop', name: 'b' }),
];
const manifests: Manifests = {
  path: '/picture',
  files: 1,
  objects,
  notObjects: ['documents that are no objects'],
};

/** Everything that the source tells, by kind. */
async function picture(source: ManifestsSource) {
  const lists = new Map<ResourceKind, readonly ObservedObject[]>();
  const phases: string[] = [];
  const observer: ClusterObserver = {
    listed: (kind, found) => {
      phases.push(`${kind} listed`);
      lists.set(kind, found);
    },
    observed: ({ key }) => phases.push(`observed ${key.name}`),
    deleted: ({ key }) => phases.push(`deleted ${key.name}`),
    phaseChanged: (kind, phase, reason) => phases.push(`${kind} ${phase} ${reason}`),
  };
  const stop = new AbortController();
  const done = source.run(observer, stop.signal);
  stop.abort();
  await done;
  const keys = (kind: ResourceKind) => lists.get(kind)?.map(({ key }) => `${key.namespace}/${key.name}`);
  return { lists, phases, keys };
}

const source = (scope: readonly string[] | 'all' = 'all', controlPlane = {}) =>
  new ManifestsSource(manifests, { scope, controlPlane });

describe('a picture of manifests', () => {
  it('is of the mesh of its path', async () => {
    expect(await source().identity()).toEqual({ source: 'manifests', id: '/picture' });
  });

  it('lists each kind once, an empty list for those that are not there, and says what it ignored', async () => {
    const { phases, lists } = await picture(source());
    expect([...lists.keys()]).toEqual(resourceKinds);
    const ignored =
      'ignored there: 2 ConfigMap, 1 Server.policy.linkerd.io/v9, 1 documents that are no objects';
    expect(phases.filter((line) => line.startsWith('Server '))).toEqual([
      'Server syncing reading /picture',
      'Server listed',
      `Server live 2 in the manifests; 1 would be refused: Server other/bad: NOT_EXACTLY_ONE spec; ${ignored}`,
    ]);
    expect(phases).toContain(`Pod live no such object in the manifests; ${ignored}`);
  });

  it('shows controllers as workloads and makes up no pods', async () => {
    const { keys } = await picture(source());
    expect(keys('Controller')).toEqual(['shop/Deployment.web', 'linkerd/Deployment.linkerd-destination']);
    expect(keys('Pod')).toEqual([]);
  });

  it('shows what it cannot read with its problem', async () => {
    const { lists } = await picture(source());
    expect(lists.get('Server')).toMatchObject([
      { state: { spec: { port: 80, accessPolicy: 'deny' } } },
      { problem: { code: 'NOT_ALLOWED', field: 'spec' } },
    ]);
  });

  it('counts what a cluster would refuse, in scope, and names the first with what is wrong first', async () => {
    const server = (namespace: string, name: string, spec: object) =>
      object('policy.linkerd.io/v1beta3', 'Server', { namespace, name }, { podSelector: {}, ...spec });
    const bad = ['a', 'b', 'c', 'd'].map((name) => server('shop', name, { port: 0 }));
    const long = server('shop', 'x'.repeat(500), { port: 0 });
    const reasonOf = async (...those: readonly ManifestObject[]) => {
      const options = { scope: ['shop'], controlPlane: {} };
      const { phases } = await picture(
        new ManifestsSource({ ...manifests, objects: those, notObjects: [] }, options),
      );
      return phases.filter((line) => line.startsWith('Server live '));
    };
    expect(await reasonOf(...bad, server('other', 'e', {}), server('shop', 'good', { port: 80 }))).toEqual([
      'Server live 5 in the manifests; 4 would be refused: ' +
        'Server shop/a: NOT_A_PORT spec.port, Server shop/b: NOT_A_PORT spec.port, Server shop/c: NOT_A_PORT spec.port, …',
    ]);
    expect(await reasonOf(long)).toEqual([
      `Server live 1 in the manifests; 1 would be refused: Server shop/${'x'.repeat(248)}…: TOO_LONG metadata.name`,
    ]);
  });

  it('reads the settings of the control plane', async () => {
    const { lists } = await picture(source('all', { trustDomain: 'example.org' }));
    expect(lists.get('ControlPlane')).toMatchObject([
      { state: { defaultPolicy: 'deny', trustDomain: 'example.org', configured: ['trustDomain'] } },
    ]);
  });

  it('has the configured settings where there is no control plane', async () => {
    const none = new ManifestsSource(
      { ...manifests, objects: [] },
      { scope: 'all', controlPlane: { trustDomain: 'a' } },
    );
    const { lists } = await picture(none);
    expect(lists.get('ControlPlane')).toMatchObject([{ state: { uid: 'configured', trustDomain: 'a' } }]);
  });

  it('shows only what is in scope', async () => {
    const { keys } = await picture(source(['shop']));
    expect(keys('Server')).toEqual(['shop/good']);
    expect(keys('Namespace')).toEqual(['/shop']);
    expect(keys('ControlPlane')).toEqual(['linkerd/linkerd-destination']);
  });
});

describe('what is reported of manifests', () => {
  const group = 'policy.linkerd.io';
  const toServer = { group, kind: 'Server', name: 'web' };
  const controllerName = 'linkerd.io/policy-controller';
  const parent = { group, kind: 'Server', namespace: 'shop', name: 'web' };
  const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted' };
  const refused = (reason: string) => ({ type: 'Accepted', status: 'False', reason });
  const web = object(
    `${group}/v1beta3`,
    'Server',
    { namespace: 'shop', name: 'web' },
    { podSelector: {}, port: 80 },
  );
  const route = (status?: object) => {
    const spec = { parentRefs: [toServer] };
    const written = object(`${group}/v1beta3`, 'HTTPRoute', { namespace: 'shop', name: 'r' }, spec);
    return { ...written, raw: { ...written.raw, ...(status && { status }) } };
  };
  const grpc = (namespace: string) =>
    object(
      'gateway.networking.k8s.io/v1',
      'GRPCRoute',
      { namespace, name: 'g' },
      { parentRefs: [{ ...toServer, namespace: 'shop' }] },
    );
  const conditions = async (
    kind: ResourceKind,
    those: readonly ManifestObject[],
    scope: readonly string[] | 'all' = 'all',
  ) => {
    const options = { scope, controlPlane: { clusterNetworks: ['10.0.0.0/8'] } };
    const { lists } = await picture(new ManifestsSource({ ...manifests, objects: those }, options));
    return lists
      .get(kind)
      ?.flatMap((found) => ('state' in found && 'conditions' in found.state ? found.state.conditions : []));
  };

  it('is computed where there is no status', async () => {
    expect(await conditions('HTTPRoute', [web, route()])).toEqual([{ controllerName, parent, ...accepted }]);
    expect(await conditions('HTTPRoute', [route()])).toEqual([
      { controllerName, parent, ...refused('NoMatchingParent') },
    ]);
  });

  it('takes the place of what the policy controller said at another moment, and of nothing that others say', async () => {
    const edge = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
    const stale = {
      parents: [
        { controllerName, parentRef: { ...parent, name: 'old' }, conditions: [accepted] },
        { controllerName, parentRef: parent, conditions: [accepted] },
        { controllerName: 'example.com/gateway', parentRef: edge, conditions: [accepted] },
      ],
    };
    expect(await conditions('HTTPRoute', [route(stale)])).toEqual([
      { controllerName: 'example.com/gateway', parent: edge, ...accepted },
      { controllerName, parent, ...refused('NoMatchingParent') },
    ]);
  });

  it('is left open where a GRPCRoute cannot be read, unless there is a status', async () => {
    const bad = object(
      'gateway.networking.k8s.io/v1',
      'GRPCRoute',
      { namespace: 'shop', name: 'g' },
      { rules: 7 },
    );
    const open = { controllerName, parent, type: 'Accepted', status: 'Unknown', reason: 'GRPCRouteNotKnown' };
    expect(await conditions('HTTPRoute', [web, route(), bad])).toEqual([open]);
    const status = { parents: [{ controllerName, parentRef: parent, conditions: [refused('Conflicted')] }] };
    expect(await conditions('HTTPRoute', [web, route(status), bad])).toEqual([
      { controllerName, parent, ...refused('Conflicted') },
    ]);
  });

  it('heeds the whole of the manifests, also what is out of scope', async () => {
    const those = [web, route(), grpc('elsewhere')];
    expect(await conditions('HTTPRoute', those, ['shop'])).toEqual([
      { controllerName, parent, ...refused('RouteReasonConflicted') },
    ]);
    expect(await conditions('GRPCRoute', those)).toEqual([{ controllerName, parent, ...accepted }]);
    expect(await conditions('GRPCRoute', those, ['shop'])).toEqual([]);
  });

  it('is computed for rate limits and egress networks', async () => {
    const limit = (name: string, creationTimestamp: string) =>
      object(
        `${group}/v1alpha1`,
        'HTTPLocalRateLimitPolicy',
        { namespace: 'shop', name, creationTimestamp },
        { targetRef: toServer, total: { requestsPerSecond: 1 } },
      );
    const limits = [limit('a', '2026-01-02T00:00:00Z'), limit('b', '2026-01-01T00:00:00Z')];
    const target = { group, kind: 'Server', name: 'web' };
    expect(await conditions('HTTPLocalRateLimitPolicy', [web, ...limits])).toEqual([
      { controllerName, parent: target, ...refused('RateLimitReasonAlreadyExists') },
      { controllerName, parent: target, ...accepted },
    ]);
    const out = object(
      `${group}/v1alpha1`,
      'EgressNetwork',
      { namespace: 'shop', name: 'out' },
      { trafficPolicy: 'Allow', networks: [{ cidr: '10.1.0.0/16' }] },
    );
    const itself = { group, kind: 'EgressNetwork', namespace: 'shop', name: 'out' };
    expect(await conditions('EgressNetwork', [out])).toEqual([
      { controllerName, parent: itself, ...refused('EgressReasonNetworkOverlap') },
    ]);
  });
});

describe('applying to manifests', () => {
  const key = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' } as const;
  const spec = {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'good' },
    requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'client' }],
  };
  const yaml = `apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata:
  name: web
  namespace: shop
spec:
  targetRef:
    group: policy.linkerd.io
    kind: Server
    name: good
  requiredAuthenticationRefs:
    - kind: ServiceAccount
      name: client
`;

  it('is answered with the YAML to commit', async () => {
    const desired = { changeId: 'c', key, spec };
    expect(manifestToCommit(desired)).toBe(yaml);
    expect(await new ManifestsTarget(manifests).apply({ desired, revision: 1, dryRun: false })).toEqual({
      answer: 'not-a-cluster',
      manifest: yaml,
    });
  });

  it('sees the object as the manifests have it, or none', async () => {
    const target = new ManifestsTarget(manifests);
    expect(await target.live(key)).toEqual({
      uid: 'uid of AuthorizationPolicy',
      resourceVersion: '',
      spec: { targetRef: { group: '', kind: 'Namespace', name: 'shop' }, requiredAuthenticationRefs: [] },
      fieldOwners: [],
    });
    expect(await target.live({ ...key, name: 'api' })).toBeUndefined();
  });
});
