import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { credentials, Metadata } from '@grpc/grpc-js';
import {
  ApplyAuthorizationPolicyRequest,
  type ApplyAuthorizationPolicyResponse,
  type Change,
  ChangesClient,
  GetChangeRequest,
  MeshContextClient,
  Phase,
} from '@mcp/contracts';
import { type SimulatedMesh, startSimulatedMesh } from '@mcp/simulated-mesh';
import { freePort, SentinelTrio } from '@mcp/testing';
import { answerOf } from './answer-of.js';
import { AppProcess } from './app-process.js';
import { eventually } from './eventually.js';

const changesOfEachHalf = 15;
const spec = JSON.stringify({
  targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'cart-http' },
  requiredAuthenticationRefs: [],
});

let mesh: SimulatedMesh;
let trio: SentinelTrio;
let apps: readonly AppProcess[];
let graphs: MeshContextClient;
let changes: ChangesClient;

beforeAll(async () => {
  mesh = await startSimulatedMesh({ host: '127.0.0.1', port: 0, seed: '1', paceMs: 0 });
  trio = await SentinelTrio.start({ replicas: 2, settings: { appendfsync: 'always' } });
  const environment = async (): Promise<Record<string, string>> => ({
    MCP_REDIS_SENTINELS: trio.addresses.map(({ host, port }) => `${host}:${port}`).join(),
    MCP_REDIS_SENTINEL_MASTER: trio.master,
    // each that may be promoted
    MCP_REDIS_REPLICAS: '2',
    MCP_CLUSTER_SOURCE: 'simulated',
    MCP_SIMULATION_URL: mesh.url,
    MCP_HTTP_PORT: String(await freePort()),
  });
  const grpcPort = await freePort();
  apps = [
    new AppProcess('collector', await environment()),
    new AppProcess('reconciler', await environment()),
    new AppProcess('mcp-api', {
      ...(await environment()),
      MCP_GRPC_PORT: String(grpcPort),
      MCP_AUTH: 'none',
    }),
  ];
  await Promise.all(apps.map((app) => app.start()));
  graphs = new MeshContextClient(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  changes = new ChangesClient(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
}, 120_000);

afterAll(async () => {
  graphs.close();
  changes.close();
  await Promise.all(apps.map((app) => app.crash()));
  await trio.stop();
  await mesh.close();
}, 30_000);

const soon = () => ({ deadline: Date.now() + 10_000 });

function ask(name: string): Promise<ApplyAuthorizationPolicyResponse> {
  const request = ApplyAuthorizationPolicyRequest.fromPartial({
    ...{ namespace: 'shop', name, jsonSpec: spec },
    idempotencyKey: `of-${name}`,
    reason: 'a failover in between',
  });
  return answerOf((done) => graphs.applyAuthorizationPolicy(request, new Metadata(), soon(), done));
}

async function changeOf(changeId: string): Promise<Change | undefined> {
  const request = GetChangeRequest.fromPartial({ changeId });
  const { change } = await answerOf<{ change: Change | undefined }>((done) =>
    changes.getChange(request, new Metadata(), soon(), done),
  );
  return change;
}

it('a master that is killed under a run of changes takes none with it that was accepted', async () => {
  const accepted = new Map<string, string>();
  let refused = 0;
  /** One after the other, each with its own key until it is accepted. */
  const run = async (half: string): Promise<void> => {
    for (let nth = 0; nth < changesOfEachHalf; nth += 1) {
      const name = `${half}-${nth}`;
      const { changeId } = await eventually(
        () =>
          ask(name).catch((error: unknown) => {
            refused += 1;
            throw error;
          }),
        ({ accepted: done }) => done,
      );
      accepted.set(name, changeId);
    }
  };
  await run('before');
  const after = run('after');
  const { killed } = await trio.failOver();
  // two replicas must have each change: none is accepted until the old master is one of them
  await killed.restart();
  await after;

  expect(accepted.size).toBe(2 * changesOfEachHalf);
  expect(new Set(accepted.values()).size).toBe(accepted.size);
  // the failover was felt
  expect(refused).toBeGreaterThan(0);
  for (const [name, changeId] of accepted) {
    const change = await eventually(
      () => changeOf(changeId),
      (found) => found?.phase === Phase.PHASE_CONVERGED,
    );
    expect(change?.object?.name).toBe(name);
  }
}, 180_000);
