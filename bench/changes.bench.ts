import { execFileSync } from 'node:child_process';
import { ListChangesRequest, Phase, type Change, type ListChangesResponse } from '@mcp/contracts';
import { applyObject, ClusterConnection } from '@mcp/kubernetes';
import { answerOf } from '../test/e2e/answer-of.js';
import { RealMesh } from '../test/e2e/real-mesh.js';
import { namespace } from '../test/e2e/shop.js';
import type { Benchmark, Row } from './benchmark.js';
import { percentilesOf, type Percentiles } from './figures.js';
import { msPercentiles, number } from './words.js';

/** Of one change: from the request, in milliseconds. */
interface Life {
  readonly acknowledged: number;
  readonly applied: number;
  readonly converged: number;
}

/** `at once`: clients, each with one change under way. */
interface Load {
  readonly changes: number;
  readonly clients: number;
}

interface Measured {
  readonly lives: readonly Life[];
  readonly seconds: number;
}

export const changes: Benchmark = {
  name: 'changes',
  title: 'Changes',
  async run({ quick }) {
    // the apps run as they are deployed
    execFileSync('npm', ['run', '--silent', 'build']);
    const loads: readonly Load[] = quick
      ? [{ changes: 10, clients: 2 }]
      : [
          { changes: 100, clients: 1 },
          { changes: 1_000, clients: 32 },
        ];
    const mesh = await RealMesh.open({ all: async () => ({ MCP_CHANGES_PER_MINUTE: '1000000' }) });
    try {
      await mesh.create(namespace('shop'));
      await mesh.startApps();
      const connection = ClusterConnection.fromKubeconfig(mesh.kube.kubeconfigPath);
      const rows: Row[] = [];
      for (const [round, load] of loads.entries()) {
        const bare = await applied(load, (name) => applyBare(connection, `bare-${round}-${name}`));
        rows.push(...rowsOf(load, await changed(mesh, load, `ours-${round}`), bare));
      }
      await connection.close();
      return {
        rows,
        notes: [
          'The three apps as processes on a real kube-apiserver and a real Redis that syncs every write to its disk. Each change is of an AuthorizationPolicy of its own; what it comes to is worked out before it is recorded, in a namespace without workloads.',
          'Acknowledged: durably recorded. Applied and converged: by the times at which the log took what proves it. Clients ask for the next change when the one before was acknowledged.',
          'The longest of one client is its first change, which opens the connection and starts the thread that works out what a change comes to. The thread is given up after ten minutes in which nothing was asked of it, and started again. With both there before, the first took 28 and 151 ms in place of 534 and 881 (ten changes, twice each, looked at once on a busier machine).',
          'Baseline: the same clients have the API server try out and then apply the same objects, one after the other, without us.',
          'One round.',
        ],
      };
    } finally {
      await mesh.close();
    }
  },
};

function rowsOf(
  { changes: count, clients }: Load,
  ours: Measured,
  bare: { readonly took: readonly number[]; readonly seconds: number },
): Row[] {
  const load = `${number(count)} changes, ${clients} ${clients === 1 ? 'client' : 'clients'}`;
  const baseline = percentilesOf(bare.took);
  const row = (what: string, of: (life: Life) => number): Row => {
    const took: Percentiles = percentilesOf(ours.lives.map(of));
    return {
      what: `${load}: request to ${what}`,
      ours: msPercentiles(took),
      baseline: msPercentiles(baseline),
      ratio: (took.p50 / baseline.p50).toFixed(2),
    };
  };
  return [
    row('acknowledged', ({ acknowledged }) => acknowledged),
    row('applied', ({ applied: at }) => at),
    row('converged', ({ converged }) => converged),
    {
      what: `${load}: until all have converged`,
      ours: `${number(count / ours.seconds)}/s`,
      baseline: `${number(count / bare.seconds)}/s`,
      ratio: (bare.seconds / ours.seconds).toFixed(2),
    },
  ];
}

async function changed(mesh: RealMesh, load: Load, prefix: string): Promise<Measured> {
  const asked = new Map<string, { readonly at: number; readonly acknowledged: number }>();
  const startedAt = Date.now();
  await inTurns(load, async (name) => {
    const at = Date.now();
    const { changeId } = await mesh.applyObject(manifest(`${prefix}-${name}`));
    asked.set(changeId, { at, acknowledged: Date.now() - at });
  });
  const ended = await allConverged(mesh, asked);
  const lives = ended.map((change): Life => {
    const { at, acknowledged } = asked.get(change.id)!;
    return {
      acknowledged,
      applied: timeOf(change, Phase.PHASE_APPLIED) - at,
      converged: timeOf(change, Phase.PHASE_CONVERGED) - at,
    };
  });
  const last = Math.max(...ended.map((change) => timeOf(change, Phase.PHASE_CONVERGED)));
  return { lives, seconds: (last - startedAt) / 1_000 };
}

/** Waits until all of them have; fails where one ended otherwise. */
async function allConverged(mesh: RealMesh, asked: ReadonlyMap<string, unknown>): Promise<readonly Change[]> {
  for (;;) {
    const ours = (await listed(mesh)).filter(({ id }) => asked.has(id));
    const phases = new Set(ours.map(({ phase }) => phase));
    if (ours.length === asked.size && phases.size === 1 && phases.has(Phase.PHASE_CONVERGED)) return ours;
    const other = ours.find(({ phase }) => phase > Phase.PHASE_CONVERGED);
    if (other !== undefined) throw new Error(`change ${other.id} is ${Phase[other.phase]}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function listed(mesh: RealMesh): Promise<readonly Change[]> {
  const all: Change[] = [];
  for (let pageToken = ''; ;) {
    const request = ListChangesRequest.fromPartial({ pageToken });
    const page = await answerOf<ListChangesResponse>((done) =>
      mesh.changes.listChanges(request, mesh.caller, mesh.soon(), done),
    );
    all.push(...page.changes);
    pageToken = page.nextPageToken;
    if (pageToken === '') return all;
  }
}

function timeOf({ id, history }: Change, phase: Phase): number {
  const proof = history.find((each) => each.phase === phase);
  if (proof?.recordedAt === undefined) throw new Error(`change ${id} was never ${Phase[phase]}`);
  return proof.recordedAt.getTime();
}

async function applied(
  load: Load,
  apply: (name: string) => Promise<void>,
): Promise<{ readonly took: readonly number[]; readonly seconds: number }> {
  const took: number[] = [];
  const startedAt = performance.now();
  await inTurns(load, async (name) => {
    const at = performance.now();
    await apply(name);
    took.push(performance.now() - at);
  });
  return { took, seconds: (performance.now() - startedAt) / 1_000 };
}

async function inTurns(
  { changes: count, clients }: Load,
  change: (name: string) => Promise<void>,
): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let name = next++; name < count; name = next++) await change(String(name));
  };
  await Promise.all(Array.from({ length: clients }, client));
}

const resource = { group: 'policy.linkerd.io', version: 'v1alpha1', plural: 'authorizationpolicies' };
const spec = {
  targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' },
  requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'web' }],
};

function manifest(name: string): string {
  const metadata = { namespace: 'shop', name };
  return JSON.stringify({
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata,
    spec,
  });
}

async function applyBare(connection: ClusterConnection, name: string): Promise<void> {
  const fields = { apiVersion: 'policy.linkerd.io/v1alpha1', kind: 'AuthorizationPolicy', spec };
  const request = { resource, object: { namespace: 'shop', name }, fields, fieldManager: 'bare' } as const;
  for (const dryRun of [true, false])
    await applyObject(connection, { ...request, expected: 'absent', dryRun });
}
