import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DesiredPresence } from '@mcp/events';
import { ClusterConnection } from '@mcp/kubernetes';
import { managedObjects } from '@mcp/linkerd';
import type { Labels } from '@mcp/mesh';
import type { ApplyAnswer, PolicyApply } from '@mcp/sources';
import { TargetUnavailable } from '@mcp/sources';
import { installLinkerdCrds, type KubeApiServer, startKubeApiServer } from '@mcp/testing';
import { policyTargetContract } from '../../sources/src/policy-target.contract.js';
import { KubernetesPolicyTarget } from './kubernetes-policy-target.js';

let server: KubeApiServer;
let admin: ClusterConnection;
let restricted: ClusterConnection;
let target: KubernetesPolicyTarget;
let withoutLinkerd: ApplyAnswer;
const { signal } = new AbortController();

beforeAll(async () => {
  server = await startKubeApiServer();
  admin = ClusterConnection.fromKubeconfig(server.kubeconfigPath);
  restricted = ClusterConnection.fromKubeconfig(server.restrictedKubeconfigPath);
  target = new KubernetesPolicyTarget(admin);
  withoutLinkerd = await target.apply(wanted('early'), signal);
  await installLinkerdCrds(admin);
}, 90_000);

afterAll(async () => {
  await Promise.all([admin.close(), restricted.close()]);
  await server.stop();
});

const collection = '/apis/policy.linkerd.io/v1alpha1/namespaces/default/authorizationpolicies';

function pathOf({ kind, namespace, name }: DesiredPresence['key']): string {
  const { group, version, plural } = managedObjects(kind);
  return `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`;
}

policyTargetContract('a cluster', async () => ({
  target,
  namespace: 'default',
  missingNamespace: 'nowhere',
  put: async (key, spec, manager) => {
    await admin.request('PATCH', pathOf(key), {
      body: { spec: managedObjects(key.kind).render(spec) },
      query: { fieldManager: manager },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  },
  remove: async (key) => {
    await admin.request('DELETE', pathOf(key));
  },
  close: async () => undefined,
}));

function wanted(name: string): PolicyApply {
  return {
    desired: {
      changeId: 'change-1',
      key: { kind: 'AuthorizationPolicy', namespace: 'default', name },
      spec: {
        targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' },
        requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'client' }],
      },
    },
    revision: 1,
    dryRun: false,
  };
}

const live = (name: string) => target.live(wanted(name).desired.key, signal);

