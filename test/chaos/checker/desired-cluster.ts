import { changeIdOf, type DesiredState } from '@mcp/events';
import { deepEqual, formatResourceKey } from '@mcp/mesh';
import { groupBy } from './group-by.js';
import type { History, ObjectWrite } from './history.js';
import { ownWrites, revisionsLeft } from './own-writes.js';

/** Each object whose newest change was applied is as that change wants it, unless somebody else wrote it since. */
export function clusterAsDesired(history: History): string[] {
  const { events, cluster } = history;
  const desired = new Map<string, DesiredState>();
  const appliedAt = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'DesiredStateSet') desired.set(formatResourceKey(event.data.key), event.data);
    // what was found to be so, without a version, is judged by all that came to the object
    if (event.type === 'ChangeApplied')
      appliedAt.set(changeIdOf(event.subject), Number(event.data.resourceVersion ?? Number.NaN));
  }
  const writes = groupBy(cluster, ({ object }) => object);
  const left = revisionsLeft(cluster);
  const ours = new Set(ownWrites(cluster).map(({ revision }) => revision));
  return [...desired].flatMap(([object, { changeId, spec }]) => {
    const at = appliedAt.has(changeId) ? (left.get(changeId) ?? appliedAt.get(changeId)) : undefined;
    if (at === undefined) return [];
    const all = writes.get(object) ?? [];
    if (all.some((write) => isByOthers(write, at, spec === undefined, ours))) return [];
    const now = all.at(-1)?.state;
    if (deepEqual(now?.spec, spec) && (now === undefined) === (spec === undefined)) return [];
    return [`${object} is not as change ${changeId} wants it, which was applied and nobody wrote it since`];
  });
}

/** After a change that removes, its own deletion is the last that was to come. */
function isByOthers(
  { revision, state }: ObjectWrite,
  at: number,
  removes: boolean,
  ours: ReadonlySet<number>,
): boolean {
  if (Number.isNaN(at)) return state !== undefined;
  return revision > at && !ours.has(revision) && !(removes && state === undefined);
}
