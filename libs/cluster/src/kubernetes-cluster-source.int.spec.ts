import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterConnection, isRecord } from '@mcp/kubernetes';
import type { ControlPlaneSettings } from '@mcp/linkerd';
import { policyKinds } from '@mcp/mesh';
import {
  installLinkerdCrds,
  type KubeApiServer,
  linkerdCrdNames,
  removeLinkerdCrd,
  startKubeApiServer,
} from '@mcp/testing';
import { KubernetesClusterSource } from './kubernetes-cluster-source.js';
import { Mirror } from '../test/mirror.js';

const servers = 'servers.policy.linkerd.io';
const timing = { probeMs: 300, backoff: { minMs: 50, maxMs: 300 } };

let server: KubeApiServer;
let admin: ClusterConnection;
const running: { stop: AbortController; done: Promise<void> }[] = [];

beforeAll(async () => {
  server = await startKubeApiServer();
  admin = ClusterConnection.fromKubeconfig(server.kubeconfigPath);
}, 90_000);

afterEach(async () => {
  for (const { stop, done } of running.splice(0)) {
    stop.abort();
    await done;
  }
});

afterAll(async () => {
  await admin.close();
  await server.stop();
});

function follow(
  scope: readonly string[] | 'all',
  {
    connection = admin,
    controlPlane = {},
  }: { connection?: ClusterConnection; controlPlane?: ControlPlaneSettings } = {},
): Mirror {
  const mirror = new Mirror();
  const stop = new AbortController();
  const source = new KubernetesClusterSource({ connection, scope, controlPlane, timing });
  running.push({ stop, done: source.run(mirror, stop.signal) });
  return mirror;
}

const create = (path: string, body: object) => admin.request('POST', path, { body });
const remove = (path: string) => admin.request('DELETE', path, { body: { gracePeriodSeconds: 0 } });

async function namespace(name: string): Promise<string> {
  await create('/api/v1/namespaces', { metadata: { name } });
  return name;
}

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image: 'app' }], restartPolicy: 'Always' },
};
const deployment = (name: string, podTemplate: object = template) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { app: 'web' } }, template: podTemplate },
});
const createDeployment = (ns: string, name: string) =>
  create(`/apis/apps/v1/namespaces/${ns}/deployments`, deployment(name));
const createServer = (ns: string, name: string, spec: object = {}) =>
  create(`/apis/policy.linkerd.io/v1beta3/namespaces/${ns}/servers`, {
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name },
    spec: { podSelector: {}, port: 80, ...spec },
  });

