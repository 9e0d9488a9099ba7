import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import {
  GetMeshGraphRequest,
  type GetMeshGraphResponse,
  GraphForm,
  ListChangesRequest,
  type ListChangesResponse,
  Phase,
} from '@mcp/contracts';
import { connectRedisLog } from '@mcp/redis';
import { CutProxy } from '@mcp/testing';
import type { Phase as PhaseName } from '@mcp/desired-state';
import { allPages } from '../../apps/cli/src/connect/all-pages.js';
import { answerOf } from '../e2e/answer-of.js';
import type { ApiCaller } from '../e2e/api-caller.js';
import type { AppProcess } from '../e2e/app-process.js';
import { RealMesh } from '../e2e/real-mesh.js';
import { namespace, webServer } from '../e2e/shop.js';
import { check } from './checker/check.js';
import type { Finding, History, Served } from './checker/history.js';
import { readHistory } from './checker/read-history.js';
import { Clients } from './run/clients.js';
import { clusterWrites, editMark } from './run/cluster-writes.js';
import { Faults } from './run/faults.js';
import { Choices } from './run/random.js';

/** `npm run chaos -- --seed N --minutes M` sets both. */
const seeds = (process.env['MCP_CHAOS_SEEDS'] ?? '1,2').split(',').map(Number);
const minutes = Number(process.env['MCP_CHAOS_MINUTES'] ?? '1.5');
const minuteMs = 60_000;

/** Until leases of those that were killed are over, and all that waits was tried again. */
const quietWithinMs = 2 * minuteMs;

it.each(seeds)(
  'whatever is killed, paused and edited, the laws hold (seed %d)',
  async (seed) => {
    process.stdout.write(`chaos: seed ${seed}, ${minutes} minutes\n`);
    const { findings, done } = await runOf(seed);
    const again = `npm run chaos -- --seed ${seed} --minutes ${minutes}`;
    expect({ findings, done: findings.length === 0 ? [] : done, again }).toEqual({
      findings: [],
      done: [],
      again,
    });
  },
  minutes * minuteMs + quietWithinMs + 2 * minuteMs,
);

async function runOf(seed: number) {
  const proxies: CutProxy[] = [];
  const mesh = await RealMesh.open({
    all: async ({ redis }) => {
      proxies.push(await CutProxy.start(redis.port));
      return { MCP_REDIS_URL: `redis://127.0.0.1:${proxies[0]!.port}` };
    },
  });
  try {
    await mesh.create(namespace('shop'), byHand(webServer));
    const others = [
      await mesh.replicaOf('mcp-api'),
      await mesh.replicaOf('collector'),
      await mesh.replicaOf('reconciler'),
    ] as const;
    await mesh.startApps();
    await Promise.all(others.map((app) => app.start()));
    const apis = [mesh, mesh.callerAt(others[0].address)];
    const apps = [...Object.values(mesh.apps), ...others];
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `chaos-${letter}`);
    const clients = new Clients(apis, mesh.kubectl, names);
    const faults = new Faults(apps, mesh.redis, proxies[0]!, mesh.kube);
    await disturbed(seed, clients, faults, apis);
    const unquiet = await noiseLeft(apis);
    const served = await Promise.all(apis.map((api, nth) => servedBy(api, `mcp-api ${nth + 1}`)));
    const ended = await endedInOrder(apps);
    const cluster = await clusterWrites(mesh.kube);
    const log = await connectRedisLog({ url: mesh.redis.url, mesh: 'e2e' });
    try {
      const { acknowledged, told, deletedByHand } = clients;
      const record = { acknowledged, told, deletedByHand: [...deletedByHand], served, ended };
      const history = await readHistory(log, { cluster, record });
      const { length } = history.events;
      process.stdout.write(
        `chaos: ${acknowledged.length} acknowledged, ${length} events, ${cluster.length} writes, faults: ${faults.done.length}\n`,
      );
      const acts = [...clients.acts].map(([act, { done, refused }]) => `${act} ${done}, not ${refused}`);
      process.stdout.write(`chaos: ${acts.join('; ')}\n`);
      // a run in which nothing happened proves nothing
      if (acknowledged.length < 10 || faults.done.length < 3) throw new Error('too little happened');
      const findings = [...unquiet, ...check(history)];
      if (findings.length > 0) await keep(seed, history, { done: faults.done, apps });
      return { findings, done: faults.done };
    } finally {
      await log.close();
    }
  } finally {
    await mesh.close();
    for (const proxy of proxies) await proxy.stop();
  }
}

