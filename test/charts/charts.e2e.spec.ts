import { credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApplyAuthorizationPolicyRequest,
  type ApplyAuthorizationPolicyResponse,
  ChangesClient,
  GetMeshGraphRequest,
  type GetMeshGraphResponse,
  GetChangeRequest,
  type GetChangeResponse,
  ImpactCode,
  GraphForm,
  MeshContextClient,
  Phase,
  SourcePhase,
} from '@mcp/contracts';
import { freePort } from '@mcp/testing';
import { answerOf } from '../e2e/answer-of.js';
import { AppProcess } from '../e2e/app-process.js';
import { eventually } from '../e2e/eventually.js';
import { openToEveryone, webPod, webServer, webService } from '../e2e/shop.js';
import { ChartedCluster } from './charted-cluster.js';
import { ChartedRedis } from './charted-redis.js';
import { type Manifest, manifests, release } from './helm.js';
import { podOf } from './restricted.js';
import { services } from './values-schema.js';

const token = 'a-token-of-alice-for-the-charts';
const passwords = { collector: 'of-the-collector', 'mcp-api': 'of-the-api', reconciler: 'of-the-reconciler' };

let folder: string;
let cluster: ChartedCluster;
let redis: ChartedRedis;
let apps: Readonly<Record<string, AppProcess>>;
let graphs: MeshContextClient;
let changes: ChangesClient;
const caller = new Metadata();
const soon = (): { deadline: number } => ({ deadline: Date.now() + 10_000 });

/** The environment of a service as its Deployment has it, for a process of this machine. */
async function environmentOf(
  service: (typeof services)[number],
  chart: readonly Manifest[],
): Promise<Record<string, string>> {
  const deployment = chart.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith(service),
  );
  const { env = [] } = podOf(deployment!)!.containers[0]!;
  const given = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
  return {
    ...given,
    MCP_REDIS_URL: given['MCP_REDIS_URL']!.replace(
      'linkerd-mcp-redis.linkerd-mcp.svc:6379',
      `127.0.0.1:${redis.port}`,
    ),
    MCP_REDIS_PASSWORD_FILE: given['MCP_REDIS_PASSWORD_FILE']!.replace(
      '/credentials/redis/password',
      redis.passwordFile(service),
    ),
    MCP_HTTP_HOST: '127.0.0.1',
    MCP_HTTP_PORT: String(await freePort()),
    ...(service === 'mcp-api' && {
      MCP_GRPC_PORT: String(await freePort()),
      MCP_TOKEN_FILE: given['MCP_TOKEN_FILE']!.replace('/credentials/tokens', folder),
    }),
    KUBECONFIG: await cluster.kubeconfigOf(`${release.name}-${service}`),
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'charts-'));
  await writeFile(join(folder, 'tokens.csv'), `${token},alice\n`);
  const values = {
    'mcp-api': { auth: { mode: 'token-file', existingSecret: 'tokens' }, writes: { enabled: true } },
  };
  const chart = await manifests('linkerd-mcp', values);
  redis = await ChartedRedis.start(chart, passwords);
  cluster = await ChartedCluster.start(values, ['shop']);
  const objects = { apiVersion: 'v1', kind: 'List', items: [webPod('web-1'), webService, webServer] };
  await writeFile(join(folder, 'objects.json'), JSON.stringify(objects));
  await cluster.kubectl('create', '-f', join(folder, 'objects.json'));

  const environments = await Promise.all(
    services.map(async (service) => [service, await environmentOf(service, chart)] as const),
  );
  apps = Object.fromEntries(environments.map(([service, env]) => [service, new AppProcess(service, env)]));
  await Promise.all(Object.values(apps).map((app) => app.start()));
  const { MCP_GRPC_PORT: port } = Object.fromEntries(environments)['mcp-api']!;
  graphs = new MeshContextClient(`127.0.0.1:${port ?? ''}`, credentials.createInsecure());
  changes = new ChangesClient(`127.0.0.1:${port ?? ''}`, credentials.createInsecure());
  caller.set('authorization', `Bearer ${token}`);
}, 120_000);