describe('the identity of a cluster', () => {
  const source = () => new KubernetesClusterSource({ connection: admin, scope: 'all', controlPlane: {} });

  it('is the uid of its namespace kube-system', async () => {
    const { body } = await admin.request('GET', '/api/v1/namespaces/kube-system');
    const uid = isRecord(body) && isRecord(body['metadata']) && body['metadata']['uid'];
    expect(await source().identity()).toEqual({ source: 'kubernetes', id: uid });
  });

  it('is the seed where the cluster says that it is a simulated one', async () => {
    const label = (value: string | null) =>
      admin.request('PATCH', '/api/v1/namespaces/kube-system', {
        body: { metadata: { labels: { 'linkerd-mcp.dev/simulated-seed': value } } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
    await label('42');
    try {
      expect(await source().identity()).toEqual({ source: 'simulated', id: '42' });
    } finally {
      await label(null);
    }
  });
});

describe('the kinds of Linkerd, where the cluster does not have them', () => {
  it('are absent, which does not stop the others, and are followed when they come, go and come again', async () => {
    const ns = await namespace('crds');
    const mirror = follow('all');
    await mirror.until('policy kinds are absent', () =>
      policyKinds.every((kind) => mirror.phases.get(kind) === 'absent'),
    );
    await mirror.until('namespaces are live', () => mirror.phases.get('Namespace') === 'live');
    expect(mirror.lists.filter((list) => list.startsWith('Server '))).toEqual([]);

    await installLinkerdCrds(admin, [servers]);
    await createServer(ns, 'web');
    await mirror.until('the Server is there', () => mirror.keys('Server').length === 1);
    expect(mirror.objects.get('Server/crds/web')).toMatchObject({
      kind: 'Server',
      state: { spec: { selects: 'pods', port: 80, proxyProtocol: 'unknown', accessPolicy: 'deny' } },
    });

    await removeLinkerdCrd(admin, servers);
    await mirror.until('Servers are absent', () => mirror.phases.get('Server') === 'absent');
    expect(mirror.keys('Server')).toEqual([]);

    await installLinkerdCrds(admin, [servers]);
    await createServer(ns, 'api');
    await mirror.until('the other Server is there', () => mirror.phases.get('Server') === 'live');
    await mirror.until('the other Server is there', () => mirror.keys('Server').includes('Server/crds/api'));
    expect(mirror.keys('Server')).toEqual(['Server/crds/api']);
  }, 60_000);
});

describe('a cluster with Linkerd', () => {
  beforeAll(async () => {
    await installLinkerdCrds(
      admin,
      linkerdCrdNames.filter((name) => name !== servers),
    );
  }, 60_000);

  it('is told in our words: what there is, what comes and what goes', async () => {
    const ns = await namespace('life');
    await createDeployment(ns, 'web');
    await create(`/apis/batch/v1beta1/namespaces/${ns}/cronjobs`, {
      metadata: { name: 'web' },
      spec: {
        schedule: '* * * * *',
        jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
      },
    });
    await create(`/api/v1/namespaces/${ns}/services`, {
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    const mirror = follow([ns]);
    await mirror.until('all is live', () => [...mirror.phases.values()].every((phase) => phase === 'live'));
    expect(mirror.lists.filter((list) => list.startsWith('Controller'))).toEqual([
      'Controller CronJob.web Deployment.web',
    ]);
    expect(mirror.objects.get('Controller/life/Deployment.web')).toMatchObject({
      state: { kind: 'Deployment', namespace: 'life', name: 'web' },
    });
    expect(mirror.keys('Service')).toEqual(['Service/life/web']);

    await create(`/api/v1/namespaces/${ns}/pods`, {
      metadata: { name: 'web-1', labels: { app: 'web' } },
      spec: template.spec,
    });
    await mirror.until('the pod is there', () => mirror.keys('Pod').length === 1);
    expect(mirror.objects.get('Pod/life/web-1')).toMatchObject({
      state: { shape: '', phase: 'Pending', ready: false },
      podShape: { labels: { app: 'web' }, meshed: false, governed: false },
    });
    await remove(`/api/v1/namespaces/${ns}/pods/web-1`);
    await mirror.until('the pod is gone', () => mirror.keys('Pod').length === 0);
  }, 60_000);

  it('outside the scope is not told of, a namespace in scope is', async () => {
    const [inside, outside] = [await namespace('inside'), await namespace('outside')];
    await createServer(inside, 'a');
    await createServer(outside, 'b');
    const mirror = follow([inside, 'later']);
    await mirror.until('all is live', () => [...mirror.phases.values()].every((phase) => phase === 'live'));
    expect(mirror.keys('Server')).toEqual(['Server/inside/a']);
    expect(mirror.keys('Namespace')).toEqual(['Namespace/inside']);
    await namespace('later');
    await mirror.until('the namespace is there', () => mirror.keys('Namespace').includes('Namespace/later'));
  }, 60_000);

  it('has objects that cannot be read, which are told with their problem and do not hide the others', async () => {
    const ns = await namespace('unreadable');
    await createServer(ns, 'good');
    await createServer(ns, 'bad', { proxyProtocol: 'SMTP' });
    const mirror = follow([ns]);
    await mirror.until('both are there', () => mirror.keys('Server').length === 2);
    expect(mirror.objects.get('Server/unreadable/good')).toHaveProperty('state');
    expect(mirror.objects.get('Server/unreadable/bad')).toMatchObject({
      problem: { code: 'NOT_ALLOWED', field: 'spec.proxyProtocol' },
    });
  }, 60_000);

  it('tells the settings of its control plane, wherever that is, and what is configured where none is seen', async () => {
    const ns = await namespace('mesh-control');
    const configured = follow(['default'], { controlPlane: { trustDomain: 'example.org' } });
    await configured.until('settings are there', () => configured.keys('ControlPlane').length === 1);
    expect(configured.objects.get('ControlPlane/linkerd/linkerd-destination')).toMatchObject({
      state: { uid: 'configured', trustDomain: 'example.org', configured: ['trustDomain'] },
    });

    const args = ['--default-policy=deny', '--identity-domain=cluster.local'];
    const containers = [{ name: 'policy', image: 'policy', args }];
    await create(`/apis/apps/v1/namespaces/${ns}/deployments`, {
      ...deployment('linkerd-destination', { ...template, spec: { ...template.spec, containers } }),
    });
    const mirror = follow('all');
    await mirror.until('settings are there', () => mirror.keys('ControlPlane').length === 1);
    expect(mirror.objects.get('ControlPlane/mesh-control/linkerd-destination')).toMatchObject({
      state: { defaultPolicy: 'deny', trustDomain: 'cluster.local', configured: [] },
    });
  }, 60_000);

  it('tells what a role allows to read, and which kinds it does not', async () => {
    const ns = await namespace('restricted');
    await createDeployment(ns, 'web');
    await createServer(ns, 'web');
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}`;
    const rule = (apiGroups: string[], resources: string[]) => ({
      apiGroups,
      resources,
      verbs: ['list', 'watch'],
    });
    await create(`${rbac}/roles`, {
      metadata: { name: 'reader' },
      rules: [rule(['policy.linkerd.io'], ['servers']), rule(['apps'], ['deployments'])],
    });
    await create(`${rbac}/rolebindings`, {
      metadata: { name: 'reader' },
      subjects: [{ kind: 'User', name: 'restricted', apiGroup: 'rbac.authorization.k8s.io' }],
      roleRef: { kind: 'Role', name: 'reader', apiGroup: 'rbac.authorization.k8s.io' },
    });
    const connection = ClusterConnection.fromKubeconfig(server.restrictedKubeconfigPath);
    try {
      const mirror = follow([ns], { connection });
      await mirror.until('Servers are live', () => mirror.phases.get('Server') === 'live');
      await mirror.until('the Deployment is there', () => mirror.keys('Controller').length === 1);
      await mirror.until('Pods are forbidden', () => mirror.phases.get('Pod') === 'forbidden');
      expect(mirror.keys('Server')).toEqual(['Server/restricted/web']);
      expect(mirror.phases.get('Controller')).toBe('forbidden');
      expect(mirror.reasons.get('Controller')).toMatch(/^statefulsets\.apps: .*forbidden/);
      expect(mirror.lists.filter((list) => list.startsWith('Controller'))).toEqual([]);
    } finally {
      for (const { stop, done } of running.splice(0)) {
        stop.abort();
        await done;
      }
      await connection.close();
    }
  }, 60_000);
});
