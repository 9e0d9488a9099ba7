import { Effect, type Impact, type PodImpact } from '@mcp/contracts';
import type { WorkloadRef } from '@mcp/mesh';
import type { CallerImpact, Effect as PolicyEffect, KnownCaller } from '@mcp/policy';
import type { LedgerRow } from '@mcp/traffic';
import { decisionToProto } from './decision.to-proto.js';
import { seenCallerToProto } from './denial.to-proto.js';
import { protocols } from './edge.to-proto.js';

export interface ToldImpact {
  readonly caller: KnownCaller;
  /** Absent for a probe that no telemetry shows. */
  readonly row?: LedgerRow;
  readonly effect: PolicyEffect;
  readonly pods: readonly CallerImpact[];
}

/** `runAs`: the workloads that run as the client's identity. `since`: the first day that is told apart. */
export function impactToProto(
  { caller, row, effect, pods }: ToldImpact,
  runAs: readonly WorkloadRef[],
  since: string,
): Impact {
  const { workload, port, protocol, client, route } = caller;
  return {
    workload,
    port,
    client: seenCallerToProto(client),
    clientWorkloads: runAs,
    protocol: protocols[protocol],
    route,
    effect: effects[effect],
    pods: pods.map(knownPodImpact),
    unseenProbe: row === undefined,
    firstSeen: row && new Date(row.firstAt),
    lastSeen: row && new Date(row.lastAt),
    allowed: row?.allowed ?? 0,
    denied: row?.denied ?? 0,
    days: [...(row?.days() ?? [])].flatMap(({ day, allowed, denied }) =>
      day < since ? [] : [{ day, allowed, denied }],
    ),
  };
}

/** Those of many callers are the same object. */
const podImpacts = new WeakMap<CallerImpact, PodImpact>();

function knownPodImpact(impact: CallerImpact): PodImpact {
  let known = podImpacts.get(impact);
  if (known === undefined) podImpacts.set(impact, (known = podImpactToProto(impact)));
  return known;
}

function podImpactToProto({ effect, pods, before, after, unknown }: CallerImpact): PodImpact {
  return {
    effect: effects[effect],
    pods,
    before: before.map(decisionToProto),
    after: after.map(decisionToProto),
    unknown: unknown.map(({ code, message }) => ({ code, message })),
  };
}

export const effects: Readonly<Record<PolicyEffect, Effect>> = {
  cut: Effect.EFFECT_CUT,
  unknown: Effect.EFFECT_UNKNOWN,
  opened: Effect.EFFECT_OPENED,
  'rule-changed': Effect.EFFECT_RULE_CHANGED,
  unchanged: Effect.EFFECT_UNCHANGED,
};
