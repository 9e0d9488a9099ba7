import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import {
  type Entity,
  GetMeshGraphRequest,
  type GetMeshGraphResponse,
  GraphForm,
  Phase,
  type WatchMeshGraphResponse,
} from '@mcp/contracts';
import { answerOf } from './answer-of.js';
import type { ApiCaller } from './api-caller.js';
import type { AppProcess } from './app-process.js';
import { eventually } from './eventually.js';
import { Gates } from './gates.js';
import { isAppend, isApply } from './passing-requests.js';
import { policyIn } from './policy-in-cluster.js';
import { RealMesh } from './real-mesh.js';
import { RecordedHistory } from './recorded-history.js';
import { namespace, openToEveryone, webPod, webServer, webService } from './shop.js';
import { WatchedGraph } from './watched-graph.js';

/** A lease is over 15 s after it was last renewed; then whoever looks next, every 2 s, takes it. */
const takeoverWithinMs = 60_000;

let gates: Gates;
let mesh: RealMesh;
let apis: readonly ApiCaller[];
const replicas = { collector: [] as AppProcess[], reconciler: [] as AppProcess[] };
type Role = keyof typeof replicas;

beforeAll(async () => {
  mesh = await RealMesh.open({
    all: async (servers) => (gates = await Gates.before(servers)).environment,
  });
  await mesh.create(namespace('shop'), webService, webServer);
  const [api, collector, reconciler] = [
    await mesh.replicaOf('mcp-api'),
    await mesh.replicaOf('collector'),
    await mesh.replicaOf('reconciler'),
  ];
  await mesh.startApps();
  await Promise.all([api, collector, reconciler].map((app) => app.start()));
  replicas.collector.push(mesh.apps.collector, collector);
  replicas.reconciler.push(mesh.apps.reconciler, reconciler);
  apis = [mesh, mesh.callerAt(api.address)];
}, 120_000);

afterAll(async () => {
  await mesh.close();
  await gates.stop();
}, 30_000);

async function leadersOf(role: Role): Promise<AppProcess[]> {
  const leads = await Promise.all(
    replicas[role].map(async (app) => (await app.count(`mcp_${role}_leader`)) === 1),
  );
  return replicas[role].filter((_, nth) => leads[nth]);
}

/** The one of this role that leads, once one does. */
async function leaderOf(role: Role): Promise<AppProcess> {
  const leaders = await eventually(
    () => leadersOf(role),
    ({ length }) => length > 0,
    takeoverWithinMs,
  );
  expect(leaders).toHaveLength(1);
  return leaders[0]!;
}

const otherThan = (role: Role, app: AppProcess): AppProcess => replicas[role].find((each) => each !== app)!;

const ask = (api: ApiCaller, name: string) =>
  api.apply({ name, jsonSpec: openToEveryone, idempotencyKey: `of-${name}` });

it('a leader that was paused for longer than its lease is refused by the log and by the API server', async () => {
  const old = { collector: await leaderOf('collector'), reconciler: await leaderOf('reconciler') };
  const next = {
    collector: otherThan('collector', old.collector),
    reconciler: otherThan('reconciler', old.reconciler),
  };
  const asked = new Map<string, string>();
  const request = async (api: ApiCaller, name: string): Promise<void> => {
    asked.set(name, (await ask(api, name)).changeId);
  };

  const lateApply = gates.cluster.hold('before', isApply('apply-under-way'));
  await request(apis[0]!, 'apply-under-way');
  const apply = await lateApply;
  const lateOutcome = gates.redis.hold('before', isAppend('ChangeApplied'));
  const lateObservation = gates.redis.hold('before', isAppend('AuthorizationPolicyObserved'));
  await request(apis[1]!, 'outcome-under-way');
  const [outcome, observation] = await Promise.all([lateOutcome, lateObservation]);
  for (const app of Object.values(old)) app.pause();
  for (const nth of [0, 1, 2]) await request(apis[nth % 2]!, `while-paused-${nth}`);

  const leads = (app: AppProcess, role: Role) =>
    eventually(
      () => app.count(`mcp_${role}_leader`),
      (leading) => leading === 1,
      takeoverWithinMs,
    );
  await Promise.all([leads(next.collector, 'collector'), leads(next.reconciler, 'reconciler')]);
  for (const changeId of asked.values()) await mesh.reaches(changeId, Phase.PHASE_CONVERGED);

  // what the former leaders had sent comes only now, and then they wake up
  expect(await outcome.deliver()).toContain('DEPOSED');
  expect(await observation.deliver()).toContain('DEPOSED');
  expect(await apply.deliver()).toMatch(/^409 /);
  for (const app of Object.values(old)) app.resume();
  await eventually(
    () => old.collector.count('mcp_log_appends_total', 'outcome="refused"'),
    (refused) => refused > 0,
  );
  for (const role of ['collector', 'reconciler'] as const) {
    await eventually(
      () => leadersOf(role),
      (leaders) => leaders.length === 1 && leaders[0] === next[role],
    );
  }
  await eventually(
    () => old.reconciler.readiness(),
    (told) => told.startsWith('200 ') && told.includes('waiting for its turn to lead'),
  );
  await eventually(
    () => old.collector.readiness(),
    (told) => told.startsWith('200 ') && told.includes('another process leads'),
  );

  const history = await RecordedHistory.of({ url: mesh.redis.url, mesh: 'e2e' });
  expect(history.gaps()).toEqual([]);
  for (const [name, changeId] of asked) {
    const outcomes = history.ofChange(changeId);
    for (const once of ['ChangeRequested', 'ChangeApplied'])
      expect([name, once, outcomes.filter((type) => type === once).length]).toEqual([name, once, 1]);
    expect(await policyIn(mesh, name)).toMatchObject({ generation: 1, appliedBy: changeId });
  }
}, 180_000);

