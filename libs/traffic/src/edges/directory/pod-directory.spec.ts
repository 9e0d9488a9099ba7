import { describe, expect, it } from '@jest/globals';
import type { WorkloadRef } from '@mcp/mesh';
import type { ProxyClaim } from '@mcp/sources';
import { Cluster, identity } from '../../../test/cluster.js';
import { claim } from '../../../test/reading.js';
import { PodDirectory } from './pod-directory.js';

const minutes = 60_000;
const web = { namespace: 'shop', kind: 'Deployment', name: 'web' };

function shop(): Cluster {
  return new Cluster().linkerd().deployment('shop/web', ['10.0.0.1']);
}

/** The workload whose proxy it is, or why that is not known. */
function ownerOf(directory: PodDirectory, proxy: ProxyClaim) {
  const pod = directory.podOf(proxy);
  return typeof pod === 'string' ? pod : directory.workloadOf(pod);
}

describe('the workload of a pod', () => {
  it('is the top of its owners, also where they become known after it', () => {
    const late = new Cluster()
      .pod('shop/web-1-a', '10.0.0.1', { owner: 'shop/ReplicaSet/web-1' })
      .controller('shop/ReplicaSet/web-1', 'shop/Deployment/web');
    for (const cluster of [shop(), late])
      expect(ownerOf(cluster.directory, claim('shop/web-1-a@10.0.0.1'))).toEqual(web);
  });

  it('is another one as soon as its owners are', () => {
    const cluster = new Cluster().pod('shop/web-1-a', '10.0.0.1', { owner: 'shop/ReplicaSet/web-1' });
    const { directory } = cluster;
    const proxy = claim('shop/web-1-a@10.0.0.1');
    expect(ownerOf(directory, proxy)).toEqual({ ...web, kind: 'ReplicaSet', name: 'web-1' });
    cluster.controller('shop/ReplicaSet/web-1', 'shop/Deployment/web');
    directory.evolve(cluster.events.at(-1)!);
    expect(ownerOf(directory, proxy)).toEqual(web);
  });

  it('stays known for fifteen minutes after the pod and its owners are gone, and no longer than twenty', () => {
    const cluster = shop()
      .delete('Controller', 'shop/Deployment/web')
      .delete('Controller', 'shop/ReplicaSet/web-1')
      .delete('Pod', 'shop/web-1-a', 'shop/web-1-a')
      .wait(15 * minutes)
      .pod('shop/other', '10.0.0.9');
    const proxy = claim('shop/web-1-a@10.0.0.1');
    expect(ownerOf(cluster.directory, proxy)).toEqual(web);
    expect(cluster.directory.workloadNamed('shop', 'ReplicaSet', 'web-1')).toEqual(web);
    expect([...cluster.directory.pods()].map(({ name }) => name)).toEqual(['other']);

    cluster.wait(5 * minutes).pod('shop/another', '10.0.0.10');
    expect(ownerOf(cluster.directory, proxy)).toBe('pod-unknown');
    expect(cluster.directory.workloadNamed('shop', 'ReplicaSet', 'web-1')).toBeUndefined();
    expect(cluster.directory.workloadsRunningAs(identity('web.shop'))).toEqual([]);
  });

  it('is of the last 20,000 that are gone at the most', () => {
    const cluster = new Cluster();
    for (const name of ['first', 'second'])
      cluster.pod(`shop/${name}`, '10.0.0.1').delete('Pod', `shop/${name}`);
    const { directory } = cluster;
    for (let index = 0; index < 19_999; index += 1)
      for (const event of new Cluster().pod(`bulk/p${index}`, '10.1.1.1').delete('Pod', `bulk/p${index}`)
        .events)
        directory.evolve(event);
    directory.evolve(cluster.events[0]!);
    expect(directory.workloadOfPodNamed('shop', 'first')).toBeUndefined();
    expect(directory.workloadOfPodNamed('shop', 'second')).toEqual({
      namespace: 'shop',
      kind: 'Pod',
      name: 'second',
    });
  });

  it('is told of two lives of one name by the address, and by the name alone of the one that runs', () => {
    const cluster = new Cluster()
      .controller('shop/StatefulSet/old')
      .controller('shop/StatefulSet/new')
      .pod('shop/db-0', '10.0.0.1', { uid: 'one', owner: 'shop/StatefulSet/old', createdAt: 2_000 })
      .delete('Pod', 'shop/db-0', 'one')
      .pod('shop/db-0', '10.0.0.2', { uid: 'two', owner: 'shop/StatefulSet/new' });
    const named = (name: string) => ({ namespace: 'shop', kind: 'StatefulSet', name });
    expect(ownerOf(cluster.directory, claim('shop/db-0@10.0.0.1'))).toEqual(named('old'));
    expect(ownerOf(cluster.directory, claim('shop/db-0@10.0.0.2'))).toEqual(named('new'));
    expect(cluster.directory.workloadOfPodNamed('shop', 'db-0')).toEqual(named('new'));
  });

  it('is of the pod that claims an address while no other one runs there', () => {
    const cluster = new Cluster().pod('shop/job', '10.0.0.1', { phase: 'Failed' });
    const job = { namespace: 'shop', kind: 'Pod', name: 'job' };
    expect(ownerOf(cluster.directory, claim('shop/job@10.0.0.1'))).toEqual(job);
    cluster.pod('shop/other', '10.0.0.1');
    expect(ownerOf(cluster.directory, claim('shop/job@10.0.0.1'))).toBe('address-reused');
    expect(ownerOf(cluster.directory, claim('shop/other@10.0.0.1'))).toEqual({ ...job, name: 'other' });
    cluster.pod('shop/new', '', { ips: [] });
    expect(ownerOf(cluster.directory, claim('shop/new@10.0.0.3'))).toBe('address-unknown');
  });

  it('is remembered of a pod that cannot be read any more as of one that is gone', () => {
    const cluster = shop().record('x', 'ObjectUnreadable', {
      key: { kind: 'Pod', namespace: 'shop', name: 'web-1-a' },
      uid: 'shop-web-1-a',
      createdAt: 1_000,
      problem: { code: 'WRONG_TYPE', field: 'spec', message: 'spec is no object' },
    });
    expect(ownerOf(cluster.directory, claim('shop/web-1-a@10.0.0.1'))).toEqual(web);
    expect([...cluster.directory.pods()]).toEqual([]);
  });
});

