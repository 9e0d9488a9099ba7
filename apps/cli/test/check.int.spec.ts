import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterConnection } from '@mcp/kubernetes';
import { installLinkerdCrds, type KubeApiServer, startKubeApiServer } from '@mcp/testing';
import { told } from './told.js';

let kube: KubeApiServer;

beforeAll(async () => {
  kube = await startKubeApiServer();
}, 120_000);
afterAll(() => kube.stop());

interface Checked {
  readonly success: boolean;
  readonly categories: readonly {
    readonly checks: readonly { readonly description: string; readonly result: string }[];
  }[];
}

async function check(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly failed: readonly string[] }> {
  const flags = ['--kubeconfig', kube.kubeconfigPath, '--output=json', '--wait=0s'];
  const { code, stdout } = await told(['check', ...flags, ...args]);
  const { categories } = JSON.parse(stdout) as Checked;
  const checks = categories.flatMap((category) => category.checks);
  return {
    code,
    failed: checks.filter(({ result }) => result === 'error').map(({ description }) => description),
  };
}

describe('linkerd-mcp check on a real API server', () => {
  it('says before an installation what is missing for it, and nothing once it is there', async () => {
    expect(await check('--pre')).toEqual({
      code: 1,
      failed: ['Linkerd is installed', "Linkerd's policy kinds are served"],
    });
    const connection = ClusterConnection.fromKubeconfig(kube.kubeconfigPath);
    await installLinkerdCrds(connection);
    await connection.request('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'linkerd' } },
    });
    await connection.close();
    expect(await check('--pre')).toEqual({ code: 0, failed: [] });
  }, 120_000);

  it('says as whom it may not create what is installed', async () => {
    const { code, failed } = await check('--pre', '--as=nobody', '--as-group=[system:authenticated]');
    expect(code).toBe(1);
    expect(failed).toContain('can create clusterroles');
    expect(failed).toContain('can create deployments');
  });

  it('ends where nothing is installed', async () => {
    expect(await check()).toEqual({ code: 1, failed: ['namespace linkerd-mcp exists'] });
  });
});
