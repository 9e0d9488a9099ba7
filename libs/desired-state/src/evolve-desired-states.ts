import {
  changeIdOf,
  isDeleted,
  isManaged,
  isManagedObserved,
  isOutcome,
  objectOfSubject,
  observationOf,
  type AnyDeletedEvent,
  type AnyRecordedEvent,
  type ManagedKind,
  type ManagedObservedEvent,
  type Observation,
  type OutcomeEvent,
  type RecordedEvent,
} from '@mcp/events';
import { formatResourceKey, isNewerLife } from '@mcp/mesh';
import {
  hasEnded,
  isLive,
  observedNow,
  type Change,
  type DesiredStates,
  type ObservedObject,
} from './desired-states.js';
import {
  afterApply,
  afterDeletion,
  afterObservation,
  evolveChange,
  requestedChange,
  requestedSet,
  superseded,
  undone,
} from './evolve-change.js';
import { membersOf, withEnforcement } from './change-sets.js';
import { isReached } from './drift.js';
import { countForgotten, forgetChanges, type HeldChanges } from './held-changes.js';

type ManagedObservation = Extract<Observation, { readonly kind: ManagedKind }>;

export function noDesiredStates(): DesiredStates {
  return {
    source: undefined,
    objects: new Map(),
    changes: new Map(),
    sets: new Map(),
    driftModes: new Map(),
    observed: new Map(),
    namespaces: new Map(),
    sourceStates: new Map(),
    scope: 'all',
    retired: [],
    forgottenChanges: 0,
    completeAfter: 0,
  };
}

/** Takes one event into the states, in place. */
export function evolveDesiredStates(
  states: DesiredStates,
  event: AnyRecordedEvent,
  held: HeldChanges,
): DesiredStates {
  take(states, event);
  forgetChanges(states, held, event.recordedAt);
  return states;
}

function take(states: DesiredStates, event: AnyRecordedEvent): void {
  if (isOutcome(event)) return takeOutcome(states, event);
  if (isManagedObserved(event)) return takeObserved(states, event);
  if (isDeleted(event)) return takeDeleted(states, event);
  // Every event of the mesh comes by; only these are about what was asked for.
  switch (event.type) {
    case 'ChangeRequested':
      if (!states.changes.has(event.data.changeId))
        states.changes.set(event.data.changeId, requestedChange(event));
      break;
    case 'ChangeSetRequested':
      takeSet(states, event);
      break;
    case 'StagingEnded': {
      const set = states.sets.get(event.data.setId);
      if (set !== undefined)
        states.sets.set(set.id, { ...set, stagingEnded: event.data, version: event.subjectVersion });
      break;
    }
    case 'DriftModeSet':
    case 'EnforcementStopped':
      takeDriftMode(states, event);
      break;
    case 'DesiredStateSet':
      setDesired(states, event);
      break;
    case 'ObjectUnreadable':
      if (isManaged(event.data.key.kind)) {
        const { key, uid, createdAt } = event.data;
        observe(states, formatResourceKey(key), event, { uid, createdAt });
      }
      break;
    case 'NamespaceObserved':
      states.namespaces.set(event.data.name, event.data.uid);
      break;
    case 'SourceStateChanged':
      takeSourceState(states, event);
      break;
    case 'SourceIdentified':
      states.source = event.data;
      break;
    case 'ScopeDeclared':
      states.scope = event.data.namespaces;
      break;
    default:
  }
}

/** Enforcement that was stopped is as if somebody had set that drift be reported. */
function takeDriftMode(
  states: DesiredStates,
  event: RecordedEvent<'DriftModeSet'> | RecordedEvent<'EnforcementStopped'>,
): void {
  const { key } = event.data;
  const { actor, reason, recordedAt: since, subjectVersion: version } = event;
  const set =
    event.type === 'DriftModeSet'
      ? { mode: event.data.mode, forceFrom: event.data.forceFrom }
      : {
          ...{ mode: 'report' as const, forceFrom: [] },
          stopped: { code: event.data.code, message: event.data.message },
        };
  const id = formatResourceKey(key);
  states.driftModes.set(id, { key, ...set, actor, since, version, ...(reason !== undefined && { reason }) });
}

function takeSet(states: DesiredStates, event: RecordedEvent<'ChangeSetRequested'>): void {
  const { setId, enforces } = event.data;
  if (states.sets.has(setId)) return;
  states.sets.set(setId, requestedSet(event));
  const audited = enforces === undefined ? undefined : states.sets.get(enforces);
  if (audited !== undefined) states.sets.set(audited.id, { ...audited, enforcedBy: setId });
}

