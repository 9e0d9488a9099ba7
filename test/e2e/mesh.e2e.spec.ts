import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { once } from 'node:events';
import {
  type ApplyAuthorizationPolicyRequest,
  type ApplyAuthorizationPolicyResponse,
  Drift,
  type Entity,
  type GetMeshGraphResponse,
  GraphForm,
  Phase,
  SourcePhase,
  type WatchMeshGraphResponse,
} from '@mcp/contracts';
import type { AnyRecordedEvent } from '@mcp/events';
import { MeshGraph } from '@mcp/graph';
import { connectRedisLog } from '@mcp/redis';
import { entityToProto } from '../../apps/mcp-api/src/to-proto/entity.to-proto.js';
import { answerOf } from './answer-of.js';
import { eventually } from './eventually.js';
import { RealMesh } from './real-mesh.js';
import { namespace, openToEveryone, webPod, webServer, webService } from './shop.js';

let mesh: RealMesh;

function graph(
  form: GraphForm = GraphForm.GRAPH_FORM_TYPED,
  caller = mesh.caller,
): Promise<GetMeshGraphResponse> {
  const request = { namespaces: [], at: '', form, pageBytes: 0, pageToken: '', includeRates: false };
  return answerOf((done) => mesh.graphs.getMeshGraph(request, caller, mesh.soon(), done));
}

async function entity(key: string): Promise<Entity | undefined> {
  return (await graph()).entities.find((found) => found.key === key);
}

const apply = (
  request: Partial<ApplyAuthorizationPolicyRequest>,
): Promise<ApplyAuthorizationPolicyResponse> =>
  mesh.apply({ name: 'open', jsonSpec: openToEveryone, ...request });

/** The graph folded from the first event to the position of an answer, without any snapshot. */
async function foldedFromZero(upTo: string): Promise<Entity[]> {
  const log = await connectRedisLog({ url: mesh.redis.url, mesh: 'e2e' });
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
  mesh = await RealMesh.open();
  await mesh.create(namespace('shop'), webPod('web-1'), webPod('web-2'), webService, webServer);
  await mesh.startApps();
  // the API asks after the collector every so often
  await eventually(graph, ({ collector }) => collector?.atWork === true);
}, 120_000);

afterAll(() => mesh.close());

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
    const refused = graph(GraphForm.GRAPH_FORM_TYPED, new Metadata());
    await expect(refused).rejects.toMatchObject({ details: expect.stringContaining('UNAUTHENTICATED') });
  });

  it('tell a watcher of each change in the cluster', async () => {
    const upserted: string[] = [];
    const removed: string[] = [];
    const stream = mesh.graphs.watchMeshGraph(
      { namespaces: ['shop'], resumeFrom: '', includeRates: false },
      mesh.caller,
    );
    stream.on('data', ({ message }: WatchMeshGraphResponse) => {
      if (message?.$case !== 'delta') return;
      upserted.push(...message.delta.upserted.map(({ key }) => key));
      removed.push(...message.delta.removed);
    });
    stream.on('error', () => undefined);
    await once(stream, 'data');
    await mesh.create(webPod('web-3'));
    await eventually(
      async () => upserted,
      (keys) => keys.includes('Workload/shop/Pod/web-3'),
    );
    await mesh.kubectl('delete', 'pod', '-n', 'shop', 'web-3', '--now', '--wait=false');
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
    const converged = await mesh.reaches(changeId, Phase.PHASE_CONVERGED);
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
      await mesh.kubectl('get', 'authorizationpolicy', '-n', 'shop', 'open', '-o', 'json'),
    ) as {
      spec: unknown;
    };
    expect(live.spec).toEqual(JSON.parse(openToEveryone));
  });

  it('show as drift what someone edits with kubectl', async () => {
    const edit = { spec: { targetRef: { name: 'another' } } };
    await mesh.kubectl(
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
      () => mesh.change(first),
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
    const conflicted = await mesh.reaches(changeId, Phase.PHASE_CONFLICTED);
    expect(conflicted?.conflicts).toEqual([
      { manager: 'kubectl-patch', field: expect.stringContaining('targetRef.name') },
    ]);
  });

  it.each(['collector', 'reconciler', 'mcp-api'] as const)(
    'lose nothing when %s is killed while the cluster changes',
    async (name) => {
      await mesh.apps[name].crash();
      const pod = `during-${name}`;
      await mesh.create(webPod(pod));
      const policy = `during-${name}`;
      const asked = name === 'mcp-api' ? undefined : await apply({ name: policy });
      if (name === 'collector') {
        const { collector } = await eventually(graph, (answer) => answer.collector?.atWork === false, 30_000);
        expect(collector?.lastSeen).toBeInstanceOf(Date);
      }
      await mesh.apps[name].start();
      await eventually(
        () => entity(`Workload/shop/Pod/${pod}`),
        (found) => found !== undefined,
      );
      const { changeId } = asked ?? (await apply({ name: policy }));
      expect((await mesh.reaches(changeId, Phase.PHASE_CONVERGED))?.phase).toBe(Phase.PHASE_CONVERGED);
      await expectEqualToZero();
    },
    90_000,
  );

  it('go on when Redis is killed and comes back', async () => {
    await mesh.redis.kill();
    await expect(apply({ name: 'no-log' })).rejects.toMatchObject({ code: 14 });
    await mesh.create(webPod('during-redis'));
    await mesh.redis.restart();
    await eventually(
      () => entity('Workload/shop/Pod/during-redis'),
      (found) => found !== undefined,
      60_000,
    );
    const { changeId } = await apply({ name: 'after-redis' });
    expect((await mesh.reaches(changeId, Phase.PHASE_CONVERGED))?.phase).toBe(Phase.PHASE_CONVERGED);
    await expectEqualToZero();
  }, 120_000);

  it('go on when the API server is killed and comes back', async () => {
    await mesh.kube.kill();
    const { changeId } = await apply({ name: 'no-cluster' });
    await eventually(
      () => entity('Source/Pod'),
      (found) =>
        found?.entity?.$case === 'source' && found.entity.source.phase === SourcePhase.SOURCE_PHASE_STALE,
      60_000,
    );
    await mesh.kube.restart();
    expect((await mesh.reaches(changeId, Phase.PHASE_CONVERGED))?.phase).toBe(Phase.PHASE_CONVERGED);
  }, 180_000);

  it('serve a client in another language, from the proto files alone', async () => {
    const client = mesh.python('client.py', '8');
    await eventually(
      async () => client.lines.length,
      (count) => count >= 2 || client.errors !== '',
      60_000,
    );
    await mesh.create(webPod('for-python'));
    await client.ended;
    expect(client.errors).toBe('');
    expect(JSON.parse(client.lines[0]!)).toMatchObject({
      entities: expect.arrayContaining(['Service/shop/web']),
    });
    expect(client.lines.slice(1).join('\n')).toContain('Workload/shop/Pod/for-python');
  }, 120_000);

  it('drain and end with 0 when they are told to stop', async () => {
    expect(await Promise.all(Object.values(mesh.apps).map((app) => app.stop()))).toEqual([0, 0, 0]);
  });
});
