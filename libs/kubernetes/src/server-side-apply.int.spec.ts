import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startKubeApiServer, type KubeApiServer } from '@mcp/testing';
import type { ServedResource } from './api-resource.js';
import { ClusterConnection } from './cluster-connection.js';
import { isKubernetesError, type FieldConflict } from './errors.js';
import type { KubernetesObject } from './kubernetes-object.js';
import {
  applyObject,
  deleteObject,
  getObject,
  type ApplyRequest,
  type ExpectedObject,
} from './server-side-apply.js';

const gadgets: ServedResource = { group: 'test.example.com', version: 'v1', plural: 'gadgets' };
const object = { namespace: 'default', name: 'lamp' };
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.test.example.com' },
  spec: {
    group: 'test.example.com',
    scope: 'Namespaced',
    names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { color: { type: 'string', maxLength: 20 }, size: { type: 'integer' } },
              },
            },
          },
        },
      },
    ],
  },
};

describe('server-side apply to a real kube-apiserver', () => {
  let server: KubeApiServer;
  let connection: ClusterConnection;

  beforeAll(async () => {
    server = await startKubeApiServer();
    connection = ClusterConnection.fromKubeconfig(server.kubeconfigPath);
    await connection.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      body: definition,
    });
    await untilServed();
  }, 120_000);
  beforeEach(async () => {
    const live = await read();
    if (live !== undefined)
      await deleteObject(connection, { resource: gadgets, object, expected: live.metadata });
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  /** A new definition is read at once, and written a little later. */
  async function untilServed(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await apply({ color: 'red' }, 'absent', { dryRun: true });
        return;
      } catch (error) {
        if (!isKubernetesError(error) || tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  function apply(spec: object, expected: ExpectedObject, more: Partial<ApplyRequest> = {}) {
    return applyObject(connection, {
      resource: gadgets,
      object,
      fields: {
        apiVersion: 'test.example.com/v1',
        kind: 'Gadget',
        metadata: { annotations: { by: 'us' } },
        spec,
      },
      fieldManager: 'us',
      expected,
      ...more,
    });
  }
  const read = () => getObject(connection, gadgets, object);
  const specOf = (found: KubernetesObject | undefined) => found?.['spec'];

  it('creates the object with our fields and owns them', async () => {
    const { created, object: made } = await apply({ color: 'red' }, 'absent');
    expect(created).toBe(true);
    expect(await read()).toEqual(made);
    expect(specOf(made)).toEqual({ color: 'red' });
    expect(made.metadata.annotations).toEqual({ by: 'us' });
    expect(made.metadata.managedFields?.map(({ manager, operation }) => [manager, operation])).toEqual([
      ['us', 'Apply'],
    ]);
  });

  it('does not touch an object that was planned as absent and is there, even with the same fields', async () => {
    await apply({ color: 'red' }, 'absent', { fieldManager: 'them' });
    const before = await read();
    await expect(apply({ color: 'red' }, 'absent')).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
      status: 409,
    });
    await expect(apply({ color: 'red' }, 'absent', { dryRun: true })).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await read()).toEqual(before);
  });

  it('changes the object at the planned version, and leaves the version when nothing changes', async () => {
    const { object: made } = await apply({ color: 'red' }, 'absent');
    const { created, object: changed } = await apply({ color: 'blue' }, made.metadata);
    expect(created).toBe(false);
    expect(specOf(await read())).toEqual({ color: 'blue' });
    const { object: again } = await apply({ color: 'blue' }, changed.metadata);
    expect(again.metadata.resourceVersion).toBe(changed.metadata.resourceVersion);
  });

  it('refuses a version that is no longer the live one', async () => {
    const { object: made } = await apply({ color: 'red' }, 'absent');
    await apply({ color: 'blue' }, made.metadata);
    await expect(apply({ color: 'green' }, made.metadata)).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(specOf(await read())).toEqual({ color: 'blue' });
  });

  it('does not bring back an object that was deleted since, nor change another of the same name', async () => {
    const { object: made } = await apply({ color: 'red' }, 'absent');
    await deleteObject(connection, { resource: gadgets, object, expected: made.metadata });
    await expect(apply({ color: 'blue' }, made.metadata)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await read()).toBeUndefined();
    await apply({ color: 'green' }, 'absent');
    await expect(apply({ color: 'blue' }, made.metadata)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(specOf(await read())).toEqual({ color: 'green' });
  });

  it('stores nothing in a dry run, and answers what it would', async () => {
    const { created, object: imagined } = await apply({ color: 'red' }, 'absent', { dryRun: true });
    expect([created, specOf(imagined)]).toEqual([true, { color: 'red' }]);
    expect(await read()).toBeUndefined();
  });

  it('names the managers and fields of a conflict, and takes them only by force', async () => {
    const { object: made } = await apply({ color: 'red', size: 1 }, 'absent', {
      fieldManager: 'kubectl "client"',
    });
    const conflict = await apply({ color: 'blue', size: 2 }, made.metadata).then(
      () => undefined,
      (error: unknown) => error as FieldConflict,
    );
    expect(conflict).toMatchObject({ code: 'FIELD_CONFLICT', status: 409 });
    expect(conflict?.conflicts).toEqual([
      { manager: 'kubectl "client"', field: '.spec.color' },
      { manager: 'kubectl "client"', field: '.spec.size' },
    ]);
    expect(await read()).toEqual(made);
    await apply({ color: 'blue', size: 2 }, made.metadata, { force: true });
    expect(specOf(await read())).toEqual({ color: 'blue', size: 2 });
  });

  it('is rejected for good when the schema says no', async () => {
    await expect(apply({ color: 'x'.repeat(21) }, 'absent')).rejects.toMatchObject({
      code: 'REJECTED',
      status: 422,
    });
    await expect(apply({ color: 5 }, 'absent')).rejects.toMatchObject({ code: 'REJECTED' });
    await expect(apply({ colour: 'red' }, 'absent')).rejects.toMatchObject({ code: 'REJECTED' });
    expect(await read()).toBeUndefined();
  });

  it('says which of namespace, permission and server is missing', async () => {
    const elsewhere = { object: { namespace: 'nowhere', name: 'lamp' } };
    await expect(apply({}, 'absent', elsewhere)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      rawMessage: 'namespaces "nowhere" not found',
    });
    const restricted = ClusterConnection.fromKubeconfig(server.restrictedKubeconfigPath);
    await expect(getObject(restricted, gadgets, object)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      status: 403,
    });
    await restricted.close();
    const nowhere = ClusterConnection.toServer('http://127.0.0.1:1');
    await expect(getObject(nowhere, gadgets, object)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await nowhere.close();
  });

  it('deletes only the planned life and version of an object', async () => {
    const { object: made } = await apply({ color: 'red' }, 'absent');
    const { uid, resourceVersion } = made.metadata;
    const remove = (expected: { uid: string; resourceVersion: string }, dryRun = false) =>
      deleteObject(connection, { resource: gadgets, object, expected, dryRun });
    await expect(remove({ uid: 'another', resourceVersion })).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    await expect(remove({ uid, resourceVersion: '2' })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await remove({ uid, resourceVersion }, true)).toBe('deleted');
    expect(await read()).toEqual(made);
    expect(await remove({ uid, resourceVersion })).toBe('deleted');
    expect(await read()).toBeUndefined();
    expect(await remove({ uid, resourceVersion })).toBe('already-gone');
  });
});
