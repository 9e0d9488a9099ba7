import { isReached } from '@mcp/desired-state';
import type { AnyRecordedEvent, DesiredState, Observation, Subject } from '@mcp/events';
import { edgeIdOf, isDeleted, isObserved, isOutcome, objectOfSubject, observationOf } from '@mcp/events';
import type { ResourceKind } from '@mcp/mesh';
import type { Facts, NamespaceFacts, Unreadable } from './facts.js';
import { dropIfEmpty, factsOf, homeOf, objectsOf } from './facts.js';

/**
 * What of the graph an event may have changed: what is said of the objects of a kind in one namespace and what follows from them, one
 * edge by its id, all of it, or nothing. Without a kind, the objects are as they were.
 */
export type Affected =
  | { readonly namespace: string; readonly kind?: ResourceKind }
  | { readonly edge: string }
  | 'everything'
  | 'nothing';

/** Takes an event into the facts. An event of the same subject and version taken twice counts once. */
export function evolve(facts: Facts, event: AnyRecordedEvent): Affected {
  if (isObserved(event)) return observe(facts, observationOf(event));
  if (isDeleted(event)) return remove(facts, event.subject);
  // what became of a change is told elsewhere; the graph shows what is desired and what is there
  if (isOutcome(event)) return 'nothing';
  switch (event.type) {
    case 'PodShapeObserved':
      return facts.podShapes.record(event.data.hash, event.data) ? 'everything' : 'nothing';
    case 'ObjectUnreadable':
      return observeUnreadable(facts, event.data);
    case 'DesiredStateSet':
      return desire(facts, event.data, event.subjectVersion);
    case 'SourceStateChanged':
      facts.sources.set(event.data.kind, { ...event.data, since: event.occurredAt });
      return { namespace: '' };
    case 'ScopeDeclared':
      facts.scope = event.data.namespaces;
      return 'everything';
    case 'EdgeObserved': {
      const { what: _, ...edge } = event.data;
      const id = edgeOf(event.subject);
      facts.edges.set(id, edge);
      return { edge: id };
    }
    case 'EdgeForgotten': {
      const id = edgeOf(event.subject);
      facts.edges.delete(id);
      return { edge: id };
    }
    case 'TelemetryChanged':
      facts.telemetry = { ...event.data, since: event.occurredAt };
      return { namespace: '' };
    case 'SourceIdentified':
    case 'ChangeRequested':
    case 'ChangeSetRequested':
    case 'StagingEnded':
    case 'DriftModeSet':
    case 'EnforcementStopped':
    case 'ChangeDenied':
    case 'TrafficRefused':
    case 'RefusalForgotten':
    case 'UsageRecorded':
    case 'UsageForgotten':
      return 'nothing';
  }
}

export function observe(facts: Facts, observation: Observation): Affected {
  const { kind, state } = observation;
  const namespace = homeOf(kind, state);
  const home = factsOf(facts, namespace);
  if (kind === 'Pod') facts.podShapes.move(home.objects.Pod?.get(state.uid)?.shape, state.shape);
  objectsOf(home, kind).set(state.uid, state);
  home.unreadable.delete(state.uid);
  noteReached(home, observation);
  return affectedBy(kind, namespace);
}

export function observeUnreadable(facts: Facts, object: Unreadable): Affected {
  const { kind } = object.key;
  const namespace = homeOf(kind, object.key);
  const home = factsOf(facts, namespace);
  removeReadable(facts, home, kind, object.uid);
  home.unreadable.set(object.uid, object);
  return affectedBy(kind, namespace);
}

function remove(facts: Facts, subject: Subject): Affected {
  const object = objectOfSubject(subject);
  if (object === undefined) throw new Error(`a deletion of ${subject}, which is not an object`);
  const namespace = homeOf(object.kind, object);
  const home = facts.namespaces.get(namespace);
  if (home === undefined) return 'nothing';
  removeReadable(facts, home, object.kind, object.uid);
  home.unreadable.delete(object.uid);
  noteGone(home, object.kind, object.name);
  dropIfEmpty(facts, namespace);
  return affectedBy(object.kind, namespace);
}

function removeReadable(facts: Facts, home: NamespaceFacts, kind: ResourceKind, uid: string): void {
  if (kind === 'Pod') facts.podShapes.move(home.objects.Pod?.get(uid)?.shape, undefined);
  home.objects[kind]?.delete(uid);
}

function desire(facts: Facts, desired: DesiredState, revision: number): Affected {
  const { kind, namespace, name } = desired.key;
  const home = factsOf(facts, namespace);
  const id = `${kind}/${name}`;
  const known = home.desired.get(id);
  if (known !== undefined && known.revision >= revision) return 'nothing';
  const lives = [...(home.objects[kind]?.values() ?? [])].filter((object) => object.name === name);
  const reached = isReached({ ...desired, reached: false }, lives);
  home.desired.set(id, { ...desired, revision, reached });
  return { namespace };
}

/** The id of the edge that an event is about. */
function edgeOf(subject: Subject): string {
  const id = edgeIdOf(subject);
  if (id === undefined) throw new Error(`an event of an edge on ${subject}, which is none`);
  return id;
}

/** Remembers that an object that there is to be none of has been seen to end, so that there was none. */
function noteGone(home: NamespaceFacts, kind: ResourceKind, name: string): void {
  const id = `${kind}/${name}`;
  const desired = home.desired.get(id);
  if (desired === undefined || desired.spec !== undefined) return;
  const unreadable = [...home.unreadable.values()].map(({ key }) => key).filter((key) => key.kind === kind);
  const lives = [...(home.objects[kind]?.values() ?? []), ...unreadable];
  if (!lives.some((life) => life.name === name)) home.desired.set(id, { ...desired, reached: true });
}

/** Remembers that a desired object has been as desired, which its later state no longer tells. */
function noteReached(home: NamespaceFacts, { kind, state }: Observation): void {
  if (home.desired.size === 0 || !('spec' in state)) return;
  const id = `${kind}/${state.name}`;
  const desired = home.desired.get(id);
  if (desired === undefined || desired.reached || !isReached(desired, [state])) return;
  home.desired.set(id, { ...desired, reached: true });
}

/** The settings of the control plane are part of every identity. */
function affectedBy(kind: ResourceKind, namespace: string): Affected {
  return kind === 'ControlPlane' ? 'everything' : { namespace, kind };
}
