import type { DryRunReply, LiveState, Plan } from '@mcp/desired-state';
import type { DesiredPresence, DesiredState } from '@mcp/events';
import { fieldManager } from '@mcp/linkerd';
import { formatResourceKey } from '@mcp/mesh';
import type { ApplyAnswer, LiveObject, PolicyTarget } from '@mcp/sources';

/** Why we do not try, and the YAML to commit instead, where there is a place for it. */
export type Refusal = Extract<DryRunReply, { plan: 'refuse' }>;

type WritingPlan = Extract<Plan, { readonly plan: 'create' | 'update' | 'delete' }>;

/** Has the API server do what a plan says. */
export function carryOut(
  target: PolicyTarget,
  plan: WritingPlan,
  { desired, revision, dryRun, force, traceparent }: PlannedWrite,
  signal: AbortSignal,
): Promise<ApplyAnswer> {
  const { changeId, key, spec } = desired;
  if (plan.plan === 'delete') return target.delete({ key, live: plan.live, dryRun }, signal);
  if (spec === undefined)
    throw new Error(`${formatResourceKey(key)} is to be gone, and the plan is ${plan.plan}`);
  return target.apply(
    {
      desired: { changeId, key, spec },
      revision,
      dryRun,
      ...(plan.plan === 'update' && { live: plan.live }),
      ...(force === true && { force }),
      ...(traceparent !== undefined && { traceparent }),
    },
    signal,
  );
}

export interface PlannedWrite {
  readonly desired: DesiredState;
  readonly revision: number;
  readonly dryRun: boolean;
  /** Takes fields from other managers. */
  readonly force?: boolean;
  readonly traceparent?: string | undefined;
}

/** What a plan depends on of the live object. */
export function liveStateOf(live: LiveObject | undefined): LiveState | undefined {
  if (live === undefined) return undefined;
  const { fieldOwners, ...state } = live;
  const others = fieldOwners
    .filter(
      ({ manager, paths }) => manager !== fieldManager && paths.some((path) => /^spec($|\.)/.test(path)),
    )
    .map(({ manager }) => manager);
  return { ...state, others: [...new Set(others)] };
}

export function refusalOf(
  plan: Extract<Plan, { plan: 'refuse' }>,
  { changeId, key, spec }: DesiredState,
  manifestOf: (desired: DesiredPresence) => string,
): Refusal {
  if (plan.code !== 'GITOPS_OWNED' || spec === undefined) return plan;
  return { ...plan, manifest: manifestOf({ changeId, key, spec }) };
}

export function notACluster(manifest: string | undefined): Refusal {
  const message = 'the mesh is read from manifests, which nothing is applied to';
  return manifest === undefined
    ? { plan: 'refuse', code: 'NOT_A_CLUSTER', message: `${message}; remove it there instead` }
    : { plan: 'refuse', code: 'NOT_A_CLUSTER', message: `${message}; commit it there instead`, manifest };
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
