import {
  Plan,
  PlannedAction,
  SimulateChangeResponse,
  type PlannedObject,
  type Staging,
} from '@mcp/contracts';
import type { TriedOut } from '../apply/dry-run-object.js';
import type { PlannedStaging } from '../apply/change-wish.js';
import type { MadePlan } from '../plans/plans.js';
import { impactCodes } from './change.to-proto.js';
import { manifestFields } from './manifest-fields.js';

const actions: Readonly<Record<TriedOut['plan'], PlannedAction>> = {
  nothing: PlannedAction.PLANNED_ACTION_NOTHING,
  create: PlannedAction.PLANNED_ACTION_CREATE,
  update: PlannedAction.PLANNED_ACTION_UPDATE,
  delete: PlannedAction.PLANNED_ACTION_DELETE,
};

export function planToProto({ plan, tried, assessed }: MadePlan): Plan {
  const { simulation, impacts } = assessed;
  const told = simulation instanceof Error ? undefined : simulation;
  const { risk, summary, ...rest } = told ?? SimulateChangeResponse.fromPartial({});
  const why = impacts.map(({ message }) => message).join('; ');
  return Plan.fromPartial({
    id: plan.id,
    expiresAt: new Date(plan.expiresAt),
    objects: plan.objects.map(({ wish }, at) => objectToProto(wish, tried[at])),
    undoes: plan.undoes ?? '',
    ...(plan.staging !== undefined && { staging: stagingToProto(plan.staging) }),
    risk: told === undefined ? `Unknown risk: ${why}.` : risk,
    summary,
    impactsToAccept: impacts.map(({ code, ...impact }) => ({ ...impact, code: impactCodes[code] })),
    ...{ counts: rest.counts, impacts: rest.impacts, coverage: rest.coverage },
    ...{ newFindings: rest.newFindings, goneFindings: rest.goneFindings, more: rest.nextPageToken !== '' },
    ...(rest.basis && { basis: rest.basis }),
  });
}

function stagingToProto({ audit, undoOnDenialsForMs = 0 }: PlannedStaging): Staging {
  return { auditSeconds: (audit?.forMs ?? 0) / 1_000, undoOnDenialsSeconds: undoOnDenialsForMs / 1_000 };
}

function objectToProto(
  { key, spec, expectedRevision }: MadePlan['plan']['objects'][number]['wish'],
  tried: TriedOut | undefined,
): PlannedObject {
  const plan = tried?.plan ?? 'nothing';
  const live = tried !== undefined && 'live' in tried ? tried.live : undefined;
  return {
    object: { kind: key.kind, namespace: key.namespace, name: key.name },
    action: actions[plan],
    revision: plan === 'nothing' ? expectedRevision : expectedRevision + 1,
    uid: live?.uid ?? '',
    resourceVersion: live?.resourceVersion ?? '',
    fields: manifestFields(key, live?.spec, spec),
    managers: [...(live?.others ?? [])],
    lastChange: live?.change?.id ?? '',
  };
}
