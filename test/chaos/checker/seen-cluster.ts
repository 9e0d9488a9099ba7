import {
  type AnyRecordedEvent,
  isDeleted,
  isManaged,
  isManagedObserved,
  objectOfSubject,
  type Subject,
} from '@mcp/events';
import { deepEqual } from '@mcp/mesh';
import type { History, ObjectWrite } from './history.js';

/**
 * What the log says that the cluster is, the cluster is, when all is quiet. What is seen of an object goes forward only, and an object that
 * was seen to be gone does not come back: that would be a sighting by somebody who no longer leads.
 */
export function clusterAsSeen({ events, cluster }: History): string[] {
  const broken: string[] = [];
  const seen = new Map<Subject, AnyRecordedEvent>();
  const gone = new Set<Subject>();
  for (const event of events) {
    const { subject, position } = event;
    const object = objectOfSubject(subject);
    if (object === undefined || !isManaged(object.kind)) continue;
    if (isDeleted(event)) {
      gone.add(subject);
      seen.delete(subject);
      continue;
    }
    if (gone.has(subject)) broken.push(`${subject} comes back at ${position.sequence} after its end`);
    const before = seen.get(subject);
    if (Number(event.resourceVersion) < Number(before?.resourceVersion))
      broken.push(
        `${subject} is seen at version ${event.resourceVersion} after version ${before?.resourceVersion}`,
      );
    seen.set(subject, event);
  }
  return [...broken, ...differences(seen, cluster)];
}

function differences(
  seen: ReadonlyMap<Subject, AnyRecordedEvent>,
  cluster: readonly ObjectWrite[],
): string[] {
  const last = new Map(cluster.map((write) => [write.uid, write]));
  const lives = [...seen].map(([subject, event]) => ({ subject, event, ...objectOfSubject(subject)! }));
  const known = new Set(lives.map(({ uid }) => uid));
  return [
    ...lives.flatMap(({ subject, event, uid }) => {
      const state = last.get(uid)?.state;
      if (state === undefined) return [`${subject} is in the log, and the cluster does not have it`];
      if (!isManagedObserved(event)) return [];
      const { spec, change } = event.data;
      return deepEqual({ spec, change }, { spec: state.spec, change: state.change })
        ? []
        : [`${subject} was last seen at ${event.position.sequence}, and is not so in the cluster`];
    }),
    ...[...last.values()]
      .filter(({ state, uid }) => state !== undefined && !known.has(uid))
      .map(({ object, uid }) => `${object} (${uid}) is in the cluster, and the log does not have it`),
  ];
}
