import { DriftMode, type DriftedField, type DriftingObject, type Problem } from '@mcp/contracts';
import {
  type ChangeProblem,
  type DesiredObject,
  type DesiredStates,
  objectDrift,
  observedNow,
  whyNotApplied,
} from '@mcp/desired-state';
import type { DriftMode as RecordedMode } from '@mcp/events';
import {
  formatResourceKey,
  hiddenName,
  type VisibleNamespaces,
  withoutHidden,
  withoutItems,
} from '@mcp/mesh';
import { driftToProto } from './drift.to-proto.js';
import { ownerOf } from './field-owner.js';
import { manifestFields } from './manifest-fields.js';
import { objectKeyToProto } from './policy-ref.to-proto.js';

const modes: Readonly<Record<RecordedMode, DriftMode>> = {
  report: DriftMode.DRIFT_MODE_REPORT,
  enforce: DriftMode.DRIFT_MODE_ENFORCE,
};

/** An object that was asked for, in a namespace that may be seen. What it says of others is left out. */
export function driftingObjectToProto(
  states: DesiredStates,
  object: DesiredObject,
  visible: VisibleNamespaces,
): DriftingObject {
  const { key, changeId, revision } = object;
  const set = states.driftModes.get(formatResourceKey(key));
  return {
    object: objectKeyToProto(key),
    drift: driftToProto[objectDrift(states, key)?.drift ?? 'pending'],
    changeId,
    revision,
    fields: fieldsOf(states, object, visible),
    mode: modes[set?.mode ?? 'report'],
    forceFrom: [...(set?.forceFrom ?? [])],
    modeActor: withoutHidden(set?.actor.name ?? '', visible),
    modeReason: withoutHidden(set?.reason ?? '', visible),
    modeSince: set && new Date(set.since),
    stopped: problemToProto(set?.stopped, visible),
    notApplied: problemToProto(whyNotApplied(states, object), visible),
  };
}

/** Its words may be about others. */
function problemToProto(
  problem: Pick<ChangeProblem, 'code' | 'message'> | undefined,
  visible: VisibleNamespaces,
): Problem | undefined {
  if (problem === undefined) return undefined;
  return { code: problem.code, field: '', message: visible.areAll ? problem.message : hiddenName };
}

function fieldsOf(
  states: DesiredStates,
  { key, spec }: DesiredObject,
  visible: VisibleNamespaces,
): DriftedField[] {
  const live = observedNow(states, formatResourceKey(key));
  if (live === undefined || spec === undefined) return [];
  const { fieldOwners = [], unmodelled = [] } = live;
  const unknown = unmodelled.map((path) => ({ path, before: '', after: '' }));
  const seen = new Map(
    manifestFields(key, withoutHidden(spec, visible), withoutHidden(live.spec, visible)).map((field) => [
      field.path,
      field,
    ]),
  );
  return [...manifestFields(key, spec, live.spec), ...unknown].map((field) => {
    const owner = ownerOf(field.path, fieldOwners);
    // where it differs in what may not be seen, it differs no less
    const { before, after } = visible.areAll ? field : (seen.get(field.path) ?? hiddenValues);
    return {
      path: visible.areAll ? field.path : withoutItems(field.path),
      ...{ desired: before, live: after },
      manager: owner?.manager ?? '',
      at: owner?.at === undefined ? undefined : new Date(owner.at),
    };
  });
}

const hiddenValues = { before: JSON.stringify(hiddenName), after: JSON.stringify(hiddenName) };
