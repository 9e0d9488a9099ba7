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

describe('the token of a kubeconfig', () => {
  const tokenOf = async (user: object): Promise<string | undefined> => {
    const path = join(home, 'config');
    await writeFile(
      path,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: 'https://localhost:6443' } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
    const connection = ClusterConnection.fromKubeconfig(path);
    return connection.bearerToken().finally(() => connection.close());
  };
  const program = (script: string): object => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
    },
  });

  it('is the one that it has', async () => {
    expect(await tokenOf({ token: 'of-mine' })).toBe('of-mine');
  });

  it('is the one that its program gives', async () => {
    const script = `console.log(JSON.stringify({ kind: 'ExecCredential', status: { token: 'of-the-program' } }))`;
    expect(await tokenOf(program(script))).toBe('of-the-program');
  });

  it.each([
    ['who has nothing', {}],
    ['who has a name and a password', { username: 'ada', password: 'secret' }],
    ['who has a certificate', { 'client-certificate-data': 'eA==', 'client-key-data': 'eA==' }],
  ])('is not there for a user %s', async (_what, user) => {
    expect(await tokenOf(user)).toBeUndefined();
  });

  it('fails with the words of a program that fails', async () => {
    await expect(tokenOf(program(`console.error('log in first'); process.exit(1)`))).rejects.toThrow(
      'log in first',
    );
  });
});