function takeObserved(states: DesiredStates, event: ManagedObservedEvent): void {
  const { kind, state } = observationOf(event) as ManagedObservation;
  const { namespace, name, uid, createdAt, spec, unmodelled, fieldOwners, change } = state;
  const { resourceVersion } = event;
  observe(states, formatResourceKey({ kind, namespace, name }), event, {
    uid,
    createdAt,
    ...{ spec, fieldOwners },
    ...(unmodelled === undefined ? {} : { unmodelled }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(change === undefined ? {} : { change }),
  });
}

function takeDeleted(states: DesiredStates, event: AnyDeletedEvent): void {
  const object = objectOfSubject(event.subject);
  if (object === undefined) return;
  if (object.kind === 'Namespace') {
    if (states.namespaces.get(object.name) === object.uid) states.namespaces.delete(object.name);
  } else if (isManaged(object.kind)) {
    const id = formatResourceKey(object);
    setLives(states, id, otherLives(states, id, object.uid));
    const desired = states.objects.get(id);
    if (desired !== undefined && desired.spec === undefined && !states.observed.has(id))
      states.objects.set(id, { ...desired, reached: true });
    for (const change of openChanges(states, id))
      replace(states, afterDeletion(change, object.uid, event), event);
    convergeAbsent(states, id, event);
  }
}

/** What was to be gone and is not in a list that is live is gone; of a list that is not, the absence of an object says nothing. */
function takeSourceState(states: DesiredStates, event: RecordedEvent<'SourceStateChanged'>): void {
  const { kind } = event.data;
  states.sourceStates.set(kind, { ...event.data, since: event.recordedAt });
  if (!isLive(states, kind)) return;
  for (const [id, { key, open }] of states.objects)
    if (key.kind === kind && open.length > 0) convergeAbsent(states, id, event);
}

/** Withdrawn objects that were applied as gone, where the list that would have them is live. Of one that was not there no life may be seen. */
function convergeAbsent(states: DesiredStates, id: string, event: AnyRecordedEvent): void {
  for (const change of openChanges(states, id)) {
    const { applied, key } = change;
    if (applied === undefined || !isLive(states, key.kind)) continue;
    const lives = states.observed.get(id) ?? [];
    if (!lives.some(({ uid }) => applied.uid === undefined || uid === applied.uid))
      replace(states, afterDeletion(change, applied.uid, event), event);
  }
}

function setDesired(states: DesiredStates, event: RecordedEvent<'DesiredStateSet'>): void {
  const { key, changeId, spec } = event.data;
  const id = formatResourceKey(key);
  const before = states.objects.get(id);
  if (before !== undefined && before.revision >= event.subjectVersion) return;
  // A log that was trimmed lacks changes that had ended.
  const missing = event.subjectVersion - 1 - (before?.revision ?? 0);
  if (missing > 0) countForgotten(states, missing, event.recordedAt);
  states.objects.set(id, {
    key,
    revision: event.subjectVersion,
    changeId,
    ...(spec === undefined ? {} : { spec }),
    reached: isReached({ ...event.data, reached: false }, states.observed.get(id) ?? []),
    open: [...(before?.open ?? []), ...(states.changes.has(changeId) ? [changeId] : [])],
    // A log that was trimmed begins in the middle.
    forgottenUpTo: before?.forgottenUpTo ?? event.subjectVersion - 1,
  });
  const former = before === undefined ? undefined : states.changes.get(before.changeId);
  if (former !== undefined && hasEnded(former)) retire(states, former.id, event);
}

function takeOutcome(states: DesiredStates, event: OutcomeEvent): void {
  const before = states.changes.get(changeIdOf(event.subject));
  if (before === undefined) return;
  const change = evolveChange(before, event);
  const id = formatResourceKey(change.key);
  if (event.type !== 'ChangeApplied' || change.applied === undefined) return replace(states, change, event);
  replace(states, afterApply(change, observedNow(states, id), event), event);
  convergeAbsent(states, id, event);
  takeBack(states, change, event);
  for (const older of openChanges(states, id)) {
    if (older.revision < change.revision) replace(states, superseded(older, change.id, event), event);
  }
}

/** A change is undone when all of the set that takes it back was applied; with it the one that followed its audit. */
function takeBack(states: DesiredStates, change: Change, event: AnyRecordedEvent): void {
  const set = change.set === undefined ? undefined : states.sets.get(change.set);
  if (set?.undoes === undefined) return;
  if (!membersOf(states, change).every(({ id }) => states.changes.get(id)?.applied !== undefined)) return;
  for (const id of withEnforcement(states, set.undoes)) {
    const former = states.changes.get(id);
    if (former !== undefined) replace(states, undone(former, set.id, event), event);
  }
}

function observe(states: DesiredStates, id: string, event: AnyRecordedEvent, observed: ObservedObject): void {
  const lives = [...otherLives(states, id, observed.uid), observed];
  setLives(
    states,
    id,
    lives.sort((a, b) => (isNewerLife(a, b) ? 1 : -1)),
  );
  const object = states.objects.get(id);
  if (object === undefined || observed.spec === undefined) return;
  if (!object.reached && isReached(object, [observed])) states.objects.set(id, { ...object, reached: true });
  for (const change of openChanges(states, id))
    replace(states, afterObservation(change, observed, event), event);
}

function otherLives(states: DesiredStates, id: string, uid: string): ObservedObject[] {
  return (states.observed.get(id) ?? []).filter((life) => life.uid !== uid);
}

function setLives(states: DesiredStates, id: string, lives: readonly ObservedObject[]): void {
  if (lives.length === 0) states.observed.delete(id);
  else states.observed.set(id, lives);
}

function openChanges(states: DesiredStates, id: string): Change[] {
  const open = states.objects.get(id)?.open ?? [];
  return open.map((changeId) => states.changes.get(changeId)).filter((change) => change !== undefined);
}

/** Puts a change in the place of what it was. One that ends leaves its object's open changes. */
function replace(states: DesiredStates, change: Change, event: AnyRecordedEvent): void {
  const before = states.changes.get(change.id);
  states.changes.set(change.id, change);
  if (!hasEnded(change) || (before !== undefined && hasEnded(before))) return;
  const id = formatResourceKey(change.key);
  const object = states.objects.get(id);
  if (object === undefined) return;
  states.objects.set(id, { ...object, open: object.open.filter((open) => open !== change.id) });
  if (object.changeId !== change.id) retire(states, change.id, event);
}

function retire(states: DesiredStates, id: string, event: AnyRecordedEvent): void {
  states.retired.push({ id, at: event.recordedAt });
}
