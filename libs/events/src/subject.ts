import type { EdgeId, ObjectIdentity, ResourceKey, ResourceKind, WorkloadRef } from '@mcp/mesh';
import { formatClientSeen, formatEdgeId, formatWorkloadRef } from '@mcp/mesh';
import type { RefusedTraffic } from './catalog.js';
import type { Actor } from './envelope.js';

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
export const deniedSubject = ({ provenBy, name }: Actor): Subject => `denied/${provenBy}/${name}`;
export const changeSubject = (changeId: string): Subject => `change/${changeId}`;
/** Of the subject of a change. */
export const changeIdOf = (subject: Subject): string => subject.slice('change/'.length);
export const changeSetSubject = (setId: string): Subject => `change-set/${setId}`;
export const edgeSubject = (edge: EdgeId): Subject => `edge/${formatEdgeId(edge)}`;
/** The id of the edge, as `formatEdgeId` gives it; undefined for a subject that is no edge. */
export const edgeIdOf = (subject: Subject): string | undefined =>
  subject.startsWith('edge/') ? subject.slice('edge/'.length) : undefined;
export const refusalSubject = ({
  what,
  workload,
  port,
  protocol,
  server,
  route,
  client,
}: Omit<RefusedTraffic, 'count' | 'total' | 'firstAt' | 'lastAt'>): Subject =>
  [
    'refusal',
    what,
    `${formatWorkloadRef(workload)}:${port}/${protocol}`,
    `${server.kind}:${server.name}`,
    route === undefined ? '' : `${route.group}:${route.kind}:${route.name}`,
    formatClientSeen(client),
  ].join('/');
export const usageSubject = (workload: WorkloadRef, day: string): Subject =>
  `usage/${formatWorkloadRef(workload)}/${day}`;
export const telemetrySubject: Subject = 'telemetry';
/** The version of this subject is the revision of the desired state. */
export const desiredSubject = (key: ResourceKey): Subject =>
  `desired/${key.kind}/${key.namespace}/${key.name}`;
export const driftModeSubject = (key: ResourceKey): Subject =>
  `drift-mode/${key.kind}/${key.namespace}/${key.name}`;
