import type { ObjectStates, ResourceKind } from '@mcp/mesh';
import { resourceKinds } from '@mcp/mesh';
import type { EventType, ManagedKind } from './catalog.js';
import { managedKinds } from './catalog.js';
import type { AnyRecordedEvent, RecordedEvent } from './envelope.js';
import type { Subject } from './subject.js';

export type ObservedType = `${ResourceKind}Observed`;
export type DeletedType = `${ResourceKind}Deleted`;

/** An object was seen in a state. */
export type AnyObservedEvent = { [T in ObservedType]: RecordedEvent<T> }[ObservedType];
/** An object was seen to be gone. */
export type AnyDeletedEvent = { [T in DeletedType]: RecordedEvent<T> }[DeletedType];

const kindsByObserved = new Map<EventType, ResourceKind>(
  resourceKinds.map((kind) => [`${kind}Observed`, kind]),
);
const kindsByDeleted = new Map<EventType, ResourceKind>(
  resourceKinds.map((kind) => [`${kind}Deleted`, kind]),
);

/** `PodShapeObserved` is not one: a shape is no object. */
export function isObserved(event: AnyRecordedEvent): event is AnyObservedEvent {
  return kindsByObserved.has(event.type);
}

export function isDeleted(event: AnyRecordedEvent): event is AnyDeletedEvent {
  return kindsByDeleted.has(event.type);
}

/** What an observed event tells of, with the state of that kind. */
export type Observation = {
  readonly [K in ResourceKind]: { readonly kind: K; readonly state: ObjectStates[K] };
}[ResourceKind];

export function observationOf(event: AnyObservedEvent): Observation {
  // the map has every observed type, and the data of a `KObserved` is the state of a K
  return { kind: kindsByObserved.get(event.type), state: event.data } as Observation;
}

/** An object of a kind that can be changed through us was seen in a state. */
export type ManagedObservedEvent = { [K in ManagedKind]: RecordedEvent<`${K}Observed`> }[ManagedKind];

const managedObserved: ReadonlySet<EventType> = new Set(
  managedKinds.map((kind) => `${kind}Observed` as const),
);

export function isManagedObserved(event: AnyRecordedEvent): event is ManagedObservedEvent {
  return managedObserved.has(event.type);
}

export function isManaged(kind: ResourceKind): kind is ManagedKind {
  return managedKinds.some((managed) => managed === kind);
}

/** The object that a subject written by `objectSubject` is about. Undefined for every other subject. */
export function objectOfSubject(
  subject: Subject,
):
  | { readonly kind: ResourceKind; readonly namespace: string; readonly name: string; readonly uid: string }
  | undefined {
  const [head, namespace, name, uid, ...rest] = subject.split('/');
  const kind = resourceKinds.find((known) => known === head);
  if (kind === undefined || namespace === undefined || name === undefined || uid === undefined)
    return undefined;
  return rest.length === 0 ? { kind, namespace, name, uid } : undefined;
}
