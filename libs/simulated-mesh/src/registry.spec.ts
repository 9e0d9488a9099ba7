import { beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from './kubernetes-object.js';
import { ObjectStore } from './object-store.js';
import { Registry } from './registry.js';
import { resources } from './resource-type.js';
import { ApiFault } from './status.js';

let registry: Registry;
const by = { manager: 'tester' };

beforeEach(() => {
  const store = new ObjectStore({ firstResourceVersion: 0, historyLimit: 100 });
  registry = new Registry(store, { now: () => 0, uidOf: ({ name }, version) => `uid-${name}-${version}` });
  registry.create(resources.Namespace, '', manifest('Namespace', 'shop'), by);
});

function manifest(kind: string, name: string, rest: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  const apiVersion =
    kind === 'Deployment' ? 'apps/v1' : kind === 'Server' ? 'policy.linkerd.io/v1beta3' : 'v1';
  return { apiVersion, kind, metadata: { name, ...metadata }, ...rest };
}

const deploymentName = { type: resources.Deployment, namespace: 'shop', name: 'web' };
const create = (rest: JsonObject = {}, metadata: JsonObject = {}) =>
  registry.create(resources.Deployment, 'shop', manifest('Deployment', 'web', rest, metadata), by);

/** The failure as a client sees it. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiFault)
      return `${error.status.code} ${error.status.reason ?? ''}: ${error.message}`;
    throw error;
  }
  return 'not refused';
}

describe('create', () => {
  it('gives the object a uid, a version, a time, a generation and its owner', () => {
    expect(
      create({ spec: { replicas: 1 }, status: { replicas: 7 } }, { uid: '', creationTimestamp: 'x' }),
    ).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'web',
        namespace: 'shop',
        uid: 'uid-web-2',
        resourceVersion: '2',
        creationTimestamp: '1970-01-01T00:00:00Z',
        generation: 1,
        managedFields: [
          {
            manager: 'tester',
            operation: 'Update',
            apiVersion: 'apps/v1',
            time: '1970-01-01T00:00:00Z',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:spec': { 'f:replicas': {} } },
          },
        ],
      },
      spec: { replicas: 1 },
    });
  });

  it.each<[string, () => unknown, string]>([
    [
      'a second object of the same name',
      () => [create(), create()],
      '409 AlreadyExists: deployments.apps "web" already exists',
    ],
    [
      'a namespace that does not exist',
      () => registry.create(resources.Deployment, 'none', manifest('Deployment', 'web'), by),
      '404 NotFound: namespaces "none" not found',
    ],
    [
      'another namespace in the body',
      () => create({}, { namespace: 'other' }),
      '400 BadRequest: the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'a version',
      () => create({}, { resourceVersion: '1' }),
      '400 BadRequest: resourceVersion should not be set on objects to be created',
    ],
    [
      'another kind',
      () => registry.create(resources.Deployment, 'shop', manifest('Pod', 'web'), by),
      '400 BadRequest: the API version in the data (v1, Kind=Pod) does not match the expected API version (apps/v1, Kind=Deployment)',
    ],
    [
      'no object',
      () => registry.create(resources.Deployment, 'shop', [], by),
      '400 BadRequest: the body must be an object',
    ],
    [
      'a label that is no text',
      () => create({}, { labels: { a: 1 } }),
      '422 Invalid: Deployment.apps "web" is invalid: metadata.labels: Invalid value: must be a map of strings',
    ],
  ])('refuses %s', (_, act, expected) => {
    expect(refusal(act)).toBe(expected);
  });

  it('refuses a name that is too long or no DNS name, and a missing one', () => {
    const named = (name: unknown) =>
      refusal(() => registry.create(resources.Pod, 'shop', { metadata: { name } }, by));
    expect(named('a'.repeat(300))).toMatch(/^422 Invalid: .*no more than 253 characters$/);
    expect(named('No_Name')).toMatch(/^422 Invalid: .*RFC 1123/);
    expect(named(undefined)).toMatch(/^422 Invalid: .*name or generateName is required$/);
  });

  it('writes nothing in a dry run, but shows what it would', () => {
    const shown = registry.create(resources.Deployment, 'shop', manifest('Deployment', 'web'), {
      ...by,
      dryRun: true,
    });
    expect(shown.metadata.resourceVersion).toBe('');
    expect(registry.store.list(resources.Deployment)).toEqual([]);
    expect(registry.store.resourceVersion).toBe(1);
  });
});

describe('replace and merge', () => {
  it('raise the generation with the spec only, and the version with every change', () => {
    create({ spec: { replicas: 1 } });
    const labelled = registry.merge(deploymentName, { metadata: { labels: { a: 'b' } } }, by);
    const scaled = registry.merge(deploymentName, { spec: { replicas: 2 } }, by);
    const same = registry.merge(deploymentName, { spec: { replicas: 2 } }, by);
    expect(
      [labelled, scaled, same].map(({ metadata }) => [metadata.resourceVersion, metadata.generation]),
    ).toEqual([
      ['3', 1],
      ['4', 2],
      ['4', 2],
    ]);
  });

  it('write the status at its own address only, and there nothing else', () => {
    create({ spec: { replicas: 1 } });
    const status = { spec: { replicas: 9 }, status: { replicas: 1 } };
    const subresource = registry.merge(deploymentName, status, { ...by, subresource: 'status' });
    expect([subresource['spec'], subresource['status']]).toEqual([{ replicas: 1 }, { replicas: 1 }]);
    const whole = registry.merge(deploymentName, { spec: { replicas: 2 }, status: { replicas: 9 } }, by);
    expect([whole['spec'], whole['status']]).toEqual([{ replicas: 2 }, { replicas: 1 }]);
  });

  it('remove a field by null, or by leaving it out of the replacement', () => {
    create({ spec: { a: 1, b: 2, c: 3 } });
    expect(registry.merge(deploymentName, { spec: { a: null } }, by)['spec']).toEqual({ b: 2, c: 3 });
    expect(
      registry.update(deploymentName, manifest('Deployment', 'web', { spec: { c: 3 } }), by)['spec'],
    ).toEqual({ c: 3 });
  });

  it('are refused at another version or another life of the name than the writer says', () => {
    create();
    const stale = { metadata: { resourceVersion: '1' } };
    const conflict =
      '409 Conflict: Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again';
    expect(refusal(() => registry.merge(deploymentName, stale, by))).toBe(conflict);
    expect(
      refusal(() => registry.apply(deploymentName, manifest('Deployment', 'web', {}, stale.metadata), by)),
    ).toBe(conflict);
    expect(refusal(() => registry.merge(deploymentName, { metadata: { uid: 'other' } }, by))).toBe(
      '422 Invalid: Deployment.apps "web" is invalid: metadata.uid: Invalid value: "other": field is immutable',
    );
    const replacement = manifest('Deployment', 'web', {}, { uid: 'other' });
    expect(refusal(() => registry.update(deploymentName, replacement, by))).toBe(
      '409 Conflict: Operation cannot be fulfilled on deployments.apps "web": Precondition failed: UID in precondition: other, UID in object meta: uid-web-2',
    );
    expect(registry.store.resourceVersion).toBe(2);
  });

  it('are refused where there is no object', () => {
    expect(refusal(() => registry.merge(deploymentName, {}, by))).toBe(
      '404 NotFound: deployments.apps "web" not found',
    );
  });
});

describe('apply', () => {
  const server = { type: resources.Server, namespace: 'shop', name: 'web' };
  const config = (port: unknown) => manifest('Server', 'web', { spec: { podSelector: {}, port } });

  it('creates the object, with defaults that nobody owns', () => {
    const created = registry.apply(server, config(80), by);
    expect(created['spec']).toEqual({
      podSelector: {},
      port: 80,
      proxyProtocol: 'unknown',
      accessPolicy: 'deny',
    });
    expect(created.metadata.managedFields?.map(({ fieldsV1 }) => fieldsV1)).toEqual([
      { 'f:spec': { 'f:podSelector': {}, 'f:port': {} } },
    ]);
  });

  it('changes nothing when applied again', () => {
    const first = registry.apply(server, config(80), by);
    expect(registry.apply(server, config(80), by)).toEqual(first);
  });

  it('answers a conflict as an API server does, and writes nothing', () => {
    const first = registry.apply(server, config(80), by);
    let status: unknown;
    try {
      registry.apply(server, config(81), { manager: 'other' });
    } catch (error) {
      status = (error as ApiFault).status;
    }
    expect(status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "tester": .spec.port',
      reason: 'Conflict',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "tester"', field: '.spec.port' }],
      },
      code: 409,
    });
    expect(registry.store.get(resources.Server, 'shop', 'web')).toEqual(first);
    expect(registry.apply(server, config(81), { manager: 'other', force: true })['spec']).toMatchObject({
      port: 81,
    });
  });

  it('shows in a dry run what it would write', () => {
    const first = registry.apply(server, config(80), by);
    const shown = registry.apply(server, config(81), { ...by, dryRun: true });
    expect([shown['spec'], shown.metadata.resourceVersion]).toEqual([
      { podSelector: {}, port: 81, proxyProtocol: 'unknown', accessPolicy: 'deny' },
      first.metadata.resourceVersion,
    ]);
    expect(registry.store.get(resources.Server, 'shop', 'web')).toEqual(first);
  });
});

describe('delete', () => {
  it('is refused at another uid or version', () => {
    create();
    expect(refusal(() => registry.delete(deploymentName, { uid: 'other' }))).toMatch(
      /^409 Conflict: .*UID in precondition: other/,
    );
    expect(refusal(() => registry.delete(deploymentName, { resourceVersion: '1' }))).toMatch(
      /^409 Conflict: .*ResourceVersion in the precondition \(1\)/,
    );
    registry.delete(deploymentName, { uid: 'uid-web-2', resourceVersion: '2', dryRun: true });
    expect(registry.store.list(resources.Deployment)).toHaveLength(1);
    registry.delete(deploymentName, { uid: 'uid-web-2', resourceVersion: '2' });
    expect(registry.store.list(resources.Deployment)).toEqual([]);
  });

  it('takes along what the object owns, directly or not, and what lives in a namespace', () => {
    const owned = (owner: { metadata: { uid: string } }) => ({
      ownerReferences: [{ uid: owner.metadata.uid }],
    });
    const deployment = create();
    const set = registry.create(
      resources.ReplicaSet,
      'shop',
      { metadata: { name: 'web-1', ...owned(deployment) } },
      by,
    );
    registry.create(resources.Pod, 'shop', { metadata: { name: 'web-1-x', ...owned(set) } }, by);
    registry.create(resources.Pod, 'shop', { metadata: { name: 'bare' } }, by);
    registry.delete(deploymentName);
    expect([...registry.store.all()].map(([, { metadata }]) => metadata.name)).toEqual(['shop', 'bare']);
    registry.delete({ type: resources.Namespace, namespace: '', name: 'shop' });
    expect([...registry.store.all()]).toEqual([]);
  });
});
