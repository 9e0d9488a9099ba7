import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ClusterConnection } from '@mcp/kubernetes';
import { startKubeApiServer, type KubeApiServer } from './kube-apiserver.js';
import { installLinkerdCrds } from './linkerd-crds.js';

const run = promisify(execFile);

describe('a real API server for tests', () => {
  let server: KubeApiServer;
  beforeAll(async () => (server = await startKubeApiServer()), 120_000);
  afterAll(() => server.stop());

  const kubectl = async (kubeconfig: string, ...args: string[]) =>
    (await run('kubectl', ['--kubeconfig', kubeconfig, ...args])).stdout;

  it('keeps what was written through a kill and a restart', async () => {
    await kubectl(server.kubeconfigPath, 'create', 'configmap', 'kept', '--from-literal=a=1');
    await server.kill();
    await server.restart();
    expect(await kubectl(server.kubeconfigPath, 'get', 'configmap', 'kept', '-o=jsonpath={.data}')).toBe(
      '{"a":"1"}',
    );
  }, 60_000);

  it('tells every write of an object, also while it is down', async () => {
    await installLinkerdCrds(ClusterConnection.fromKubeconfig(server.kubeconfigPath));
    const kind = 'meshtlsauthentication';
    const object = {
      ...{ apiVersion: 'policy.linkerd.io/v1alpha1', kind: 'MeshTLSAuthentication' },
      metadata: { name: 'web', namespace: 'default' },
      spec: { identities: ['a'] },
    };
    const file = join(dirname(server.kubeconfigPath), 'web.json');
    await writeFile(file, JSON.stringify(object));
    await kubectl(server.kubeconfigPath, 'create', '-f', file);
    const edit = JSON.stringify({ spec: { identities: ['b'] } });
    await kubectl(server.kubeconfigPath, 'patch', kind, 'web', '--type=merge', '-p', edit);
    await kubectl(server.kubeconfigPath, 'delete', kind, 'web');
    await server.kill();
    const [first, ...rest] = await server.writesUnder('/registry/policy.linkerd.io/');
    // and the mark of the first look is no write
    expect(await server.writesUnder('/registry/policy.linkerd.io/')).toEqual([first, ...rest]);
    await server.restart();
    const place = '/registry/policy.linkerd.io/meshtlsauthentications/default/web';
    const spec = (identity: string) => expect.objectContaining({ spec: { identities: [identity] } });
    expect([first, ...rest]).toEqual([
      { place, revision: expect.any(Number), object: spec('a') },
      { place, revision: expect.any(Number), object: spec('b'), former: spec('a') },
      { place, revision: expect.any(Number), former: spec('b') },
    ]);
    expect(first!.revision).toBeLessThan(rest[0]!.revision);
  }, 60_000);

  it('refuses the restricted user', async () => {
    await expect(kubectl(server.restrictedKubeconfigPath, 'get', 'pods')).rejects.toThrow(/Forbidden/);
  });

  it('has forgotten old resource versions after a compaction', async () => {
    await server.compactEtcd();
    await server.restart();
    await expect(
      kubectl(
        server.kubeconfigPath,
        'get',
        '--raw',
        '/api/v1/configmaps?limit=1&resourceVersion=2&resourceVersionMatch=Exact',
      ),
    ).rejects.toThrow(/too old|compacted|Expired/);
  }, 60_000);

  it('leaves no process and no file behind when stopped', async () => {
    const other = await startKubeApiServer();
    await other.stop();
    expect(existsSync(dirname(other.kubeconfigPath))).toBe(false);
    await expect(kubectl(other.kubeconfigPath, 'get', 'pods')).rejects.toThrow();
  }, 120_000);
});
