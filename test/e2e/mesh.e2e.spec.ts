import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { credentials, Metadata } from '@grpc/grpc-js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApplyAuthorizationPolicyRequest,
  type ApplyAuthorizationPolicyResponse,
  type Change,
  ChangesClient,
  Drift,
  type Entity,
  type GetChangeResponse,
  type GetMeshGraphResponse,
  GraphForm,
  MeshContextClient,
  Phase,
  SourcePhase,
  type WatchMeshGraphResponse,
} from '@mcp/contracts';
import type { AnyRecordedEvent } from '@mcp/events';
import { MeshGraph } from '@mcp/graph';
import { connectRedisLog } from '@mcp/redis';
import {
  freePort,
  installLinkerdCrds,
  type KubeApiServer,
  RedisServer,
  startKubeApiServer,
} from '@mcp/testing';
import { ClusterConnection } from '@mcp/kubernetes';
import { entityToProto } from '../../apps/mcp-api/src/to-proto/entity.to-proto.js';
import { AppProcess } from './app-process.js';
import { eventually } from './eventually.js';
import { kubectlOn } from './kubectl.js';
import { linkerdDestination, namespace, openToEveryone, webPod, webServer, webService } from './shop.js';

const token = 'a-token-of-alice-for-the-end-to-end-test';
const caller = new Metadata();
caller.set('authorization', `Bearer ${token}`);

let redis: RedisServer;
let kube: KubeApiServer;
let kubectl: (...args: string[]) => Promise<string>;
let folder: string;
let address: string;
let apps: { readonly collector: AppProcess; readonly reconciler: AppProcess; readonly 'mcp-api': AppProcess };
let mesh: MeshContextClient;
let changes: ChangesClient;

async function create(...objects: object[]): Promise<void> {
  const file = join(folder, 'objects.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await kubectl('create', '-f', file);
}

function connect(): void {
  // a crash of the server must not make the client wait longer than the test does
  const options = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 500 };
  mesh = new MeshContextClient(address, credentials.createInsecure(), options);
  changes = new ChangesClient(address, credentials.createInsecure(), options);
}

const soon = (): { deadline: number } => ({ deadline: Date.now() + 10_000 });

