import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { Life } from './life.js';
import { ObjectStore } from './object-store.js';
import { seededRandom } from './random.js';
import { Registry } from './registry.js';
import type { ResourceType } from './resource-type.js';
import { resources } from './resource-type.js';
import { replicaBoundsAnnotation } from './scene/scene-object.js';
import { buildScene } from './scene/build-scene.js';
import { WorkloadControllers } from './workload-controllers.js';

function meshOf(seed: string, scene = true) {
  const store = new ObjectStore({ firstResourceVersion: 0, historyLimit: 100_000 });
  if (scene) buildScene(store, seed);
  const builtAt = store.resourceVersion;
  let seconds = 0;
  const now = () => Date.UTC(2026, 5, 1) + 1000 * (seconds += 1);
  const registry = new Registry(store, { now, uidOf: ({ name }, version) => `${name}-${version}` });
  const workloads = new WorkloadControllers(registry, seededRandom(`${seed}/pods`), now);
  const life = new Life(registry, workloads, seededRandom(`${seed}/life`));
  const changes = () =>
    (store.changesAfter(builtAt) ?? []).map(
      ({ type, object }) => `${type} ${object.kind} ${object.metadata.name}`,
    );
  return { store, registry, workloads, life, changes };
}

const settle = ({ workloads }: ReturnType<typeof meshOf>) => {
  for (let step = 0; step < 100 && workloads.step(); step++);
};
const count = (store: ObjectStore, type: ResourceType, namespace: string, app: string) =>
  store.list(type, namespace).filter(({ metadata }) => metadata.labels?.['app'] === app).length;
const specOf = (object: KubernetesObject | undefined) => object?.['spec'] as JsonObject;
const by = { manager: 'tester' };

describe('life', () => {
  it('is the same for the same seed and another for another', () => {
    const lives = ['a', 'a', 'b'].map((seed) => {
      const mesh = meshOf(seed);
      for (let step = 0; step < 15; step++) mesh.life.step();
      return mesh.changes();
    });
    expect(lives[0]!.length).toBeGreaterThan(10);
    expect(lives[1]).toEqual(lives[0]);
    expect(lives[2]).not.toEqual(lives[0]);
  });

  it('scales, rolls and runs the hourly job, and stays within bounds for twelve hours', () => {
    const mesh = meshOf('seed');
    const revisionsOf = ({ metadata }: KubernetesObject) =>
      count(mesh.store, resources.ReplicaSet, metadata.namespace ?? '', metadata.name);
    const wanted = new Set<unknown>();
    const outOfBounds = () =>
      mesh.store.list(resources.Deployment).filter((deployment) => {
        const bounds = deployment.metadata.annotations?.[replicaBoundsAnnotation]?.split('-').map(Number);
        const { replicas } = specOf(deployment);
        if (deployment.metadata.name === 'web') wanted.add(replicas);
        return bounds !== undefined && !(Number(replicas) >= bounds[0]! && Number(replicas) <= bounds[1]!);
      });
    for (let step = 0; step < 144; step++) {
      mesh.life.step();
      expect(outOfBounds()).toEqual([]);
    }
    expect(wanted.size).toBeGreaterThan(1);
    const seen = mesh.changes();
    expect(seen.filter((change) => change.startsWith('ADDED Job report-'))).toHaveLength(12);
    expect(seen.filter((change) => change.startsWith('ADDED ReplicaSet'))).not.toHaveLength(0);
    expect(mesh.store.list(resources.Job)).toHaveLength(3);
    expect(Math.max(...mesh.store.list(resources.Deployment).map(revisionsOf))).toBe(3);
    settle(mesh);
    const web = mesh.store.get(resources.Deployment, 'shop', 'web');
    expect(count(mesh.store, resources.Pod, 'shop', 'web')).toBe(specOf(web)['replicas']);
  });
});

