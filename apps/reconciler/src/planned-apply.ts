import type { DryRunReply, Plan } from '@mcp/desired-state';
import type { DesiredState } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import type { PolicyApply } from '@mcp/sources';

/** Why we do not try, and the YAML to commit instead, where there is a place for it. */
export type Refusal = Extract<DryRunReply, { plan: 'refuse' }>;

/** What carries out a plan that writes. */
export function applyOf(
  plan: Extract<Plan, { plan: 'create' | 'update' }>,
  desired: DesiredState,
  revision: number,
): Omit<PolicyApply, 'dryRun'> {
  return { desired, revision, ...(plan.plan === 'update' && { live: plan.live }) };
}

export function refusalOf(
  plan: Extract<Plan, { plan: 'refuse' }>,
  desired: DesiredState,
  manifestOf: (desired: DesiredState) => string,
): Refusal {
  return plan.code === 'GITOPS_OWNED' ? { ...plan, manifest: manifestOf(desired) } : plan;
}

export function notACluster(manifest: string): Refusal {
  const message = 'the mesh is read from manifests, which nothing is applied to; commit it there instead';
  return { plan: 'refuse', code: 'NOT_A_CLUSTER', message, manifest };
}

export function wouldDiffer(key: DesiredState['key'], fields: readonly string[]): Refusal {
  const message = `the API server would take it, and ${formatResourceKey(key)} would still not be as desired in ${fields.join(', ')}: someone else has a say in these fields; agree with them, then ask again`;
  return { plan: 'refuse', code: 'WOULD_DIFFER', message };
}

/** How often in a row it is planned anew because the object changed in between, before others have their turn. */
const looks = 3;

/** Looks at the object until what was planned is not `stale` already; gives that up after a few looks. */
export async function lookUntilFresh<Result>(
  look: () => Promise<Result | 'stale'>,
): Promise<Result | 'stale'> {
  for (let looked = 1; looked < looks; looked++) {
    const result = await look();
    if (result !== 'stale') return result;
  }
  return look();
}
