import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterConnection } from './cluster-connection.js';

const { HOME, KUBECONFIG } = process.env;
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'home-'));
  process.env['HOME'] = home;
  delete process.env['KUBECONFIG'];
});

afterEach(async () => {
  process.env['HOME'] = HOME;
  if (KUBECONFIG !== undefined) process.env['KUBECONFIG'] = KUBECONFIG;
  await rm(home, { recursive: true });
});

describe('a connection to what kubectl would take', () => {
  it('is refused where there is no kubeconfig, since no server is guessed', () => {
    expect(() => ClusterConnection.fromKubeconfig()).toThrow(
      'no kubeconfig found: set KUBECONFIG, or run in a cluster',
    );
  });

  it('is to the server that the kubeconfig at home names, on this machine or not', async () => {
    await mkdir(join(home, '.kube'));
    await writeFile(
      join(home, '.kube', 'config'),
      JSON.stringify({
        clusters: [{ name: 'cluster', cluster: { server: 'http://localhost:8080' } }],
        users: [{ name: 'user', user: {} }],
        contexts: [{ name: 'proxy', context: { cluster: 'cluster', user: 'user' } }],
        'current-context': 'proxy',
      }),
    );
    const connection = ClusterConnection.fromKubeconfig();
    expect(connection.server).toBe('http://localhost:8080');
    await connection.close();
  });
});
