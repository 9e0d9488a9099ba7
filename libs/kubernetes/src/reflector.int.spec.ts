import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CutProxy, startKubeApiServer, type KubeApiServer } from '@mcp/testing';
import { KubeConfig } from '@kubernetes/client-node';
import type { ApiResource } from './api-resource.js';
import { ClusterConnection } from './cluster-connection.js';
import { isKubernetesError } from './errors.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { MirroringHandler, pictureOf, type Picture } from '../test/mirroring-handler.js';
import { reflectorContract, type ReflectedCollection } from './reflector.contract.js';
import { Reflector, type ReflectorOptions } from './reflector.js';

const configMaps: ApiResource = { group: '', versions: ['v1'], plural: 'configmaps' };
const pods: ApiResource = { group: '', versions: ['v1'], plural: 'pods' };

function valueOf(object: KubernetesObject): string {
  return (object['data'] as Record<string, string> | undefined)?.['value'] ?? '';
}

/** Writes and reads with plain requests, by a connection of its own. */
class Kubernetes {
  readonly connection: ClusterConnection;
  constructor(readonly server: KubeApiServer) {
    this.connection = ClusterConnection.fromKubeconfig(server.kubeconfigPath);
  }

  create(path: string, body: object) {
    return this.connection.request('POST', path, { body });
  }

  async delete(path: string) {
    await this.connection.request('DELETE', path, { body: { gracePeriodSeconds: 0 } });
  }

  async putConfigMap(namespace: string, name: string, value: string) {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const body = { metadata: { name }, data: { value } };
    try {
      await this.connection.request('PUT', `${path}/${name}`, { body });
    } catch (error) {
      if (!isKubernetesError(error, 'NOT_FOUND')) throw error;
      await this.create(path, body);
    }
  }

  async deleteConfigMap(namespace: string, name: string) {
    try {
      await this.delete(`/api/v1/namespaces/${namespace}/configmaps/${name}`);
    } catch (error) {
      if (!isKubernetesError(error, 'NOT_FOUND')) throw error;
    }
  }

  async picture(path: string, value = valueOf): Promise<Picture> {
    const { body } = await this.connection.request('GET', path, { timeoutMs: 60_000 });
    return pictureOf(
      (body as { items: KubernetesObject[] }).items.map((item) => ({
        namespace: item.metadata.namespace,
        name: item.metadata.name,
        uid: item.metadata.uid,
        resourceVersion: item.metadata.resourceVersion,
        value: value(item),
      })),
    );
  }
}

/** As the kubeconfig says, but by way of the proxy. */
function connectionThrough(server: KubeApiServer, proxy: CutProxy): ClusterConnection {
  return new ClusterConnection(() => {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromOptions({
      clusters: [
        {
          name: 'proxy',
          server: `https://127.0.0.1:${proxy.port}`,
          caFile: server.caPath,
          skipTLSVerify: false,
        },
      ],
      users: [{ name: 'admin', token: server.tokens.admin }],
      contexts: [{ name: 'proxy', cluster: 'proxy', user: 'admin' }],
      currentContext: 'proxy',
    });
    return kubeConfig;
  });
}

/** A privileged port that no test machine serves: connections to it are refused. */
const nothingListens = 1;

async function collectionOf(server: KubeApiServer): Promise<ReflectedCollection> {
  const port = Number(new URL(server.url).port);
  const proxy = await CutProxy.start(port);
  const connection = connectionThrough(server, proxy);
  const kubernetes = new Kubernetes(server);
  for (const name of ['one', 'two']) await kubernetes.create('/api/v1/namespaces', { metadata: { name } });
  return {
    connection,
    resource: configMaps,
    slim: valueOf,
    namespaces: ['one', 'two'],
    put: (namespace, name, value) => kubernetes.putConfigMap(namespace, name, value),
    delete: (namespace, name) => kubernetes.deleteConfigMap(namespace, name),
    picture: () => kubernetes.picture('/api/v1/configmaps'),
    loseContact: () => {
      proxy.retarget(nothingListens);
      proxy.cut();
    },
    regainContact: () => proxy.retarget(port),
    forgetHistory: async () => {
      await server.compactEtcd();
      await server.restart();
    },
    close: async () => {
      await connection.close();
      await kubernetes.connection.close();
      await proxy.stop();
      await server.stop();
    },
  };
}

reflectorContract('a real kube-apiserver', async () => collectionOf(await startKubeApiServer()));

