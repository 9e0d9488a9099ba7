import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServiceError, status } from '@grpc/grpc-js';
import { Phase } from '@mcp/contracts';
import type { HeldRequest, Moment } from '@mcp/testing';
import { eventually } from './eventually.js';
import { Gates } from './gates.js';
import { isAppend, isApply, isDryRun } from './passing-requests.js';
import { policyIn } from './policy-in-cluster.js';
import { RealMesh } from './real-mesh.js';
import { RecordedHistory } from './recorded-history.js';
import { namespace, openToEveryone, webServer } from './shop.js';
import { type AppName, appNames } from './three-apps.js';

/** What a change takes until it has converged: each a request that one process makes of another, in this order. */
const steps = ['request', 'dry run', 'start', 'apply', 'outcome', 'observation'] as const;
type Step = (typeof steps)[number];
type Part = AppName | 'Redis' | 'API server';

const stepsOf: Readonly<Record<Step, { readonly from: AppName; readonly to: 'Redis' | 'API server' }>> = {
  request: { from: 'mcp-api', to: 'Redis' },
  'dry run': { from: 'reconciler', to: 'API server' },
  start: { from: 'reconciler', to: 'Redis' },
  apply: { from: 'reconciler', to: 'API server' },
  outcome: { from: 'reconciler', to: 'Redis' },
  observation: { from: 'collector', to: 'Redis' },
};

const everything: readonly Part[] = [...appNames, 'Redis', 'API server'];

interface Case {
  readonly step: Step;
  readonly moment: Moment;
  readonly killed: readonly Part[];
  readonly plan: 'create' | 'update';
  readonly who: string;
}

const moments: readonly Moment[] = ['before', 'after'];
const cases: readonly Case[] = steps.flatMap((step) =>
  moments.flatMap((moment): Case[] => {
    const { from, to } = stepsOf[step];
    const plans = from === 'reconciler' ? (['create', 'update'] as const) : (['create'] as const);
    return [
      ...plans.map((plan) => ({ step, moment, plan, killed: [from], who: `the ${from}` })),
      { step, moment, plan: 'update', killed: [to], who: `the ${to}` },
      ...(moment === 'after'
        ? [{ step, moment, plan: 'create' as const, killed: everything, who: 'everything' }]
        : []),
    ];
  }),
);

let gates: Gates;
let mesh: RealMesh;
/** Every change that was acknowledged, by who asked for it. */
const acknowledged = new Map<string, string>();

beforeAll(async () => {
  mesh = await RealMesh.open({
    all: async (servers) => {
      gates = await Gates.before(servers);
      // one process of each: the next life need not wait until the lease of the former is over
      return { ...gates.environment, MCP_LEADER_ELECTION: 'none' };
    },
  });
  await mesh.create(namespace('shop'), webServer);
  await mesh.startApps();
  // taken once the namespace is known; and by its end Redis has the script of appends
  const first = await eventually(
    () => ask('first'),
    () => true,
  );
  await mesh.reaches(first, Phase.PHASE_CONVERGED);
}, 120_000);

afterAll(async () => {
  await mesh.close();
  await gates.stop();
}, 30_000);

const closed = JSON.stringify({
  targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web-http' },
  requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'nobody' }],
});

async function ask(name: string, jsonSpec = openToEveryone): Promise<string> {
  const idempotencyKey = `${name}-${jsonSpec === closed ? 'closed' : 'open'}`;
  const { changeId } = await mesh.apply({ name, jsonSpec, idempotencyKey });
  const before = acknowledged.get(idempotencyKey) ?? changeId;
  expect(changeId).toBe(before);
  acknowledged.set(idempotencyKey, changeId);
  return changeId;
}

/** Whoever asks learns nothing where a process on the way to the log is killed. */
function mayBeUnanswered(error: unknown): undefined {
  const { code } = error as ServiceError;
  if (code !== status.UNAVAILABLE && code !== status.DEADLINE_EXCEEDED) throw error;
}

function hold(step: Step, moment: Moment, name: string): Promise<HeldRequest> {
  const { redis, cluster } = gates;
  switch (step) {
    case 'request':
      return redis.hold(moment, isAppend('ChangeRequested'));
    case 'dry run':
      return cluster.hold(moment, isDryRun(name));
    case 'start':
      return redis.hold(moment, isAppend('ApplyStarted'));
    case 'apply':
      return cluster.hold(moment, isApply(name));
    case 'outcome':
      return redis.hold(moment, isAppend('ChangeApplied'));
    case 'observation':
      return redis.hold(moment, isAppend('AuthorizationPolicyObserved'));
  }
}

const kill = (part: Part): Promise<void> => {
  if (part === 'Redis') return mesh.redis.kill();
  return part === 'API server' ? mesh.kube.kill() : mesh.apps[part].crash();
};

async function bringBack(killed: readonly Part[]): Promise<void> {
  await Promise.all([
    killed.includes('Redis') && mesh.redis.restart(),
    killed.includes('API server') && mesh.kube.restart(),
  ]);
  await Promise.all(appNames.filter((app) => killed.includes(app)).map((app) => mesh.apps[app].start()));
}

describe('a change is applied once, and is one change, when there is killed', () => {
  it.each(cases)(
    '$who $moment the server has the $step, to $plan a policy',
    async ({ step, moment, killed, plan }) => {
      const name = `${step}-${moment}-${killed.length}-${killed[0]}-${plan}`
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, '-');
      if (plan === 'update') await mesh.reaches(await ask(name, closed), Phase.PHASE_CONVERGED);

      const heldRequest = hold(step, moment, name);
      const answer = ask(name).catch(mayBeUnanswered);
      const held = await Promise.race([heldRequest, answer.then(() => heldRequest)]);
      await Promise.all(killed.map(kill));
      held.drop();
      await bringBack(killed);
      await answer;

      const changeId = await eventually(
        () => ask(name),
        () => true,
      );
      const change = await mesh.reaches(changeId, Phase.PHASE_CONVERGED);
      expect(change?.revision).toBe(plan === 'create' ? 1 : 2);

      const recorded = await history();
      const outcomes = recorded.ofChange(changeId);
      expect(outcomes.filter((type) => type !== 'ApplyStarted' && type !== 'ApplyDeferred')).toEqual([
        'ChangeRequested',
        'DesiredStateSet',
        'DryRunPassed',
        'ChangeApplied',
      ]);
      const live = await policyIn(mesh, name);
      const applied = recorded.events.find(
        ({ type, correlation }) => type === 'ChangeApplied' && correlation === changeId,
      );
      expect(live).toEqual({
        generation: plan === 'create' ? 1 : 2,
        resourceVersion: applied?.resourceVersion,
        appliedBy: changeId,
        managers: ['linkerd-mcp'],
      });
    },
    120_000,
  );
});

it('nothing that was acknowledged is lost or there twice, and the log has no gap', async () => {
  const recorded = await history();
  expect(recorded.gaps()).toEqual([]);
  for (const changeId of acknowledged.values()) {
    const types = recorded.ofChange(changeId);
    expect(types.filter((type) => type === 'ChangeRequested')).toHaveLength(1);
    expect(types.filter((type) => type === 'ChangeApplied')).toHaveLength(1);
  }
  expect(new Set(acknowledged.values()).size).toBe(acknowledged.size);
});

it('every projection of every process equals the log from its first event', async () => {
  // each compares at its end, and fails where they differ
  expect(await Promise.all(Object.values(mesh.apps).map((app) => app.stop()))).toEqual([0, 0, 0]);
});

const history = (): Promise<RecordedHistory> => RecordedHistory.of({ url: mesh.redis.url, mesh: 'e2e' });
