import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServiceError, status } from '@grpc/grpc-js';
import {
  type ApplyAuthorizationPolicyResponse,
  GetMeshGraphRequest,
  type GetMeshGraphResponse,
  GraphForm,
  Phase,
  WatchMeshGraphRequest,
  type WatchMeshGraphResponse,
} from '@mcp/contracts';
import { type RedisServer, SentinelTrio } from '@mcp/testing';
import { answerOf } from './answer-of.js';
import type { AppProcess } from './app-process.js';
import { AppsOnSimulation } from './apps-on-simulation.js';
import { eventually } from './eventually.js';
import { openToEveryone } from './shop.js';

let trio: SentinelTrio;
let system: AppsOnSimulation;
/** Applied and recorded on both servers. */
let kept: ApplyAuthorizationPolicyResponse;
/** Accepted and applied, and recorded by the master alone. */
let lost: ApplyAuthorizationPolicyResponse;
/** Of the graph with what `lost` applied. */
let lostPosition: string;
let open: Watching;

interface Watching {
  readonly messages: readonly WatchMeshGraphResponse[];
  readonly cancel: () => void;
}

function watch(resumeFrom = ''): Watching {
  const messages: WatchMeshGraphResponse[] = [];
  const request = WatchMeshGraphRequest.fromPartial({ resumeFrom });
  const stream = system.graphs.watchMeshGraph(request, system.caller);
  stream.on('data', (message: WatchMeshGraphResponse) => messages.push(message));
  // how it ends is said by what it has told until then
  stream.on('error', () => undefined);
  return { messages, cancel: () => stream.cancel() };
}

/** Why the stream gave a whole graph again; undefined where it has not. */
const resyncReason = ({ messages }: Watching): string | undefined =>
  messages
    .map(({ message }) => (message?.$case === 'snapshot' ? message.snapshot : undefined))
    .find((chunk) => chunk?.resync)?.resyncReason;

function graph(at = ''): Promise<GetMeshGraphResponse> {
  const request = GetMeshGraphRequest.fromPartial({ at, form: GraphForm.GRAPH_FORM_TYPED });
  return answerOf((done) => system.graphs.getMeshGraph(request, system.caller, system.soon(), done));
}

const has = ({ entities }: GetMeshGraphResponse, name: string): boolean =>
  entities.some(({ key }) => key === `AuthorizationPolicy/shop/${name}`);

const lostIn = (field: string): unknown => expect.stringContaining(`(POSITION_LOST); leave ${field} empty`);

const refusalOf = (asked: Promise<unknown>): Promise<ServiceError | undefined> =>
  asked.then(
    () => undefined,
    (error: unknown) => error as ServiceError,
  );

const saying = (app: AppProcess, line: string): Promise<string> =>
  eventually(
    async () => app.output,
    (output) => output.includes(line),
  );

const allRecordedBy = async (replica: RedisServer): Promise<boolean> =>
  (await replica.command(`XLEN ${logKey}`)) === (await trio.servers[0]?.command(`XLEN ${logKey}`));
const logKey = '{mcp:default}:log';

/** What is accepted after this is with the master alone. */
async function cutOff(replica: RedisServer): Promise<void> {
  await eventually(() => allRecordedBy(replica), Boolean);
  replica.pause();
  await trio.servers[0]?.command('CLIENT KILL TYPE replica');
}

/** As a person would who has found out that this log is the one that is right. */
async function takeMarksFrom(name: string): Promise<void> {
  const url = `${system.mesh.url}/apis/policy.linkerd.io/v1alpha1/namespaces/shop/authorizationpolicies/${name}`;
  const answer = await fetch(url, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ metadata: { annotations: null } }),
  });
  expect(answer.status).toBe(200);
}

