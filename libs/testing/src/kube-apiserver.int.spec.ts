import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { startKubeApiServer, type KubeApiServer } from './kube-apiserver.js';

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
