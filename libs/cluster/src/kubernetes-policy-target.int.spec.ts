import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterConnection } from '@mcp/kubernetes';
import type { LiveObject, PolicyApply } from '@mcp/sources';
import { TargetUnavailable } from '@mcp/sources';
import { installLinkerdCrds, type KubeApiServer, startKubeApiServer } from '@mcp/testing';
import { KubernetesPolicyTarget } from './kubernetes-policy-target.js';

let server: KubeApiServer;
let admin: ClusterConnection;
let restricted: ClusterConnection;
let target: KubernetesPolicyTarget;
const { signal } = new AbortController();

beforeAll(async () => {
  server = await startKubeApiServer();
  admin = ClusterConnection.fromKubeconfig(server.kubeconfigPath);
  restricted = ClusterConnection.fromKubeconfig(server.restrictedKubeconfigPath);
  target = new KubernetesPolicyTarget(admin);
  await installLinkerdCrds(admin, ['authorizationpolicies.policy.linkerd.io']);
}, 90_000);

afterAll(async () => {
  await Promise.all([admin.close(), restricted.close()]);
  await server.stop();
});

const specFor = (name: string) => ({
  targetRef: { group: 'policy.linkerd.io', kind: 'Server', name },
  requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'client' }],
});

function wanted(name: string, more: Partial<PolicyApply> = {}, namespace = 'default'): PolicyApply {
  return {
    desired: {
      changeId: 'change-1',
      key: { kind: 'AuthorizationPolicy', namespace, name },
      spec: specFor('web'),
    },
    revision: 1,
    dryRun: false,
    ...more,
  };
}

const changedTo = (apply: PolicyApply, server_: string): PolicyApply['desired'] => ({
  ...apply.desired,
  changeId: 'change-2',
  spec: specFor(server_),
});

const live = (name: string): Promise<LiveObject | undefined> => target.live(wanted(name).desired.key, signal);
const path = (name: string) =>
  `/apis/policy.linkerd.io/v1alpha1/namespaces/default/authorizationpolicies/${name}`;

/** As a person would, with a field manager of their own. */
const edit = (name: string, body: object) =>
  admin.request('PATCH', path(name), {
    body,
    query: { fieldManager: 'kubectl-edit' },
    headers: { 'content-type': 'application/merge-patch+json' },
  });

async function created(name: string): Promise<LiveObject> {
  await target.apply(wanted(name), signal);
  return (await live(name))!;
}

describe('applying to a cluster', () => {
  it('creates the object under our field manager, with the change that wrote it', async () => {
    expect(await live('new')).toBeUndefined();
    const answer = await target.apply(wanted('new'), signal);
    const object = await live('new');
    expect(answer).toEqual({
      answer: 'applied',
      uid: object?.uid,
      resourceVersion: object?.resourceVersion,
      modified: true,
    });
    expect(object).toEqual({
      uid: expect.any(String),
      resourceVersion: expect.any(String),
      spec: specFor('web'),
      change: { id: 'change-1', revision: 1 },
      fieldOwners: [
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
      ],
    });
  });

  it('changes nothing in a dry run, neither to create nor to update', async () => {
    expect(await target.apply(wanted('dry', { dryRun: true }), signal)).toMatchObject({ answer: 'applied' });
    expect(await live('dry')).toBeUndefined();

    const before = await created('dry');
    const apply = wanted('dry', { liveResourceVersion: before.resourceVersion, dryRun: true });
    await target.apply({ ...apply, desired: changedTo(apply, 'api') }, signal);
    expect(await live('dry')).toEqual(before);
  });

  it('says whether it changed anything', async () => {
    const { resourceVersion } = await created('twice');
    const again = await target.apply(wanted('twice', { liveResourceVersion: resourceVersion }), signal);
    expect(again).toMatchObject({ answer: 'applied', resourceVersion, modified: false });

    const apply = wanted('twice', { liveResourceVersion: resourceVersion, revision: 2 });
    const changed = await target.apply({ ...apply, desired: changedTo(apply, 'api') }, signal);
    expect(changed).toMatchObject({ answer: 'applied', modified: true });
    expect(await live('twice')).toMatchObject({
      spec: specFor('api'),
      change: { id: 'change-2', revision: 2 },
    });
  });

  it.each([true, false])('is stale when the object is there already, dry run %p', async (dryRun) => {
    const name = `there-${dryRun}`;
    const before = await created(name);
    expect(await target.apply(wanted(name, { dryRun }), signal)).toEqual({ answer: 'stale' });
    expect(await live(name)).toEqual(before);
  });

  it('is stale when the object has changed since', async () => {
    const { resourceVersion } = await created('moved');
    await edit('moved', { metadata: { labels: { seen: 'yes' } } });
    expect(await target.apply(wanted('moved', { liveResourceVersion: resourceVersion }), signal)).toEqual({
      answer: 'stale',
    });
  });

  it('is stale when the object was deleted since, which is not created anew', async () => {
    const { resourceVersion, uid } = await created('gone');
    await admin.request('DELETE', path('gone'));
    expect(
      await target.apply(wanted('gone', { liveResourceVersion: resourceVersion, liveUid: uid }), signal),
    ).toEqual({ answer: 'stale' });
    expect(await live('gone')).toBeUndefined();
  });

  it('is a conflict, naming manager and field, where another manager owns what would change', async () => {
    await created('owned');
    await edit('owned', { spec: { targetRef: { name: 'edited' } } });
    const { resourceVersion } = (await live('owned'))!;
    expect(await target.apply(wanted('owned', { liveResourceVersion: resourceVersion }), signal)).toEqual({
      answer: 'conflict',
      conflicts: [{ manager: 'kubectl-edit', field: 'spec.targetRef.name' }],
    });
    expect(await live('owned')).toMatchObject({ resourceVersion, spec: specFor('edited') });
  });

  it('is rejected where the namespace does not exist', async () => {
    expect(await target.apply(wanted('lost', {}, 'nowhere'), signal)).toEqual({
      answer: 'rejected',
      status: 404,
      message: expect.stringContaining('namespaces "nowhere" not found'),
    });
  });

  it('is rejected where the schema forbids it', async () => {
    const apply = wanted('invalid');
    const spec = { ...specFor('web'), targetRef: { group: '', kind: 'K'.repeat(64), name: 'a' } };
    expect(await target.apply({ ...apply, desired: { ...apply.desired, spec } }, signal)).toEqual({
      answer: 'rejected',
      status: 422,
      message: expect.stringContaining('spec.targetRef.kind'),
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
    await admin.request(
      'PATCH',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/authorizationpolicies.policy.linkerd.io',
      {
        body: [{ op: 'remove', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/required' }],
        headers: { 'content-type': 'application/json-patch+json' },
      },
    );
    const create = () =>
      admin.request('POST', path('broken').replace('/broken', ''), {
        body: {
          apiVersion: 'policy.linkerd.io/v1alpha1',
          kind: 'AuthorizationPolicy',
          metadata: { name: 'broken' },
          spec: {},
        },
      });
    // the API server takes a moment to use the new schema
    const deadline = Date.now() + 20_000;
    while (
      (await create().catch((error: unknown) => (Date.now() < deadline ? error : undefined))) instanceof Error
    );
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
