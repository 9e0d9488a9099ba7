import type { ObjectIdentity, ResourceKey, ResourceKind } from '@mcp/mesh';

/** What an event is about. Text of the form `<what>/<…>`; each subject has its own version, counted from 1. */
export type Subject = string;

/** One life of one object: a re-created object has another uid and is another subject. */
export function objectSubject(
  kind: ResourceKind,
  object: Pick<ObjectIdentity, 'namespace' | 'name' | 'uid'>,
): Subject {
  return `${kind}/${object.namespace}/${object.name}/${object.uid}`;
}

export const sourceSubject: Subject = 'source';
export const scopeSubject: Subject = 'scope';
export const sourceStateSubject = (kind: ResourceKind): Subject => `source-state/${kind}`;
export const podShapeSubject = (hash: string): Subject => `pod-shape/${hash}`;
export const changeSubject = (changeId: string): Subject => `change/${changeId}`;
/** The version of this subject is the revision of the desired state. */
export const desiredSubject = (key: ResourceKey): Subject =>
  `desired/${key.kind}/${key.namespace}/${key.name}`;
