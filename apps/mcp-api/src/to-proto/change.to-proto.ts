import { Phase, type Change } from '@mcp/contracts';
import type { ChangeView } from '@mcp/desired-state';
import { formatPosition } from '@mcp/events';
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
};

/** `position` is where the view is true. */
export function changeToProto(change: ChangeView, position: string): Change {
  const { id, key, revision, replaces, actor, reason, problem, conflicts, history } = change;
  return {
    id,
    object: { kind: key.kind, namespace: key.namespace, name: key.name },
    revision,
    phase: phases[change.phase],
    history: history.map((proof) => ({
      phase: phases[proof.phase],
      eventId: proof.eventId,
      eventType: proof.eventType,
      position: formatPosition(proof.position),
      recordedAt: new Date(proof.recordedAt),
    })),
    actor: actor.name,
    actorProvenBy: actor.provenBy,
    reason: reason ?? '',
    problem: problem === undefined ? undefined : { code: problem.code, field: '', message: problem.message },
    conflicts,
    drift: driftToProto[change.drift.drift],
    position,
    replaces: replaces ?? '',
  };
}
