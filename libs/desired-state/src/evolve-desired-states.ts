import {
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
  observedNow,
  type Change,
  type DesiredStates,
  type ObservedObject,
} from './desired-states.js';
import { afterApply, afterObservation, evolveChange, requestedChange, superseded } from './evolve-change.js';
import { isReached } from './drift.js';
import { countForgotten, forgetChanges, type HeldChanges } from './held-changes.js';

type ManagedObservation = Extract<Observation, { readonly kind: ManagedKind }>;

export function noDesiredStates(): DesiredStates {
  return {
    source: undefined,
    objects: new Map(),
    changes: new Map(),
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
      states.sourceStates.set(event.data.kind, { ...event.data, since: event.recordedAt });
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

function takeObserved(states: DesiredStates, event: ManagedObservedEvent): void {
  const { kind, state } = observationOf(event) as ManagedObservation;
  const { namespace, name, uid, createdAt, spec, unmodelled, change } = state;
  const { resourceVersion } = event;
  observe(states, formatResourceKey({ kind, namespace, name }), event, {
    uid,
    createdAt,
    spec,
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
    spec,
    reached: isReached({ spec, reached: false }, states.observed.get(id) ?? []),
    open: [...(before?.open ?? []), ...(states.changes.has(changeId) ? [changeId] : [])],
    // A log that was trimmed begins in the middle.
    forgottenUpTo: before?.forgottenUpTo ?? event.subjectVersion - 1,
  });
  const former = before === undefined ? undefined : states.changes.get(before.changeId);
  if (former !== undefined && hasEnded(former)) retire(states, former.id, event);
}

function takeOutcome(states: DesiredStates, event: OutcomeEvent): void {
  const before = states.changes.get(event.subject.slice('change/'.length));
  if (before === undefined) return;
  const change = evolveChange(before, event);
  const id = formatResourceKey(change.key);
  if (event.type !== 'ChangeApplied' || change.applied === undefined) return replace(states, change, event);
  replace(states, afterApply(change, observedNow(states, id), event), event);
  for (const older of openChanges(states, id)) {
    if (older.revision < change.revision) replace(states, superseded(older, change.id, event), event);
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