describe('the workload controllers', () => {
  it('roll a Deployment one pod at a time, with never fewer running than wanted', () => {
    const mesh = meshOf('seed');
    const name = { type: resources.Deployment, namespace: 'shop', name: 'web' };
    const old = mesh.store.list(resources.Pod, 'shop').map(({ metadata }) => metadata.name);
    const container = { name: 'web', image: 'registry.example/shop/web:2.0.0' };
    const spec = { template: { spec: { containers: [container] } } };
    mesh.registry.merge(name, { spec }, by);
    const pods = () =>
      mesh.store.list(resources.Pod, 'shop').filter(({ metadata }) => metadata.labels?.['app'] === 'web');
    const running: number[] = [];
    const total: number[] = [];
    while (mesh.workloads.step()) {
      total.push(pods().length);
      running.push(pods().filter((pod) => (pod['status'] as JsonObject)['phase'] === 'Running').length);
    }
    expect(Math.min(...running)).toBe(3);
    expect(Math.max(...total)).toBe(4);
    expect(pods()).toHaveLength(3);
    expect(pods().filter(({ metadata }) => old.includes(metadata.name))).toEqual([]);
  });

  it('bring back a pod that was deleted, under the same name where the name is its place', () => {
    const mesh = meshOf('seed');
    const before = mesh.store.get(resources.Pod, 'ledger', 'ledger-db-0');
    mesh.registry.delete({ type: resources.Pod, namespace: 'ledger', name: 'ledger-db-0' });
    settle(mesh);
    const after = mesh.store.get(resources.Pod, 'ledger', 'ledger-db-0');
    expect(after?.['status']).toMatchObject({ phase: 'Running' });
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  it('make pods of what a user creates, with the proxy where the namespace asks for it', () => {
    const mesh = meshOf('seed', false);
    mesh.registry.create(
      resources.Namespace,
      '',
      { metadata: { name: 'mine', annotations: { 'linkerd.io/inject': 'enabled' } } },
      by,
    );
    const template = {
      metadata: {
        labels: { app: 'x' },
        annotations: { 'config.linkerd.io/skip-outbound-ports': '3000-3010' },
      },
      spec: { containers: [{ name: 'x', ports: [{ containerPort: 5432 }] }] },
    };
    mesh.registry.create(
      resources.Deployment,
      'mine',
      { metadata: { name: 'x' }, spec: { replicas: 2, template } },
      by,
    );
    settle(mesh);
    const pods = mesh.store.list(resources.Pod, 'mine');
    expect(pods).toHaveLength(2);
    expect((specOf(pods[0])['containers'] as { name: string }[]).map(({ name }) => name)).toEqual([
      'linkerd-proxy',
      'x',
    ]);
    expect(specOf(pods[0])['initContainers']).toEqual([
      {
        name: 'linkerd-init',
        image: expect.any(String),
        args: expect.arrayContaining([
          ...['--inbound-ports-to-ignore', '4190,4191,4567,4568'],
          ...['--outbound-ports-to-ignore', '3000-3010'],
        ]),
      },
    ]);
    expect(pods[0]?.metadata.annotations).toMatchObject({ 'config.linkerd.io/opaque-ports': '5432' });
    expect(pods[0]?.metadata.labels).toMatchObject({ app: 'x', 'linkerd.io/proxy-deployment': 'x' });
  });

  it('are not stopped by a workload that no pod can be made of', () => {
    const mesh = meshOf('seed');
    mesh.registry.create(
      resources.Deployment,
      'shop',
      { metadata: { name: 'a' }, spec: { template: 7 } },
      by,
    );
    mesh.registry.create(resources.CronJob, 'shop', { metadata: { name: 'a' }, spec: 'none' }, by);
    mesh.registry.create(
      resources.DaemonSet,
      'shop',
      { metadata: { name: 'b' }, spec: { template: { metadata: { labels: { 'not ok': 1 } }, spec: {} } } },
      by,
    );
    mesh.registry.create(
      resources.StatefulSet,
      'shop',
      { metadata: { name: 'c'.repeat(252) }, spec: { template: { spec: {} } } },
      by,
    );
    mesh.registry.delete({ type: resources.Pod, namespace: 'ledger', name: 'ledger-db-0' });
    for (let step = 0; step < 24; step++) mesh.life.step();
    expect(mesh.store.get(resources.Pod, 'ledger', 'ledger-db-0')).toBeDefined();
  });
});