beforeAll(async () => {
  trio = await SentinelTrio.start({ replicas: 1, settings: { appendfsync: 'always' } });
  // MCP_REDIS_REPLICAS is not set: an answer does not wait for the replica
  system = await AppsOnSimulation.open({ redis: trio });
  kept = await system.apply({ name: 'kept', jsonSpec: openToEveryone });
  await system.reaches(kept.changeId, Phase.PHASE_CONVERGED);
  const [master, replica] = trio.servers as [RedisServer, RedisServer];
  await cutOff(replica);

  lost = await system.apply({ name: 'lost', jsonSpec: openToEveryone });
  await system.reaches(lost.changeId, Phase.PHASE_CONVERGED);
  lostPosition = (await eventually(graph, (answer) => has(answer, 'lost'))).position;
  open = watch();
  await eventually(
    async () => open.messages,
    (messages) => messages.some(({ position }) => position !== ''),
  );

  await master.kill();
  replica.resume();
  await eventually(
    () => trio.current(),
    (current) => current === replica,
    60_000,
  );
}, 180_000);

afterAll(() => system.close());

describe('a failover to a replica that lacks the newest events', () => {
  it('is told to who watches: the whole graph comes again, and says why', async () => {
    expect(
      await eventually(
        async () => resyncReason(open),
        (reason) => reason !== undefined,
      ),
    ).toContain('(POSITION_LOST)');
    open.cancel();
  });

  it('makes a position that was handed out before DATA_LOSS, and names the field', async () => {
    // each state is built anew when its follower has found out
    const ofChange = await eventually(
      () => refusalOf(system.change(kept.changeId, lost.position)),
      (refusal) => refusal !== undefined,
    );
    expect(ofChange).toMatchObject({ code: status.DATA_LOSS, details: lostIn('at_least') });
    const ofGraph = await refusalOf(graph(lostPosition));
    expect(ofGraph).toMatchObject({ code: status.DATA_LOSS, details: lostIn('at') });
  });

  it('gives the whole graph to who resumes at such a position', async () => {
    const resumed = watch(lostPosition);
    const reason = await eventually(
      async () => resyncReason(resumed),
      (found) => found !== undefined,
    );
    expect(reason).toBe('the log lost the part that the position is in');
    resumed.cancel();
  });

  it('keeps the changes that the replica had, and knows nothing of the others', async () => {
    expect(await system.change(kept.changeId)).toMatchObject({ phase: Phase.PHASE_CONVERGED });
    expect(await refusalOf(system.change(lost.changeId))).toMatchObject({ code: status.NOT_FOUND });
  });

  it('loses nothing of the cluster: what it has now is recorded again', async () => {
    expect(has(await eventually(graph, (answer) => has(answer, 'lost')), 'kept')).toBe(true);
  });

  it('is counted and logged by what was built anew', async () => {
    const api = system.apps['mcp-api'];
    for (const projection of ['graph', 'desired'])
      expect(await api.count('mcp_api_rebuilds', `projection="${projection}"`)).toBe(1);
    expect(await api.count('mcp_api_calls_total', 'status="DATA_LOSS"')).toBe(2);
    await saying(api, 'the state was built anew');
    await saying(system.apps.collector, 'what the cluster is now is recorded anew');
    await saying(system.apps.reconciler, 'the log lost events; what it has was read anew');
  });

  it('writes nothing over what a lost change applied, until its marks are taken away', async () => {
    const asked = { name: 'lost', jsonSpec: openToEveryone };
    const early = await system.apply(asked);
    const refused = await system.reaches(early.changeId, Phase.PHASE_REFUSED);
    expect(refused?.problem).toMatchObject({
      code: 'LOG_BEHIND_CLUSTER',
      message: expect.stringContaining(lost.changeId),
    });
    expect(await system.apps.reconciler.count('mcp_reconciler_outcomes_total', 'LOG_BEHIND_CLUSTER')).toBe(1);

    await takeMarksFrom('lost');
    const again = await system.apply(asked);
    expect(again.changeId).not.toBe(early.changeId);
    expect((await system.reaches(again.changeId, Phase.PHASE_CONVERGED))?.object?.name).toBe('lost');
  }, 90_000);

  it('leaves no app with a state that the log does not give', async () => {
    expect(await Promise.all(Object.values(system.apps).map((app) => app.stop()))).toEqual([0, 0, 0]);
  });
});