it('a leader that was deposed leads again when the other one ends', async () => {
  for (const role of ['collector', 'reconciler'] as const) {
    const leader = await leaderOf(role);
    const deposed = otherThan(role, leader);
    // at its end every projection is built anew from the first event and compared
    expect(await leader.stop()).toBe(0);
    replicas[role] = [deposed];
    expect(await leaderOf(role)).toBe(deposed);
  }
  const { changeId } = await ask(mesh, 'led-again');
  await mesh.reaches(changeId, Phase.PHASE_CONVERGED);
  expect(await policyIn(mesh, 'led-again')).toMatchObject({ generation: 1, appliedBy: changeId });
}, 120_000);

it('a change that one replica of the API accepted is read at the other by its position', async () => {
  for (let nth = 0; nth < 10; nth += 1) {
    const [here, there] = nth % 2 === 0 ? [apis[0]!, apis[1]!] : [apis[1]!, apis[0]!];
    const { changeId, position } = await ask(here, `read-at-the-other-${nth}`);
    const found = await there.change(changeId, position);
    expect(found).toMatchObject({ id: changeId, revision: 1 });
    // and a repeated request is the same change there
    expect(await ask(there, `read-at-the-other-${nth}`)).toMatchObject({ changeId, duplicate: true });
  }
}, 60_000);

it('a watcher whose replica of the API is killed goes on at the other one without a gap', async () => {
  const watched = new WatchedGraph();
  const watch = (api: ApiCaller): void => {
    const stream = api.graphs.watchMeshGraph(
      { namespaces: ['shop'], resumeFrom: watched.position, includeRates: false },
      mesh.caller,
    );
    stream.on('data', (message: WatchMeshGraphResponse) => watched.take(message));
    stream.on('error', () => undefined);
  };
  const has = (pod: string) =>
    eventually(
      async () => watched.entities.has(`Workload/shop/Pod/${pod}`),
      (found) => found,
    );
  watch(apis[0]!);
  await mesh.create(webPod('seen-at-the-first'));
  await has('seen-at-the-first');
  await mesh.apps['mcp-api'].crash();
  await mesh.create(webPod('missed'));
  await mesh.kubectl('delete', 'pod', '-n', 'shop', 'seen-at-the-first', '--now', '--wait=false');
  await eventually(
    async () => [...(await entitiesAt(apis[1]!)).keys()].filter((key) => key.startsWith('Workload/')),
    (workloads) => String(workloads) === 'Workload/shop/Pod/missed',
  );

  watch(apis[1]!);
  await mesh.create(webPod('seen-at-the-second'));
  await has('seen-at-the-second');
  await eventually(
    () => entitiesAt(apis[1]!),
    (entities) => isDeepStrictEqual(entities, watched.entities),
  );
  // the one that came first: what was missed came as deltas
  expect(watched.wholeGraphs).toBe(1);
}, 90_000);

/** What is in the namespace, as this replica answers who asks once. */
async function entitiesAt(api: ApiCaller): Promise<Map<string, Entity>> {
  const request = GetMeshGraphRequest.fromPartial({
    namespaces: ['shop'],
    form: GraphForm.GRAPH_FORM_TYPED,
  });
  const { entities } = await answerOf<GetMeshGraphResponse>((done) =>
    api.graphs.getMeshGraph(request, api.caller, api.soon(), done),
  );
  return new Map(entities.map((entity) => [entity.key, entity]));
}