describe('applying to a cluster', () => {
  it('makes us the manager of the whole spec and of nothing else', async () => {
    await target.apply(wanted('owned'), signal);
    expect((await live('owned'))?.fieldOwners).toEqual([
      {
        manager: 'linkerd-mcp',
        operation: 'Apply',
        at: expect.any(Number),
        paths: [
          'spec.requiredAuthenticationRefs',
          'spec.targetRef.group',
          'spec.targetRef.kind',
          'spec.targetRef.name',
        ],
      },
    ]);
  });

  it('is stale where the version alone says that the object has changed', async () => {
    await target.apply(wanted('labelled'), signal);
    const planned = await live('labelled');
    await admin.request('PATCH', `${collection}/labelled`, {
      body: { metadata: { labels: { seen: 'yes' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    const apply = { ...wanted('labelled'), live: planned! };
    expect(await target.apply(apply, signal)).toEqual({ answer: 'stale' });
  });

  it('selects all pods where it selected some before', async () => {
    const key = { kind: 'Server', namespace: 'default', name: 'widened' } as const;
    const desired = (matchLabels: Labels): DesiredPresence => ({
      changeId: 'change-1',
      key,
      spec: {
        selects: 'pods',
        selector: { matchLabels, matchExpressions: [] },
        port: 80,
        proxyProtocol: 'unknown',
        accessPolicy: 'deny',
      },
    });
    const apply = { desired: desired({ app: 'web' }), revision: 1, dryRun: false };
    await target.apply(apply, signal);
    const planned = await target.live(key, signal);
    const widened = { ...apply, desired: desired({}), revision: 2, live: planned! };
    expect(await target.apply({ ...widened, dryRun: true }, signal)).toMatchObject({ answer: 'applied' });
    await target.apply(widened, signal);
    expect(await target.live(key, signal)).toMatchObject({ spec: desired({}).spec });
  });

  it('would not make an object as desired to which others add, and says where', async () => {
    const spec = {
      selects: 'pods',
      selector: { matchLabels: { app: 'web' }, matchExpressions: [] },
      port: 80,
      proxyProtocol: 'unknown',
      accessPolicy: 'deny',
    } as const;
    const key = { kind: 'Server', namespace: 'default', name: 'narrowed' } as const;
    const apply = { desired: { changeId: 'change-1', key, spec }, revision: 1, dryRun: false };
    await target.apply(apply, signal);
    await admin.request('PATCH', pathOf(key), {
      body: { spec: { podSelector: { matchLabels: { tier: 'front' } } } },
      query: { fieldManager: 'kubectl-edit' },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    const planned = await target.live(key, signal);
    const again = { ...apply, revision: 2, live: planned!, dryRun: true };
    expect(await target.apply(again, signal)).toEqual({
      answer: 'differs',
      fields: ['spec.podSelector.matchLabels.tier'],
    });
  });

  it('is rejected where the schema forbids it', async () => {
    const { desired, ...apply } = wanted('invalid');
    const targetRef = { group: '', kind: 'K'.repeat(64), name: 'a' };
    const invalid = { ...desired, spec: { ...desired.spec, targetRef } };
    expect(await target.apply({ ...apply, desired: invalid }, signal)).toEqual({
      answer: 'rejected',
      status: 422,
      message: expect.stringContaining('spec.targetRef.kind'),
    });
  });

  it('is rejected where the cluster does not have the kind, asking for Linkerd', () => {
    expect(withoutLinkerd).toEqual({
      answer: 'rejected',
      status: 404,
      message:
        'this cluster does not have AuthorizationPolicy of policy.linkerd.io/v1alpha1; is Linkerd installed, and new enough?',
    });
  });

  it('is rejected where the namespace is missing, as the API server says it', async () => {
    const { desired, ...apply } = wanted('lost');
    const lost = { ...desired, key: { ...desired.key, namespace: 'nowhere' } };
    expect(await target.apply({ ...apply, desired: lost }, signal)).toEqual({
      answer: 'rejected',
      status: 404,
      message: 'namespaces "nowhere" not found',
    });
  });

  it('is rejected where our role does not allow it', async () => {
    const answer = await new KubernetesPolicyTarget(restricted).apply(wanted('forbidden'), signal);
    expect(answer).toEqual({
      answer: 'rejected',
      status: 403,
      message: expect.stringContaining('cannot patch'),
    });
  });
});

describe('a live object', () => {
  it('names the fields that we do not model', async () => {
    const key = { kind: 'GatewayHTTPRoute', namespace: 'default', name: 'sticky' } as const;
    await admin.request('POST', pathOf({ ...key, name: '' }).replace(/\/$/, ''), {
      body: {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: key.name },
        spec: { rules: [{ sessionPersistence: { type: 'Cookie' } }] },
      },
    });
    expect(await target.live(key, signal)).toMatchObject({
      spec: { rules: [{ backendRefs: [] }] },
      unmodelled: ['spec.rules[0].sessionPersistence'],
    });
  });

  it('has no spec where that cannot be read, but still its version and owners', async () => {
    const definition =
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/authorizationpolicies.policy.linkerd.io';
    await admin.request('PATCH', definition, {
      body: [{ op: 'remove', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/required' }],
      headers: { 'content-type': 'application/json-patch+json' },
    });
    const create = () =>
      admin.request('POST', collection, {
        body: {
          apiVersion: 'policy.linkerd.io/v1alpha1',
          kind: 'AuthorizationPolicy',
          metadata: { name: 'broken' },
          spec: {},
        },
      });
    // the API server takes a moment to use the new schema
    const deadline = Date.now() + 20_000;
    let refused: unknown;
    do
      refused = await create().then(
        () => undefined,
        (error: unknown) => error,
      );
    while (refused !== undefined && Date.now() < deadline);
    expect(await live('broken')).toMatchObject({ uid: expect.any(String), spec: undefined });
  });
});

// last, since it ends the server
describe('a server that does not answer', () => {
  it('is unavailable, which says nothing about the object', async () => {
    await server.kill();
    await expect(target.apply(wanted('down'), signal)).rejects.toThrow(TargetUnavailable);
    await expect(live('down')).rejects.toThrow(TargetUnavailable);
  });

  it('is not waited for once the caller gave up', async () => {
    await expect(target.apply(wanted('down'), AbortSignal.abort('given up'))).rejects.toBe('given up');
  });
});