function graph(form: GraphForm = GraphForm.GRAPH_FORM_TYPED): Promise<GetMeshGraphResponse> {
  const request = { namespaces: [], at: '', form, pageBytes: 0, pageToken: '' };
  return new Promise((resolve, reject) => {
    mesh.getMeshGraph(request, caller, soon(), (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

async function entity(key: string): Promise<Entity | undefined> {
  return (await graph()).entities.find((found) => found.key === key);
}

function apply(request: Partial<ApplyAuthorizationPolicyRequest>): Promise<ApplyAuthorizationPolicyResponse> {
  const whole: ApplyAuthorizationPolicyRequest = {
    namespace: 'shop',
    name: 'open',
    jsonSpec: openToEveryone,
    spec: undefined,
    expectedRevision: undefined,
    idempotencyKey: '',
    dryRun: false,
    reason: 'the end-to-end test',
    ...request,
  };
  return new Promise((resolve, reject) => {
    mesh.applyAuthorizationPolicy(whole, caller, soon(), (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

async function change(changeId: string): Promise<Change | undefined> {
  const answer = await new Promise<GetChangeResponse>((resolve, reject) => {
    changes.getChange({ changeId, atLeast: '' }, caller, soon(), (error, found) =>
      error ? reject(error) : resolve(found),
    );
  });
  return answer.change;
}

const reaches = (changeId: string, phase: Phase): Promise<Change | undefined> =>
  eventually(
    () => change(changeId),
    (found) => found?.phase === phase,
  );

/** The graph folded from the first event to the position of an answer, without any snapshot. */
async function foldedFromZero(upTo: string): Promise<Entity[]> {
  const log = await connectRedisLog({ url: redis.url, mesh: 'e2e' });
  try {
    const sequence = Number(upTo.split('.')[1]);
    const folded = new MeshGraph();
    for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' })) {
      for (const event of batch) {
        if (event.position.sequence <= sequence) folded.evolve(event as AnyRecordedEvent);
      }
    }
    return folded.entities().map(entityToProto);
  } finally {
    await log.close();
  }
}

const byKey = (entities: readonly Entity[]): Entity[] =>
  [...entities].sort((a, b) => (a.key < b.key ? -1 : 1));

async function expectEqualToZero(): Promise<void> {
  const answer = await graph();
  // what travels has been encoded and decoded; JSON makes the two alike
  const plain = (entities: readonly Entity[]): unknown => JSON.parse(JSON.stringify(byKey(entities)));
  expect(plain(answer.entities)).toEqual(plain(await foldedFromZero(answer.position)));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'e2e-'));
  redis = await RedisServer.start({ settings: { appendfsync: 'always' } });
  kube = await startKubeApiServer();
  kubectl = kubectlOn(kube.kubeconfigPath);
  await installLinkerdCrds(ClusterConnection.fromKubeconfig(kube.kubeconfigPath));
  await create(namespace('linkerd'), namespace('linkerd-mcp'), namespace('shop'));
  await create(linkerdDestination, webPod('web-1'), webPod('web-2'), webService, webServer);
  await writeFile(join(folder, 'tokens'), `${token},alice\n`);

  const grpcPort = await freePort();
  address = `127.0.0.1:${grpcPort}`;
  const environment = async (): Promise<Record<string, string>> => ({
    MCP_MESH: 'e2e',
    MCP_REDIS_URL: redis.url,
    MCP_CLUSTER_SOURCE: 'kubernetes',
    KUBECONFIG: kube.kubeconfigPath,
    MCP_HTTP_PORT: String(await freePort()),
  });
  apps = {
    collector: new AppProcess('collector', await environment()),
    reconciler: new AppProcess('reconciler', await environment()),
    'mcp-api': new AppProcess('mcp-api', {
      ...(await environment()),
      MCP_GRPC_PORT: String(grpcPort),
      MCP_AUTH: 'token-file',
      MCP_TOKEN_FILE: join(folder, 'tokens'),
    }),
  };
  await Promise.all(Object.values(apps).map((app) => app.start()));
  connect();
}, 120_000);

afterAll(async () => {
  mesh.close();
  changes.close();
  await Promise.all(Object.values(apps).map((app) => app.crash()));
  await kube.stop();
  await redis.stop();
  await rm(folder, { recursive: true });
}, 30_000);

describe('collector, mcp-api and reconciler on a real cluster and a real Redis', () => {
  it('show what the cluster has', async () => {
    const web = await eventually(
      () => entity('Service/shop/web'),
      (found) => found?.entity?.$case === 'service' && found.entity.service.pods === 2,
    );
    expect(web?.entity).toMatchObject({
      service: { selector: { app: 'web' }, workloads: [{ kind: 'Pod' }, { kind: 'Pod' }] },
    });
    expect((await entity('ControlPlane'))?.entity).toMatchObject({
      controlPlane: {
        trustDomain: 'cluster.local',
        defaultPolicy: 'all-unauthenticated',
        clusterNetworks: ['10.0.0.0/8'],
      },
    });
    const { jsonGraph } = await graph(GraphForm.GRAPH_FORM_JSON);
    const { services } = JSON.parse(jsonGraph) as { services: Record<string, unknown> };
    expect(services['web']).toEqual({ name: 'web', namespace: 'shop', key: 'shop/web', meshed: true });
  });

  it('refuse who has no token', async () => {
    const refused = new Promise((resolve, reject) => {
      const request = {
        namespaces: [],
        at: '',
        form: GraphForm.GRAPH_FORM_TYPED,
        pageBytes: 0,
        pageToken: '',
      };
      mesh.getMeshGraph(request, new Metadata(), soon(), (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
    await expect(refused).rejects.toMatchObject({ details: expect.stringContaining('UNAUTHENTICATED') });
  });

  it('tell a watcher of each change in the cluster', async () => {
    const upserted: string[] = [];
    const removed: string[] = [];
    const stream = mesh.watchMeshGraph({ namespaces: ['shop'], resumeFrom: '' }, caller);
    stream.on('data', ({ message }: WatchMeshGraphResponse) => {
      if (message?.$case !== 'delta') return;
      upserted.push(...message.delta.upserted.map(({ key }) => key));
      removed.push(...message.delta.removed);
    });
    stream.on('error', () => undefined);
    await once(stream, 'data');
    await create(webPod('web-3'));
    await eventually(
      async () => upserted,
      (keys) => keys.includes('Workload/shop/Pod/web-3'),
    );
    await kubectl('delete', 'pod', '-n', 'shop', 'web-3', '--now', '--wait=false');
    await eventually(
      async () => removed,
      (keys) => keys.includes('Workload/shop/Pod/web-3'),
    );
    stream.cancel();
    expect(removed).toEqual(['Workload/shop/Pod/web-3']);
  });

  let first: string;

  it('apply a policy, and prove each phase of it', async () => {
    const { accepted, changeId, revision, durability } = await apply({});
    first = changeId;
    expect({ accepted, revision, durability }).toEqual({ accepted: true, revision: 1, durability: 1 });
    const converged = await reaches(changeId, Phase.PHASE_CONVERGED);
    expect(converged?.history.map(({ phase }) => phase)).toEqual([
      Phase.PHASE_REQUESTED,
      Phase.PHASE_DRY_RUN,
      Phase.PHASE_APPLIED,
      Phase.PHASE_CONVERGED,
    ]);
    expect(converged).toMatchObject({
      actor: 'alice',
      actorProvenBy: 'token',
      reason: 'the end-to-end test',
    });
    const live = JSON.parse(
      await kubectl('get', 'authorizationpolicy', '-n', 'shop', 'open', '-o', 'json'),
    ) as {
      spec: unknown;
    };
    expect(live.spec).toEqual(JSON.parse(openToEveryone));
  });

  it('show as drift what someone edits with kubectl', async () => {
    const edit = { spec: { targetRef: { name: 'another' } } };
    await kubectl(
      'patch',
      'authorizationpolicy',
      '-n',
      'shop',
      'open',
      '--type=merge',
      '-p',
      JSON.stringify(edit),
    );
    const drifted = await eventually(
      () => change(first),
      (found) => found?.drift === Drift.DRIFT_DRIFTED,
    );
    expect(drifted?.phase).toBe(Phase.PHASE_CONVERGED);
    const policy = (await entity('AuthorizationPolicy/shop/open'))?.entity;
    expect(policy).toMatchObject({ policyObject: { desired: { differingFields: ['spec.targetRef.name'] } } });
    const owners = policy?.$case === 'policyObject' ? policy.policyObject.fieldOwners : [];
    expect(owners.find(({ manager }) => manager === 'kubectl-patch')?.paths).toEqual(['spec.targetRef.name']);
  });

  it('end a change that another manager stands against as a conflict that names it', async () => {
    const { changeId } = await apply({ expectedRevision: 1 });
    const conflicted = await reaches(changeId, Phase.PHASE_CONFLICTED);
    expect(conflicted?.conflicts).toEqual([
      { manager: 'kubectl-patch', field: expect.stringContaining('targetRef.name') },
    ]);
  });

  it.each(['collector', 'reconciler', 'mcp-api'] as const)(
    'lose nothing when %s is killed while the cluster changes',
    async (name) => {
      await apps[name].crash();
      const pod = `during-${name}`;
      await create(webPod(pod));
      const policy = `during-${name}`;
      const asked = name === 'mcp-api' ? undefined : await apply({ name: policy });
      if (name === 'collector') {
        const { collector } = await eventually(graph, (answer) => answer.collector?.atWork === false, 30_000);
        expect(collector?.lastSeen).toBeInstanceOf(Date);
      }
      await apps[name].start();
      await eventually(
        () => entity(`Workload/shop/Pod/${pod}`),
        (found) => found !== undefined,
      );
      const { changeId } = asked ?? (await apply({ name: policy }));
      expect((await reaches(changeId, Phase.PHASE_CONVERGED))?.phase).toBe(Phase.PHASE_CONVERGED);
      await expectEqualToZero();
    },
    90_000,
  );

  it('go on when Redis is killed and comes back', async () => {
    await redis.kill();
    await expect(apply({ name: 'no-log' })).rejects.toMatchObject({ code: 14 });
    await create(webPod('during-redis'));
    await redis.restart();
    await eventually(
      () => entity('Workload/shop/Pod/during-redis'),
      (found) => found !== undefined,
      60_000,
    );
    const { changeId } = await apply({ name: 'after-redis' });
    expect((await reaches(changeId, Phase.PHASE_CONVERGED))?.phase).toBe(Phase.PHASE_CONVERGED);
    await expectEqualToZero();
  }, 120_000);

  it('go on when the API server is killed and comes back', async () => {
    await kube.kill();
    const { changeId } = await apply({ name: 'no-cluster' });
    await eventually(
      () => entity('Source/Pod'),
      (found) =>
        found?.entity?.$case === 'source' && found.entity.source.phase === SourcePhase.SOURCE_PHASE_STALE,
      60_000,
    );
    await kube.restart();
    expect((await reaches(changeId, Phase.PHASE_CONVERGED))?.phase).toBe(Phase.PHASE_CONVERGED);
  }, 180_000);

  it('serve a client in another language, from the proto files alone', async () => {
    const client = spawn(process.env['TEST_PYTHON'] ?? '/usr/bin/python3', [
      'test/e2e/client.py',
      'proto',
      address,
      '8',
      token,
    ]);
    const lines: string[] = [];
    let errors = '';
    client.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    client.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n').filter(Boolean)));
    await eventually(
      async () => lines.length,
      (count) => count >= 2 || client.exitCode !== null,
      60_000,
    );
    await create(webPod('for-python'));
    await once(client, 'exit');
    expect(errors).toBe('');
    expect(JSON.parse(lines[0]!)).toMatchObject({ entities: expect.arrayContaining(['Service/shop/web']) });
    expect(lines.slice(1).join('\n')).toContain('Workload/shop/Pod/for-python');
  }, 120_000);

  it('drain and end with 0 when they are told to stop', async () => {
    expect(await Promise.all(Object.values(apps).map((app) => app.stop()))).toEqual([0, 0, 0]);
  });
});