afterAll(async () => {
  for (const client of [graphs, changes]) client.close();
  await Promise.all(Object.values(apps).map((app) => app.crash()));
  await cluster.stop();
  await redis.stop();
  await rm(folder, { recursive: true });
});

function graph(): Promise<GetMeshGraphResponse> {
  const request = GetMeshGraphRequest.fromPartial({ form: GraphForm.GRAPH_FORM_TYPED });
  return answerOf((done) => graphs.getMeshGraph(request, caller, soon(), done));
}

describe('the three apps, with the settings, rights and Redis users of the charts', () => {
  it('see the whole cluster', async () => {
    const { entities } = await eventually(graph, (answer) => {
      const phases = answer.entities.flatMap(({ entity }) =>
        entity?.$case === 'source' ? [entity.source.phase] : [],
      );
      return phases.length > 10 && phases.every((phase) => phase === SourcePhase.SOURCE_PHASE_LIVE);
    });
    expect(entities.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['Workload/shop/Pod/web-1', 'Service/shop/web', 'Server/shop/web-http']),
    );
  });

  it('apply a policy, and see it in the cluster', async () => {
    const request = ApplyAuthorizationPolicyRequest.fromPartial({
      namespace: 'shop',
      name: 'open',
      jsonSpec: openToEveryone,
      // nobody has looked at the mesh for a day
      acceptImpact: [ImpactCode.IMPACT_CODE_OPENS_TO_EVERYONE, ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT],
    });
    const apply = (dryRun: boolean): Promise<ApplyAuthorizationPolicyResponse> =>
      answerOf((done) => graphs.applyAuthorizationPolicy({ ...request, dryRun }, caller, soon(), done));
    await eventually(
      () => apply(true),
      () => true,
    );
    const { changeId } = await apply(false);
    const { change } = await eventually(
      () =>
        answerOf<GetChangeResponse>((done) =>
          changes.getChange(GetChangeRequest.fromPartial({ changeId }), caller, soon(), done),
        ),
      (answer) => answer.change?.phase === Phase.PHASE_CONVERGED,
    );
    expect(change?.actor).toBe('alice');
  });

  it('are each elected by their own lease', async () => {
    const leases = await cluster.kubectl('get', 'leases', '-n', release.namespace, '-o', 'name');
    expect(leases.trim().split('\n').sort()).toEqual([
      'lease.coordination.k8s.io/linkerd-mcp-collector',
      'lease.coordination.k8s.io/linkerd-mcp-reconciler',
    ]);
  });

  it.each([
    ['nobody without a user', 'default', '', ['GET', '{mcp:default}:meta'], 'NOAUTH'],
    ['the probe', 'probe', 'probe', ['GET', '{mcp:default}:meta'], 'NOPERM'],
    ['the API', 'mcp-api', passwords['mcp-api'], ['XTRIM', '{mcp:default}:log', 'MAXLEN', '0'], 'NOPERM'],
    ['the collector', 'collector', passwords.collector, ['GET', '{mcp:other}:meta'], 'NOPERM'],
    ['the collector', 'collector', passwords.collector, ['FLUSHALL'], 'NOPERM'],
    ['the reconciler', 'reconciler', passwords.reconciler, ['CONFIG', 'SET', 'appendonly', 'no'], 'NOPERM'],
  ])('let %s do no more in Redis: %s %s %j', async (_who, user, password, command, refusal) => {
    expect(await redis.command(user, password, ...command)).toContain(refusal);
  });

  it('keep what they acknowledge', async () => {
    const setting = (name: string): Promise<string> =>
      redis.command('collector', passwords.collector, 'CONFIG', 'GET', name);
    expect(await setting('appendfsync')).toBe('appendfsync\nalways');
    expect(await setting('appendonly')).toBe('appendonly\nyes');
    expect(await setting('maxmemory-policy')).toBe('maxmemory-policy\nnoeviction');
  });

  it('end in order, having been refused nothing', async () => {
    expect(await Promise.all(Object.values(apps).map((app) => app.stop()))).toEqual([0, 0, 0]);
    const output = Object.values(apps)
      .map((app) => app.output)
      .join('');
    expect(output).not.toMatch(/NOPERM|forbidden/i);
  });
});
