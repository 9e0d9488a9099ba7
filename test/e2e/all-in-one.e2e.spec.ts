import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { credentials } from '@grpc/grpc-js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApplyAuthorizationPolicyResponse,
  type Change,
  ChangesClient,
  GetChangeRequest,
  ImpactCode,
  type GetChangeResponse,
  MeshContextClient,
  Phase,
} from '@mcp/contracts';
import { ClusterConnection } from '@mcp/kubernetes';
import { freePort, installLinkerdCrds, RedisServer, startKubeApiServer } from '@mcp/testing';
import { AppProcess } from './app-process.js';
import { eventually } from './eventually.js';
import { kubectlOn } from './kubectl.js';
import { linkerdDestination, namespace, webPod, webServer, webService } from './shop.js';

let folder: string;
let redis: RedisServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'all-in-one-'));
  redis = await RedisServer.start();
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

async function allInOne(
  settings: Record<string, string> = {},
): Promise<{ app: AppProcess; address: string }> {
  const port = await freePort();
  const app = new AppProcess('all-in-one', {
    MCP_DATA_DIR: folder,
    MCP_SIMULATION_STEP_MS: '500',
    MCP_GRPC_PORT: String(port),
    MCP_HTTP_PORT: String(await freePort()),
    ...settings,
  });
  return { app, address: `127.0.0.1:${port}` };
}

function applyTo(address: string, name: string): Promise<ApplyAuthorizationPolicyResponse> {
  const client = new MeshContextClient(address, credentials.createInsecure());
  const request = {
    namespace: 'shop',
    name,
    jsonSpec: '{"targetRef":{"kind":"Namespace","name":"shop"},"requiredAuthenticationRefs":[]}',
    spec: undefined,
    expectedRevision: undefined,
    idempotencyKey: '',
    dryRun: false,
    reason: '',
    // open to everyone, and nobody has looked at the mesh for a day
    acceptImpact: [ImpactCode.IMPACT_CODE_OPENS_TO_EVERYONE, ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT],
  };
  return new Promise<ApplyAuthorizationPolicyResponse>((resolve, reject) => {
    client.applyAuthorizationPolicy(request, (error, answer) => (error ? reject(error) : resolve(answer)));
  }).finally(() => client.close());
}

async function changeAt(address: string, changeId: string): Promise<Change | undefined> {
  const client = new ChangesClient(address, credentials.createInsecure());
  const answer = await new Promise<GetChangeResponse>((resolve, reject) => {
    client.getChange(GetChangeRequest.fromPartial({ changeId }), (error, found) =>
      error ? reject(error) : resolve(found),
    );
  }).finally(() => client.close());
  return answer.change;
}

const converged = (address: string, changeId: string): Promise<Change | undefined> =>
  eventually(
    () => changeAt(address, changeId),
    (change) => change?.phase === Phase.PHASE_CONVERGED,
  );

describe('everything in one process, on a real cluster', () => {
  it('shows it and applies to it, with nothing prepared there', async () => {
    const kube = await startKubeApiServer();
    try {
      await installLinkerdCrds(ClusterConnection.fromKubeconfig(kube.kubeconfigPath));
      const objects = [
        namespace('linkerd'),
        namespace('shop'),
        linkerdDestination,
        webPod('web'),
        webService,
        webServer,
      ];
      const file = join(folder, 'objects.json');
      await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
      await kubectlOn(kube.kubeconfigPath)('create', '-f', file);
      const { app, address } = await allInOne({
        MCP_CLUSTER_SOURCE: 'kubernetes',
        KUBECONFIG: kube.kubeconfigPath,
        MCP_AUTH: 'none',
      });
      await app.start();
      await eventually(
        async () => app.output,
        (output) => /shop +1 +1 +1 +1 +0/.test(output),
      );
      await converged(address, (await applyTo(address, 'everyone')).changeId);
      expect(await app.stop()).toBe(0);
    } finally {
      await kube.stop();
    }
  }, 120_000);
});

describe('everything in one process, on the simulated mesh', () => {
  it('shows a mesh, takes a policy, and keeps what it was told through kill -9', async () => {
    const { app, address } = await allInOne();
    await app.start();
    await eventually(
      async () => app.output,
      (output) => output.includes('Ctrl-C ends it'),
    );
    expect(app.output).toMatch(/shop +6 +6 +7 +\d+ +0/);
    const { changeId } = await applyTo(address, 'everyone');
    await converged(address, changeId);

    await app.crash();
    await app.start();
    expect((await changeAt(address, changeId))?.phase).toBe(Phase.PHASE_CONVERGED);
    await converged(address, (await applyTo(address, 'everyone-again')).changeId);
    expect(await app.stop()).toBe(0);
  }, 120_000);

  it('refuses a second process on the same folder, naming the first', async () => {
    const first = await allInOne();
    await first.app.start();
    const second = await allInOne();
    await expect(second.app.start()).rejects.toThrow('LOG_IN_USE');
    expect(await first.app.stop()).toBe(0);
  }, 120_000);

  it('ends on a log that is of another mesh, and writes nothing to it', async () => {
    const first = await allInOne({ MCP_REDIS_URL: redis.url });
    await first.app.start();
    expect(await first.app.stop()).toBe(0);
    const before = await redis.command('XLEN {mcp:default}:log');
    const other = await allInOne({ MCP_REDIS_URL: redis.url, MCP_SIMULATION_SEED: '2' });
    await other.app.start().catch(() => undefined);
    expect(await other.app.ended()).toBe(1);
    expect(other.app.output).toContain('SOURCE_MISMATCH');
    expect(await redis.command('XLEN {mcp:default}:log')).toBe(before);
  }, 120_000);
});
