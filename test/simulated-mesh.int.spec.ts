import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { DesiredState } from '@mcp/events';
import { ClusterConnection, isKubernetesError, LeaseElector } from '@mcp/kubernetes';
import { KubernetesClusterSource, KubernetesPolicyTarget } from '@mcp/cluster';
import { managedObjects } from '@mcp/linkerd';
import type { ResourceKind } from '@mcp/mesh';
import { formatResourceKey } from '@mcp/mesh';
import type { SimulatedMesh } from '@mcp/simulated-mesh';
import { startSimulatedMesh } from '@mcp/simulated-mesh';
import type { ObservedObject } from '@mcp/sources';
import { CutProxy } from '@mcp/testing';
import { KubeConfig } from '@kubernetes/client-node';
import { pictureOf } from '../libs/kubernetes/test/mirroring-handler.js';
import { reflectorContract, type ReflectedCollection } from '../libs/kubernetes/src/reflector.contract.js';
import { policyTargetContract } from '../libs/sources/src/policy-target.contract.js';

// bookmarks come more often than the reflectors here take silence for a lost connection
const start = (paceMs = 0) =>
  startSimulatedMesh({ port: 0, host: '127.0.0.1', seed: '7', paceMs, bookmarkMs: 1_000 });

interface Raw {
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

const valueOf = ({ metadata }: Pick<Raw, 'metadata'>) => metadata.annotations?.['value'] ?? '';
const nothingListens = 1;

/** Leases, which nothing else writes, in a mesh that lives. */
async function leases(): Promise<ReflectedCollection> {
  const mesh = await start(50);
  const port = Number(new URL(mesh.url).port);
  const proxy = await CutProxy.start(port);
  const connection = ClusterConnection.toServer(`http://127.0.0.1:${proxy.port}`);
  const direct = ClusterConnection.toServer(mesh.url);
  const pathOf = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  for (const name of ['one', 'two']) {
    await direct.request('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  }
  return {
    connection,
    resource: { group: 'coordination.k8s.io', versions: ['v1'], plural: 'leases' },
    slim: valueOf,
    namespaces: ['one', 'two'],
    put: async (namespace, name, value) => {
      const body = { metadata: { name, annotations: { value } } };
      try {
        await direct.request('PUT', `${pathOf(namespace)}/${name}`, { body });
      } catch (error) {
        if (!isKubernetesError(error, 'NOT_FOUND')) throw error;
        await direct.request('POST', pathOf(namespace), { body });
      }
    },
    delete: async (namespace, name) => {
      try {
        await direct.request('DELETE', `${pathOf(namespace)}/${name}`);
      } catch (error) {
        if (!isKubernetesError(error, 'NOT_FOUND')) throw error;
      }
    },
    picture: async () => {
      const { body } = await direct.request('GET', '/apis/coordination.k8s.io/v1/leases');
      return pictureOf(
        (body as { items: Raw[] }).items.map(({ metadata }) => {
          const { namespace, name, uid, resourceVersion } = metadata;
          return { namespace, name, uid, resourceVersion, value: valueOf({ metadata }) };
        }),
      );
    },
    loseContact: () => {
      proxy.retarget(nothingListens);
      proxy.cut();
    },
    regainContact: () => proxy.retarget(port),
    forgetHistory: async () => mesh.compact(),
    close: async () => {
      await connection.close();
      await direct.close();
      await proxy.stop();
      await mesh.close();
    },
  };
}

reflectorContract('a simulated mesh', leases);

policyTargetContract('a simulated mesh', async () => {
  const mesh = await start(50);
  const connection = ClusterConnection.toServer(mesh.url);
  const pathOf = ({ kind, namespace, name }: DesiredState['key']) => {
    const { group, version, plural } = managedObjects(kind);
    return `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`;
  };
  await connection.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'apply' } } });
  return {
    target: new KubernetesPolicyTarget(connection),
    namespace: 'apply',
    missingNamespace: 'nowhere',
    put: async (key, spec, manager) => {
      await connection.request('PATCH', pathOf(key), {
        body: { spec: managedObjects(key.kind).render(spec) },
        query: { fieldManager: manager },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
    },
    remove: async (key) => {
      await connection.request('DELETE', pathOf(key));
    },
    close: async () => {
      await connection.close();
      await mesh.close();
    },
  };
});

describe('a simulated mesh behind the adapters for a cluster', () => {
  let mesh: SimulatedMesh;
  let connection: ClusterConnection;
  const ends: AbortController[] = [];
  const running: Promise<unknown>[] = [];

  beforeAll(async () => {
    mesh = await start();
    connection = new ClusterConnection(() => {
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromString(mesh.kubeconfig);
      return kubeConfig;
    });
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) end.abort();
    await Promise.all(running.splice(0));
  });
  afterAll(async () => {
    await connection.close();
    await mesh.close();
  });

  function ending(): AbortSignal {
    const end = new AbortController();
    ends.push(end);
    return end.signal;
  }

  async function until(what: string, condition: () => boolean): Promise<void> {
    const deadline = performance.now() + 15_000;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`not within 15 s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** What a cluster source tells: the objects, the phase of each kind. */
  function observe(source: KubernetesClusterSource) {
    const objects = new Map<string, ObservedObject>();
    const phases = new Map<ResourceKind, string>();
    const tell = (object: ObservedObject) => objects.set(formatResourceKey(object.key), object);
    const run = source.run(
      {
        listed: (_kind, listed) => {
          for (const object of listed) tell(object);
        },
        observed: tell,
        deleted: ({ key }) => objects.delete(formatResourceKey(key)),
        phaseChanged: (kind, phase) => phases.set(kind, phase),
      },
      ending(),
    );
    running.push(run);
    return { objects, phases };
  }

  it('has every kind of the mesh, live, and every object of it can be read', async () => {
    const source = new KubernetesClusterSource({ connection, scope: 'all', controlPlane: {} });
    expect(await source.identity()).toEqual({ source: 'simulated', id: '7' });
    const { objects, phases } = observe(source);
    await until(
      'all kinds live',
      () => phases.size === 17 && [...phases.values()].every((phase) => phase === 'live'),
    );
    expect([...objects.values()].filter((object) => 'problem' in object)).toEqual([]);
    const kinds = new Set([...objects.values()].map(({ kind }) => kind));
    expect([...phases.keys()].filter((kind) => !kinds.has(kind))).toEqual([]);
    expect(objects.get('ControlPlane/linkerd/linkerd-destination')).toMatchObject({
      state: {
        trustDomain: 'cluster.local',
        controlPlaneNamespace: 'linkerd',
        defaultPolicy: 'all-unauthenticated',
        clusterNetworks: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'],
        probeNetworks: ['0.0.0.0/0', '::/0'],
      },
    });
    expect(objects.get('AuthorizationPolicy/payments/payments-from-orders')).toMatchObject({
      state: { gitOps: expect.stringMatching(/argo/i) },
    });
  });

  it('shows the pods of its life, as they come and go', async () => {
    const { objects, phases } = observe(
      new KubernetesClusterSource({ connection, scope: ['ledger'], controlPlane: {} }),
    );
    await until('pods live', () => phases.get('Pod') === 'live');
    for (let step = 0; step < 15; step++) mesh.step();
    const finished = () =>
      [...objects.values()].filter(
        (object) => object.kind === 'Pod' && 'state' in object && object.state.phase === 'Succeeded',
      );
    await until('the hourly report has run', () => finished().length === 1);
    expect(finished()).toMatchObject([
      { podShape: { meshed: true, governed: true, serviceAccount: 'report' } },
    ]);
  });

  it('lets one of two hold a lease, and the other take it over', async () => {
    const timing = { leaseDurationMs: 2_000, renewDeadlineMs: 1_200, retryMs: 100 };
    const candidate = (identity: string) => {
      const end = new AbortController();
      ends.push(end);
      const elector = new LeaseElector({
        connection,
        namespace: 'linkerd',
        name: 'collector',
        identity,
        timing,
      });
      running.push(
        elector.run(
          (term) =>
            new Promise<void>((resolve) => term.addEventListener('abort', () => resolve(), { once: true })),
          end.signal,
        ),
      );
      return { elector, end };
    };
    const a = candidate('a');
    await until('a leads', () => a.elector.leading);
    const b = candidate('b');
    await until('b sees a', () => b.elector.holder === 'a');
    a.end.abort();
    await until('b leads', () => b.elector.leading);
    expect(a.elector.leading).toBe(false);
  });
});