describe('a reflector of a real kube-apiserver in trouble', () => {
  let server: KubeApiServer;
  let kubernetes: Kubernetes;
  let ends: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    server = await startKubeApiServer();
    kubernetes = new Kubernetes(server);
  }, 120_000);
  afterEach(async () => {
    await Promise.all(ends.map((end) => end()));
    ends = [];
  });
  afterAll(async () => {
    await kubernetes.connection.close();
    await server.stop();
  });

  function start(options: Partial<ReflectorOptions<string>>) {
    const handler = new MirroringHandler();
    const reflector = new Reflector<string>({
      connection: kubernetes.connection,
      resource: configMaps,
      namespaces: 'all',
      slim: valueOf,
      handler,
      ...options,
      timing: { backoff: { minMs: 50, maxMs: 1_000 }, probeMs: 500, ...options.timing },
    });
    const end = new AbortController();
    const done = reflector.run(end.signal);
    ends.push(async () => {
      end.abort();
      await done;
    });
    const reaches = (phase: string) => handler.until(() => reflector.state.phase === phase, 40_000);
    return { reflector, handler, reaches };
  }

  async function expectEqual(
    { reflector, handler }: ReturnType<typeof start>,
    path: string,
    value = valueOf,
  ) {
    const fresh = await kubernetes.picture(path, value);
    await handler.until(() => JSON.stringify(handler.picture()) === JSON.stringify(fresh), 40_000);
    expect(handler.picture()).toEqual(fresh);
    expect(pictureOf(reflector.objects())).toEqual(fresh);
  }

  it('comes to equal the server after kill -9 and restart while objects come, change, go and come again', async () => {
    const started = start({ namespaces: ['default'] });
    await started.reaches('live');
    let writing = true;
    let written = 0;
    const write = async (worker: number) => {
      for (let step = 0; writing; step++) {
        const name = `busy-${worker}-${step % 7}`;
        try {
          if (step % 3 === 2) await kubernetes.deleteConfigMap('default', name);
          else await kubernetes.putConfigMap('default', name, String(step));
          written += 1;
        } catch {
          // the server is away; what the write came to is for the fresh list to tell
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    };
    const writers = [0, 1, 2].map(write);
    const writeMore = async () => {
      const target = written + 30;
      while (written < target) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    for (let restarts = 0; restarts < 2; restarts++) {
      await writeMore();
      await server.kill();
      await started.reaches('stale');
      await server.restart();
      await started.reaches('live');
    }
    await writeMore();
    writing = false;
    await Promise.all(writers);
    await expectEqual(started, '/api/v1/namespaces/default/configmaps');
  }, 120_000);

  it('notices a connection on which nothing comes any more, and recovers when it does', async () => {
    const proxy = await CutProxy.start(Number(new URL(server.url).port));
    const connection = connectionThrough(server, proxy);
    const started = start({ connection, namespaces: ['default'], timing: { idleMs: 2_000 } });
    await started.reaches('live');
    proxy.stall();
    await kubernetes.putConfigMap('default', 'unheard', '1');
    await started.reaches('stale');
    expect(started.reflector.state.reason).toMatch(/nothing received for 2000 ms/);
    proxy.recover();
    await started.handler.until(
      () => started.handler.told.some(([, name]) => name === 'default/unheard'),
      40_000,
    );
    await expectEqual(started, '/api/v1/namespaces/default/configmaps');
    await proxy.stop();
  }, 120_000);

  it('says that it is forbidden, follows other kinds meanwhile, and starts when it is allowed', async () => {
    const connection = ClusterConnection.fromKubeconfig(server.restrictedKubeconfigPath);
    const grant = async (plural: string) => {
      const rules = [{ apiGroups: [''], resources: [plural], verbs: ['list', 'watch'] }];
      const rbac = '/apis/rbac.authorization.k8s.io/v1';
      await kubernetes.create(`${rbac}/clusterroles`, { metadata: { name: plural }, rules });
      await kubernetes.create(`${rbac}/clusterrolebindings`, {
        metadata: { name: plural },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: plural },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'restricted' }],
      });
    };
    await grant('namespaces');
    const services = start({ connection, resource: { group: '', versions: ['v1'], plural: 'services' } });
    const namespaces = start({ connection, resource: { group: '', versions: ['v1'], plural: 'namespaces' } });
    await services.reaches('forbidden');
    expect(services.reflector.state.reason).toMatch(/"restricted" cannot list resource "services"/);
    await namespaces.reaches('live');
    await grant('services');
    await services.reaches('live');
    await expectEqual(services, '/api/v1/services');
    expect(services.handler.told.map(([what]) => what)).toEqual(['syncing', 'forbidden', 'replaced', 'live']);
    await connection.close();
  }, 60_000);

  const gadgets: ApiResource = { group: 'test.example.com', versions: ['v2', 'v1'], plural: 'gadgets' };
  const gadgetDefinition = (versions: readonly string[]) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gadgets.test.example.com' },
    spec: {
      group: 'test.example.com',
      scope: 'Namespaced',
      names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      })),
    },
  });
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const createGadget = async (name: string, version = 'v1') => {
    const path = `/apis/test.example.com/${version}/namespaces/default/gadgets`;
    const body = {
      apiVersion: `test.example.com/${version}`,
      kind: 'Gadget',
      metadata: { name },
      data: { value: name },
    };
    for (;;) {
      try {
        return await kubernetes.create(path, body);
      } catch (error) {
        // a definition that was just created is not served at once
        if (!isKubernetesError(error, 'NOT_FOUND')) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };

  it('says that a kind is absent, and starts when it is installed, removed, and installed again', async () => {
    const started = start({ resource: gadgets });
    const other = start({ namespaces: ['default'] });
    await started.reaches('absent');
    await kubernetes.create(definitions, gadgetDefinition(['v1']));
    await createGadget('first');
    await started.reaches('live');
    await expectEqual(started, '/apis/test.example.com/v1/gadgets');

    await kubernetes.delete(`${definitions}/gadgets.test.example.com`);
    await started.reaches('absent');
    expect(started.handler.picture()).toEqual([]);

    await createGadgetDefinitionAgain();
    await createGadget('second');
    await started.reaches('live');
    await expectEqual(started, '/apis/test.example.com/v1/gadgets');
    expect(other.reflector.state.phase).toBe('live');
    expect(other.handler.told.map(([what]) => what)).toEqual(['syncing', 'replaced', 'live']);
  }, 120_000);

  async function createGadgetDefinitionAgain() {
    for (;;) {
      try {
        return await kubernetes.create(definitions, gadgetDefinition(['v1']));
      } catch (error) {
        // the old one is still being removed
        if (!isKubernetesError(error, 'ALREADY_EXISTS')) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  it('moves to the version that it prefers when the server begins to serve it', async () => {
    const started = start({
      resource: gadgets,
      slim: (object, version) => `${valueOf(object)} at ${version}`,
    });
    await started.reaches('live');
    expect(started.handler.picture().map(([, , , value]) => value)).toEqual(['second at v1']);
    const { body } = await kubernetes.connection.request('GET', `${definitions}/gadgets.test.example.com`);
    const definition = body as { spec: object };
    await kubernetes.connection.request('PUT', `${definitions}/gadgets.test.example.com`, {
      body: {
        ...definition,
        spec: { ...definition.spec, versions: gadgetDefinition(['v1', 'v2']).spec.versions },
      },
    });
    await started.handler.until(
      () => started.handler.picture().some(([, , , value]) => value === 'second at v2'),
      40_000,
    );
    await expectEqual(started, '/apis/test.example.com/v2/gadgets', (object) => `${valueOf(object)} at v2`);
  }, 60_000);

  it('reads metadata only when that is asked for', async () => {
    await kubernetes.putConfigMap('default', 'secretive', 'not to be sent');
    const started = start({
      namespaces: ['default'],
      representation: 'metadata',
      slim: (object) => JSON.stringify(object),
    });
    await started.reaches('live');
    await kubernetes.putConfigMap('default', 'secretive', 'nor this');
    await started.handler.until(() => started.handler.told.some(([what]) => what === 'updated'));
    const held = started.reflector.objects().map(({ value }) => value);
    expect(held.some((value) => value.includes('secretive'))).toBe(true);
    expect(held.some((value) => value.includes('not to be sent') || value.includes('nor this'))).toBe(false);
  });

  it('lists 10,000 pods in pages and follows them', async () => {
    const path = '/api/v1/namespaces/default/pods';
    let next = 0;
    const create = async () => {
      for (let index = next++; index < 10_000; index = next++) {
        await kubernetes.create(path, podManifest(index));
      }
    };
    await Promise.all(Array.from({ length: 24 }, create));

    const started = start({ resource: pods, slim: (pod) => JSON.stringify(pod.metadata.labels) });
    await started.reaches('live');
    expect(started.reflector.objects()).toHaveLength(10_000);
    await kubernetes.delete(`${path}/pod-5000`);
    await kubernetes.create(path, podManifest(5_000));
    await expectEqual(started, '/api/v1/pods', (pod) => JSON.stringify(pod.metadata.labels));
  }, 300_000);
});

function podManifest(index: number) {
  return {
    metadata: { name: `pod-${index}`, labels: { app: `app-${index % 100}`, index: String(index) } },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'registry.example.com/shop/main:1.0',
          ports: [{ name: 'http', containerPort: 8080 }],
          env: Array.from({ length: 10 }, (_, variable) => ({
            name: `VARIABLE_${variable}`,
            value: 'x'.repeat(40),
          })),
        },
      ],
    },
  };
}
