import {
  Plan,
  PlannedAction,
  SimulateChangeResponse,
  type PlannedField,
  type PlannedObject,
} from '@mcp/contracts';
import type { DesiredState } from '@mcp/events';
import { renderObject } from '@mcp/linkerd';
import { differingFields } from '@mcp/mesh';
import type { TriedOut } from '../apply/dry-run-object.js';
import type { MadePlan } from '../plans/plans.js';
import { impactCodes } from './change.to-proto.js';

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
    risk: told === undefined ? `Unknown risk: ${why}.` : risk,
    summary,
    impactsToAccept: impacts.map(({ code, ...impact }) => ({ ...impact, code: impactCodes[code] })),
    ...{ counts: rest.counts, impacts: rest.impacts, coverage: rest.coverage },
    ...{ newFindings: rest.newFindings, goneFindings: rest.goneFindings, more: rest.nextPageToken !== '' },
    ...(rest.basis && { basis: rest.basis }),
  });
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
    fields: fieldsOf(key, live?.spec, spec),
    managers: [...(live?.others ?? [])],
    lastChange: live?.change?.id ?? '',
  };
}

/** As a manifest names them. */
function fieldsOf(
  key: DesiredState['key'],
  before: DesiredState['spec'],
  after: DesiredState['spec'],
): PlannedField[] {
  const manifest = (spec: DesiredState['spec']) =>
    spec === undefined ? undefined : (renderObject({ key, spec }).spec as unknown);
  return differingFields('spec', manifest(before), manifest(after)).map((field) => ({
    path: field.path,
    before: json(field.before),
    after: json(field.after),
  }));
}

function json(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}
