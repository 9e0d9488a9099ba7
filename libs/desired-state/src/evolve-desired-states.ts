import {
  isOutcome,
  objectOfSubject,
  type AnyRecordedEvent,
  type OutcomeEvent,
  type RecordedEvent,
} from '@mcp/events';
import { formatResourceKey, isNewerLife } from '@mcp/mesh';
import {
  hasEnded,
  observedNow,
  type Change,
  type DesiredStates,
  type ObservedPolicy,
} from './desired-states.js';
import { afterApply, afterObservation, evolveChange, requestedChange, superseded } from './evolve-change.js';
import { isReached } from './drift.js';

export function noDesiredStates(): DesiredStates {
  return {
    source: undefined,
    objects: new Map(),
    changes: new Map(),
    observed: new Map(),
    namespaces: new Map(),
    namespacesLive: false,
    scope: 'all',
    retired: [],
    forgottenChanges: 0,
  };
}

/** Takes one event into the states, in place. `retainedChanges`: how many ended changes are held beside each object's newest. */
export function evolveDesiredStates(
  states: DesiredStates,
  event: AnyRecordedEvent,
  retainedChanges: number,
): DesiredStates {
  if (isOutcome(event)) {
    takeOutcome(states, event);
    forget(states, retainedChanges);
    return states;
  }
  // Every event of the mesh comes by; only these are about what was asked for.
  switch (event.type) {
    case 'ChangeRequested':
      if (!states.changes.has(event.data.changeId))
        states.changes.set(event.data.changeId, requestedChange(event));
      break;
    case 'DesiredStateSet':
      setDesired(states, event);
      forget(states, retainedChanges);
      break;
    case 'AuthorizationPolicyObserved': {
      const { namespace, name, uid, createdAt, spec, change } = event.data;
      const { resourceVersion } = event;
      observe(states, formatResourceKey({ kind: 'AuthorizationPolicy', namespace, name }), event, {
        uid,
        createdAt,
        spec,
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...(change === undefined ? {} : { change }),
      });
      forget(states, retainedChanges);
      break;
    }
    case 'ObjectUnreadable':
      if (event.data.key.kind === 'AuthorizationPolicy') {
        const { key, uid, createdAt } = event.data;
        observe(states, formatResourceKey(key), event, { uid, createdAt });
      }
      break;
    case 'AuthorizationPolicyDeleted': {
      const policy = objectOfSubject(event.subject);
      if (policy === undefined) break;
      const id = formatResourceKey(policy);
      setLives(states, id, otherLives(states, id, policy.uid));
      break;
    }
    case 'NamespaceObserved':
      states.namespaces.set(event.data.name, event.data.uid);
      break;
    case 'NamespaceDeleted': {
      const namespace = objectOfSubject(event.subject);
      if (namespace !== undefined && states.namespaces.get(namespace.name) === namespace.uid)
        states.namespaces.delete(namespace.name);
      break;
    }
    case 'SourceStateChanged':
      if (event.data.kind === 'Namespace') states.namespacesLive = event.data.phase === 'live';
      break;
    case 'SourceIdentified':
      states.source = event.data;
      break;
    case 'ScopeDeclared':
      states.scope = event.data.namespaces;
      break;
    default:
  }
  return states;
}

function setDesired(states: DesiredStates, event: RecordedEvent<'DesiredStateSet'>): void {
  const { key, changeId, spec } = event.data;
  const id = formatResourceKey(key);
  const before = states.objects.get(id);
  if (before !== undefined && before.revision >= event.subjectVersion) return;
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
  if (former !== undefined && hasEnded(former)) states.retired.push(former.id);
}

function takeOutcome(states: DesiredStates, event: OutcomeEvent): void {
  const before = states.changes.get(event.subject.slice('change/'.length));
  if (before === undefined) return;
  const change = evolveChange(before, event);
  const id = formatResourceKey(change.key);
  if (event.type !== 'ChangeApplied' || change.applied === undefined) return replace(states, change);
  replace(states, afterApply(change, observedNow(states, id), event));
  for (const older of openChanges(states, id)) {
    if (older.revision < change.revision) replace(states, superseded(older, change.id, event));
  }
}

function observe(states: DesiredStates, id: string, event: AnyRecordedEvent, observed: ObservedPolicy): void {
  const lives = [...otherLives(states, id, observed.uid), observed];
  setLives(
    states,
    id,
    lives.sort((a, b) => (isNewerLife(a, b) ? 1 : -1)),
  );
  const object = states.objects.get(id);
  if (object === undefined || observed.spec === undefined) return;
  if (!object.reached && isReached(object, [observed])) states.objects.set(id, { ...object, reached: true });
  for (const change of openChanges(states, id)) replace(states, afterObservation(change, observed, event));
}

function otherLives(states: DesiredStates, id: string, uid: string): ObservedPolicy[] {
  return (states.observed.get(id) ?? []).filter((life) => life.uid !== uid);
}

function setLives(states: DesiredStates, id: string, lives: readonly ObservedPolicy[]): void {
  if (lives.length === 0) states.observed.delete(id);
  else states.observed.set(id, lives);
}

function openChanges(states: DesiredStates, id: string): Change[] {
  const open = states.objects.get(id)?.open ?? [];
  return open.map((changeId) => states.changes.get(changeId)).filter((change) => change !== undefined);
}

/** Puts a change in the place of what it was. One that ends leaves its object's open changes. */
function replace(states: DesiredStates, change: Change): void {
  const before = states.changes.get(change.id);
  states.changes.set(change.id, change);
  if (!hasEnded(change) || (before !== undefined && hasEnded(before))) return;
  const id = formatResourceKey(change.key);
  const object = states.objects.get(id);
  if (object === undefined) return;
  states.objects.set(id, { ...object, open: object.open.filter((open) => open !== change.id) });
  if (object.changeId !== change.id) states.retired.push(change.id);
}

function forget(states: DesiredStates, retainedChanges: number): void {
  while (states.retired.length > retainedChanges) {
    const change = states.changes.get(states.retired.shift() ?? '');
    if (change === undefined) continue;
    const id = formatResourceKey(change.key);
    const object = states.objects.get(id);
    if (object !== undefined)
      states.objects.set(id, {
        ...object,
        forgottenUpTo: Math.max(object.forgottenUpTo, change.revision),
      });
    states.changes.delete(change.id);
    states.forgottenChanges += 1;
  }
}
