import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterConnection } from '@mcp/kubernetes';
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
  await installLinkerdCrds(admin, ['authorizationpolicies.policy.linkerd.io']);
}, 90_000);

afterAll(async () => {
  await Promise.all([admin.close(), restricted.close()]);
  await server.stop();
});

const collection = '/apis/policy.linkerd.io/v1alpha1/namespaces/default/authorizationpolicies';

policyTargetContract('a cluster', async () => ({
  target,
  namespace: 'default',
  missingNamespace: 'nowhere',
  put: async ({ name }, spec, manager) => {
    await admin.request('PATCH', `${collection}/${name}`, {
      body: { spec },
      query: { fieldManager: manager },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  },
  remove: async ({ name }) => {
    await admin.request('DELETE', `${collection}/${name}`);
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
      message: 'this cluster does not have AuthorizationPolicy (policy.linkerd.io); is Linkerd installed?',
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
  }, 30_000);
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
