import {
  Change,
  ImpactCode as ProtoImpactCode,
  Phase,
  type PhaseProof as ProtoPhaseProof,
  type ChangeStaging,
  StagingState,
} from '@mcp/contracts';
import type { ChangeView, PhaseProof, SeenChangeSet, StagingView } from '@mcp/desired-state';
import { formatPosition, type ImpactCode } from '@mcp/events';
import { driftToProto } from './drift.to-proto.js';

export const phases: Readonly<Record<ChangeView['phase'], Phase>> = {
  requested: Phase.PHASE_REQUESTED,
  'dry-run': Phase.PHASE_DRY_RUN,
  applied: Phase.PHASE_APPLIED,
  converged: Phase.PHASE_CONVERGED,
  refused: Phase.PHASE_REFUSED,
  rejected: Phase.PHASE_REJECTED,
  conflicted: Phase.PHASE_CONFLICTED,
  superseded: Phase.PHASE_SUPERSEDED,
  undone: Phase.PHASE_UNDONE,
};

/** `position` is where the view is true. */
export function changeToProto(change: ChangeView | SeenChangeSet, position: string): Change {
  return 'members' in change ? setToProto(change, position) : partToProto(change, position);
}

function setToProto(
  { id, phase, requested, actor, reason, members, ...set }: SeenChangeSet,
  position: string,
): Change {
  const { undoes, plannedAt, accepted = [], stage, enforces, partsHidden = false } = set;
  return Change.fromPartial({
    id,
    phase: phases[phase],
    history: [proofToProto(requested)],
    actor: actor.name,
    actorProvenBy: actor.provenBy,
    calledFrom: actor.from ?? '',
    reason: reason ?? '',
    position,
    parts: members.map((member) => partToProto(member, position)),
    undoes: undoes ?? '',
    undoneBy: members.find(({ undoneBy }) => undoneBy !== undefined)?.undoneBy ?? '',
    acceptedImpact: accepted.map(impactToProto),
    plannedAt: plannedAt === undefined ? undefined : new Date(plannedAt),
    staging: stage && stagingToProto(stage),
    enforces: enforces ?? '',
    partsHidden,
  });
}

function partToProto(change: ChangeView, position: string): Change {
  const { id, key, revision, replaces, set, actor, reason, problem, conflicts, history } = change;
  return {
    id,
    object: { kind: key.kind, namespace: key.namespace, name: key.name },
    revision,
    phase: phases[change.phase],
    history: history.map(proofToProto),
    actor: actor.name,
    actorProvenBy: actor.provenBy,
    calledFrom: actor.from ?? '',
    reason: reason ?? '',
    problem: problem === undefined ? undefined : { code: problem.code, field: '', message: problem.message },
    conflicts,
    drift: driftToProto[change.drift.drift],
    position,
    replaces: replaces ?? '',
    set: set ?? '',
    parts: [],
    undoes: '',
    undoneBy: change.undoneBy ?? '',
    acceptedImpact: (change.accepted ?? []).map(impactToProto),
    plannedAt: undefined,
    staging: undefined,
    enforces: '',
    partsHidden: false,
  };
}

const stagingStates: Readonly<Record<StagingView['state'], StagingState>> = {
  applying: StagingState.STAGING_STATE_APPLYING,
  auditing: StagingState.STAGING_STATE_AUDITING,
  enforced: StagingState.STAGING_STATE_ENFORCED,
  watched: StagingState.STAGING_STATE_WATCHED,
  undone: StagingState.STAGING_STATE_UNDONE,
  passed: StagingState.STAGING_STATE_PASSED,
  stopped: StagingState.STAGING_STATE_STOPPED,
};

function stagingToProto(stage: StagingView): ChangeStaging {
  return {
    state: stagingStates[stage.state],
    until: 'until' in stage ? new Date(stage.until) : undefined,
    by: 'by' in stage ? stage.by : '',
    problem: 'code' in stage ? { code: stage.code, field: '', message: stage.message } : undefined,
  };
}

function proofToProto({ phase, eventId, eventType, position, recordedAt }: PhaseProof): ProtoPhaseProof {
  return {
    phase: phases[phase],
    eventId,
    eventType,
    position: formatPosition(position),
    recordedAt: new Date(recordedAt),
  };
}

export const impactCodes: Readonly<Record<ImpactCode, ProtoImpactCode>> = {
  CUTS_LIVE_CALLERS: ProtoImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS,
  OPENS_TO_EVERYONE: ProtoImpactCode.IMPACT_CODE_OPENS_TO_EVERYONE,
  UNKNOWN_IMPACT: ProtoImpactCode.IMPACT_CODE_UNKNOWN_IMPACT,
  UNSAFE_ORDER: ProtoImpactCode.IMPACT_CODE_UNSAFE_ORDER,
};

function impactToProto(code: ImpactCode): ProtoImpactCode {
  return impactCodes[code];
}

/** Those that a request names. */
export function acceptedImpact(codes: readonly ProtoImpactCode[]): readonly ImpactCode[] {
  return (Object.keys(impactCodes) as ImpactCode[]).filter((code) => codes.includes(impactCodes[code]));
}