async function disturbed(
  seed: number,
  clients: Clients,
  faults: Faults,
  [first, second]: readonly ApiCaller[],
): Promise<void> {
  const over = AbortSignal.timeout(minutes * minuteMs);
  await Promise.all([
    ...[1, 2, 3].map((nth) => clients.run(`client ${nth}`, new Choices(seed * 100 + nth), over)),
    clients.watch('watcher 1', first!, over),
    clients.watch('watcher 2', second!, over),
    faults.run(new Choices(seed), over),
  ]);
}

/** Whether a collector is at work is known of a few seconds ago: as long as it may take until that of one that was killed is not believed any more. */
const stillForMs = 10_000;

/**
 * Waits until nothing waits any more, a collector is at work, both replicas have read the same, and the log has stood still for a while; what is
 * not so in time is a finding.
 */
async function noiseLeft(apis: readonly ApiCaller[]): Promise<Finding[]> {
  let before = '';
  let since = Date.now();
  let waiting: string[] = [];
  let atWork = false;
  for (const until = Date.now() + quietWithinMs; Date.now() < until;) {
    try {
      const open = await Promise.all(apis.map((api) => changesOf(api)));
      waiting = open.flat().flatMap(({ id, phase }) => (isWaiting(phase) ? [id] : []));
      const graphs = await Promise.all(apis.map((api) => graphOf(api)));
      const positions = new Set(graphs.map(({ position }) => position));
      atWork = graphs.every(({ collector }) => collector?.atWork === true);
      const now = [...positions].join();
      if (now !== before || positions.size > 1 || !atWork || waiting.length > 0) since = Date.now();
      before = now;
      if (Date.now() - since >= stillForMs) return [];
    } catch (error) {
      before = String(error);
      since = Date.now();
    }
    await sleep(2_000);
  }
  const what = { waiting: [...new Set(waiting)], atWork, last: before };
  return [{ law: 'all quiet at last', message: JSON.stringify(what) }];
}

function isWaiting(phase: Phase): boolean {
  return phase === Phase.PHASE_REQUESTED || phase === Phase.PHASE_DRY_RUN;
}

async function changesOf(api: ApiCaller) {
  const pages = await allPages({ progress: () => undefined } as never, (pageToken) =>
    answerOf<ListChangesResponse>((done) =>
      api.changes.listChanges(ListChangesRequest.fromPartial({ pageToken }), api.caller, api.soon(), done),
    ),
  );
  return pages.flatMap(({ changes }) =>
    changes.flatMap((change) => (change.parts.length === 0 ? [change] : change.parts)),
  );
}

function graphOf(api: ApiCaller): Promise<GetMeshGraphResponse> {
  const request = GetMeshGraphRequest.fromPartial({ form: GraphForm.GRAPH_FORM_TYPED });
  return answerOf((done) => api.graphs.getMeshGraph(request, api.caller, api.soon(), done));
}

async function servedBy(api: ApiCaller, replica: string): Promise<Served> {
  const changes = await changesOf(api);
  const { entities } = await graphOf(api);
  return {
    replica,
    phases: Object.fromEntries(changes.map(({ id, phase }) => [id, phaseName(phase)])),
    graph: Object.fromEntries(
      entities.map((entity) => [
        entity.key,
        createHash('sha256').update(JSON.stringify(entity)).digest('hex').slice(0, 16),
      ]),
    ),
  };
}

function phaseName(phase: Phase): PhaseName {
  return Phase[phase].slice('PHASE_'.length).toLowerCase().replaceAll('_', '-') as PhaseName;
}

/** For whoever looks why. */
async function keep(
  seed: number,
  history: History,
  { done, apps }: { readonly done: readonly string[]; readonly apps: readonly AppProcess[] },
): Promise<void> {
  const file = join(tmpdir(), `chaos-${seed}.json`);
  const versions = Object.fromEntries(history.versions);
  const printed = apps.map(({ name, output }) => ({ name, lines: output.split('\n') }));
  await writeFile(file, JSON.stringify({ ...history, versions, done, printed }, undefined, 1));
  process.stdout.write(`chaos: the history is in ${file}\n`);
}

function byHand(object: { readonly metadata: object }): object {
  return { ...object, metadata: { ...object.metadata, annotations: { [editMark]: '0' } } };
}

/** Each compares what it holds with a replay, at its end. */
function endedInOrder(apps: readonly AppProcess[]) {
  return Promise.all(apps.map(async (app) => ({ process: app.name, asked: true, code: await app.stop() })));
}