describe('the workload that telemetry names', () => {
  it('is found by any case of its kind, and by what owns pods without being followed', () => {
    const cluster = shop()
      .pod('shop/db-1', '10.0.0.6', { owner: 'shop/Cluster/db' })
      .externalWorkload('shop', 'till', 'spiffe://shop/till');
    const { directory } = cluster;
    expect(directory.workloadNamed('shop', 'deployment', 'web')).toEqual(web);
    expect(directory.workloadNamed('shop', 'cluster', 'db')).toEqual({
      namespace: 'shop',
      kind: 'Cluster',
      name: 'db',
    });
    expect(directory.workloadNamed('shop', 'externalworkload', 'till')).toEqual({
      namespace: 'shop',
      kind: 'ExternalWorkload',
      name: 'till',
    });
    expect(directory.workloadNamed('bank', 'Deployment', 'web')).toBeUndefined();
  });
});

describe('the workloads that run as an identity', () => {
  const asWeb = identity('web.shop');

  it('are those of its meshed pods, each once, and those of external workloads', () => {
    const { directory } = shop()
      .pod('shop/web-1-b', '10.0.0.2', { owner: 'shop/ReplicaSet/web-1', account: 'web' })
      .pod('shop/bare', '10.0.0.3', { account: 'web', meshed: false })
      .externalWorkload('shop', 'till', asWeb);
    expect(directory.workloadsRunningAs(asWeb)).toEqual([
      web,
      { namespace: 'shop', kind: 'ExternalWorkload', name: 'till' },
    ]);
  });

  it('are those that did until lately where none does now', () => {
    const cluster = new Cluster()
      .linkerd()
      .pod('shop/run-1', '10.0.0.1', { account: 'batch.v2', phase: 'Succeeded' });
    const proven = identity('batch.v2.shop');
    const run = { namespace: 'shop', kind: 'Pod', name: 'run-1' };
    expect(cluster.directory.workloadsRunningAs(proven)).toEqual([run]);
    cluster.pod('shop/run-2', '10.0.0.2', { account: 'batch.v2' });
    expect(cluster.directory.workloadsRunningAs(proven)).toEqual([{ ...run, name: 'run-2' }]);
  });

  it('are none of another trust domain, nor while the settings of the control plane are not known', () => {
    expect(shop().directory.workloadsRunningAs(identity('web.shop', 'other.example'))).toEqual([]);
    expect(shop().delete('ControlPlane', 'linkerd/linkerd').directory.workloadsRunningAs(asWeb)).toEqual([]);
  });

  it('are known where the shape of the pods becomes known after them', () => {
    const { events } = shop();
    const late = new Cluster();
    const { directory } = late;
    const shapes = events.filter(({ type }) => type === 'PodShapeObserved');
    for (const event of [...events.filter((other) => !shapes.includes(other)), ...shapes])
      directory.evolve(event);
    expect(directory.workloadsRunningAs(asWeb)).toEqual([web]);
  });
});

describe('a workload is gone', () => {
  const clusters: readonly [string, WorkloadRef, () => Cluster][] = [
    [
      'a Deployment',
      web,
      () => shop().delete('Controller', 'shop/ReplicaSet/web-1').delete('Controller', 'shop/Deployment/web'),
    ],
    [
      'a pod without an owner',
      { namespace: 'shop', kind: 'Pod', name: 'job' },
      () => shop().pod('shop/job', '10.0.0.7').delete('Pod', 'shop/job'),
    ],
    [
      'an external workload',
      { namespace: 'shop', kind: 'ExternalWorkload', name: 'vm' },
      () => shop().externalWorkload('shop', 'vm', identity('vm.shop')).delete('ExternalWorkload', 'shop/vm'),
    ],
  ];

  it.each(clusters)('where %s was deleted, at once and for good', (_, ref, cluster) => {
    const [deletedAt, { events }] = [
      cluster().events.findIndex(({ type }) => type.endsWith('Deleted')),
      cluster(),
    ];
    const directory = new PodDirectory();
    for (const event of events.slice(0, deletedAt)) directory.evolve(event);
    expect(directory.isGone(ref)).toBe(false);
    for (const event of events.slice(deletedAt)) directory.evolve(event);
    expect(directory.isGone(ref)).toBe(true);
    const later = cluster().wait(3_600_000).egressNetwork('shop', 'later').directory;
    expect(later.isGone(ref)).toBe(true);
  });

  it('not where it is of a namespace that is not looked at, nor where its kind is not followed and it has pods', () => {
    const cluster = shop().record('scope', 'ScopeDeclared', { namespaces: ['shop'] });
    cluster.pod('shop/pg-1', '10.0.0.8', { owner: 'shop/Cluster/pg' });
    const named = (namespace: string, kind: string, name: string) => ({ namespace, kind, name });
    const { directory } = cluster;
    expect(directory.isGone(named('elsewhere', 'Deployment', 'web'))).toBe(false);
    expect(directory.isGone(named('shop', 'Cluster', 'pg'))).toBe(false);
    expect(directory.isGone(named('shop', 'Cluster', 'other'))).toBe(true);
  });
});
