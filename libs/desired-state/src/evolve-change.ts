import type { AnyRecordedEvent, OutcomeEvent, RecordedEvent } from '@mcp/events';
import { saysExactly } from '@mcp/mesh';
import {
  hasEnded,
  phaseOf,
  type Change,
  type ChangeProblem,
  type ChangeSet,
  type ObservedObject,
  type Phase,
  type PhaseProof,
} from './desired-states.js';

export function requestedChange(event: RecordedEvent<'ChangeRequested'>): Change {
  const { changeId, key, spec, revision, replaces, set, before, accepted, correction } = event.data;
  const change: Change = {
    id: changeId,
    key,
    ...(spec === undefined ? {} : { spec }),
    revision,
    ...(replaces === undefined ? {} : { replaces }),
    ...(set === undefined ? {} : { set }),
    ...(before === undefined ? {} : { before }),
    ...(accepted === undefined ? {} : { accepted }),
    ...(correction === undefined ? {} : { correction }),
    actor: event.actor,
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    history: [],
    conflicts: [],
    version: event.subjectVersion,
  };
  return enter(change, 'requested', event);
}

export function requestedSet(event: RecordedEvent<'ChangeSetRequested'>): ChangeSet {
  const { setId, ...data } = event.data;
  return {
    id: setId,
    ...data,
    actor: event.actor,
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    requested: proofOf('requested', event),
    version: event.subjectVersion,
  };
}

/** The first outcome stands: what is recorded of the apply after it, or a second time, moves only the version. */
export function evolveChange(before: Change, event: OutcomeEvent): Change {
  const change = { ...before, version: Math.max(before.version, event.subjectVersion) };
  if (hasEnded(change) || change.applied !== undefined) return change;
  switch (event.type) {
    case 'DryRunPassed':
      return phaseOf(change) === 'requested' ? enter(change, 'dry-run', event) : change;
    case 'ApplyStarted':
      return { ...change, started: event.data };
    case 'ApplyDeferred':
      return withProblem(change, { code: event.data.code, message: event.data.message });
    case 'ChangeApplied':
      return enter(withoutProblem({ ...change, applied: event.data }), 'applied', event);
    case 'ChangeRejected': {
      const { status, message } = event.data;
      return enter(withProblem(change, { code: 'REJECTED', message, status }), 'rejected', event);
    }
    case 'ChangeConflicted': {
      const { conflicts } = event.data;
      const message = `these fields belong to others: ${conflicts.map(({ field, manager }) => `${field} to ${manager}`).join(', ')}`;
      return enter(
        withProblem({ ...change, conflicts }, { code: 'CONFLICTED', message }),
        'conflicted',
        event,
      );
    }
    case 'ChangeRefused':
      return enter(
        withProblem(change, { code: event.data.code, message: event.data.message }),
        'refused',
        event,
      );
    case 'ChangeSuperseded':
      return superseded(change, event.data.by, event);
  }
}

export function superseded(change: Change, by: string, event: AnyRecordedEvent): Change {
  const message = `change ${by} of the same object took its place`;
  return enter(withProblem(change, { code: 'SUPERSEDED', message }), 'superseded', event);
}

/** Enters `undone` if it had been applied. */
export function undone(change: Change, by: string, event: AnyRecordedEvent): Change {
  if (change.applied === undefined || change.undoneBy !== undefined) return change;
  return enter({ ...change, undoneBy: by }, 'undone', event);
}

/**
 * Enters `converged` if an observation that was just made proves it: the spec is the desired one, and the object was not
 * last written by another change of ours (an older state seen late), unless there was nothing to write.
 * An observation that overtakes the record of its own apply is remembered.
 */
export function afterObservation(change: Change, observed: ObservedObject, event: AnyRecordedEvent): Change {
  if (hasEnded(change) || change.spec === undefined || !saysExactly(observed, change.spec)) return change;
  const ours = observed.change?.id === change.id;
  if (change.applied === undefined) return ours ? withShown(change, observed) : change;
  if (!ours && observed.change !== undefined && wrote(change, observed)) return change;
  return enter(change, 'converged', event);
}

/**
 * Enters `converged` if there was to be no object, and the one that was deleted was seen to be gone. A deletion that overtakes the record
 * of its own apply is remembered.
 */
export function afterDeletion(change: Change, uid: string | undefined, event: AnyRecordedEvent): Change {
  if (hasEnded(change) || change.spec !== undefined) return change;
  if (change.applied === undefined) {
    const { liveUid, liveResourceVersion: resourceVersion } = change.started ?? {};
    return uid !== undefined && uid === liveUid
      ? withShown(change, { uid, ...(resourceVersion !== undefined && { resourceVersion }) })
      : change;
  }
  return change.applied.uid === uid ? enter(change, 'converged', event) : change;
}

/** Enters `converged` if what was observed before the apply was recorded already proves it. */
export function afterApply(
  change: Change,
  observed: ObservedObject | undefined,
  event: AnyRecordedEvent,
): Change {
  if (change.applied === undefined || hasEnded(change)) return change;
  if (change.spec === undefined)
    return change.shown !== undefined ? enter(change, 'converged', event) : change;
  const seenBefore = observed !== undefined && !wrote(change, observed) && saysExactly(observed, change.spec);
  return change.shown !== undefined || seenBefore ? enter(change, 'converged', event) : change;
}

/** The apply wrote something, and this is not the version it left. */
function wrote({ applied }: Change, observed: ObservedObject): boolean {
  return applied?.modified === true && applied.resourceVersion !== observed.resourceVersion;
}

function enter(change: Change, phase: Phase, event: AnyRecordedEvent): Change {
  return { ...change, history: [...change.history, proofOf(phase, event)] };
}

function proofOf(phase: Phase, event: AnyRecordedEvent): PhaseProof {
  const { id: eventId, type: eventType, position, recordedAt } = event;
  return { phase, eventId, eventType, position, recordedAt };
}

/** What was seen first stands. */
function withShown(
  change: Change,
  { uid, resourceVersion }: Pick<ObservedObject, 'uid' | 'resourceVersion'>,
): Change {
  if (change.shown !== undefined) return change;
  return { ...change, shown: { uid, ...(resourceVersion !== undefined && { resourceVersion }) } };
}

function withProblem(change: Change, problem: ChangeProblem): Change {
  return { ...change, problem };
}

/** What it waited for is over. */
function withoutProblem({ problem: _over, ...change }: Change): Change {
  return change;
}
