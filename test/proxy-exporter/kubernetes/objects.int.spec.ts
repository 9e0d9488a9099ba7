import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ClusterConnection } from '@mcp/kubernetes';
import { installLinkerdCrds, type KubeApiServer, startKubeApiServer } from '@mcp/testing';
import { pods } from '../mesh/pods.js';
import { controllers, namespaces, podObjects, replicaSets, serviceObjects } from './objects.js';
import { policies } from './policies.js';

let kube: KubeApiServer;
let folder: string;

beforeAll(async () => {
  kube = await startKubeApiServer();
  folder = await mkdtemp(join(tmpdir(), 'synthetic-mesh-'));
  await installLinkerdCrds(ClusterConnection.fromKubeconfig(kube.kubeconfigPath));
}, 120_000);

afterAll(async () => {
  await kube.stop();
  await rm(folder, { recursive: true });
});

const run = promisify(execFile);
const kubectl = async (...args: readonly string[]): Promise<string> =>
  (await run('kubectl', ['--kubeconfig', kube.kubeconfigPath, ...args])).stdout;

const uidOf = (kind: string, namespace: string, name: string): Promise<string> =>
  kubectl('get', kind, '-n', namespace, name, '-o', 'jsonpath={.metadata.uid}');

async function write(items: readonly object[], ...how: readonly string[]): Promise<string> {
  const file = join(folder, 'objects.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return kubectl(...how, '-f', file);
}

it('is what a real API server takes, with owners, addresses and policies', async () => {
  await write([...namespaces, ...controllers, ...serviceObjects, ...policies], 'create');
  await write(await replicaSets(uidOf), 'create');
  const created = await podObjects(uidOf);
  await write(created, 'create');
  await write(created, 'replace', '--subresource=status');

  const columns = '{.metadata.name} {.status.podIP} {.status.phase} {.metadata.ownerReferences[0].kind}';
  const stored = await kubectl('get', 'pods', '-A', '-o', `jsonpath={range .items[*]}${columns}{"\\n"}{end}`);
  expect(stored.trim().split('\n').sort()).toEqual(
    pods
      .map(
        ({ name, ip, templateHash }) =>
          `${name} ${ip} Running ${templateHash === undefined ? 'StatefulSet' : 'ReplicaSet'}`,
      )
      .sort(),
  );
  const servers = await kubectl('get', 'servers,authorizationpolicies', '-A', '-o', 'name');
  expect(servers.trim().split('\n').sort()).toEqual([
    'authorizationpolicy.policy.linkerd.io/emoji-from-web',
    'authorizationpolicy.policy.linkerd.io/redis-from-voting',
    'authorizationpolicy.policy.linkerd.io/voting-from-web',
    'server.policy.linkerd.io/emoji-grpc',
    'server.policy.linkerd.io/redis',
    'server.policy.linkerd.io/voting-grpc',
    'server.policy.linkerd.io/web-admin',
  ]);
}, 60_000);
