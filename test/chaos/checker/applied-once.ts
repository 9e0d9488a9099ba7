import {
  type AnyRecordedEvent,
  changeIdOf,
  isManagedObserved,
  isOutcome,
  type RecordedEvent,
} from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { groupBy } from './group-by.js';
import type { History } from './history.js';
import { type OwnWrite, ownWrites } from './own-writes.js';

/**
 * Each change was written to the cluster once at most, and exactly once where it is recorded to have been; what was refused never was.
 *
 * Where somebody deleted an object by hand, two things are allowed: what a change had written before that, and was not on record, it writes again;
 * and where a newer change came first, nobody can know that it had written it, if nobody ever saw that.
 */
export function appliedOnce(history: History): string[] {
  const stories = storiesOf(history.events);
  const writes = groupBy(ownWrites(history.cluster), ({ by }) => by);
  const unknown = [...writes.keys()].filter((by) => !stories.has(by));
  return [
    ...unknown.map((by) => `${writes.get(by)![0]!.object} was written by ${by}, which the log does not know`),
    ...[...stories.values()].flatMap((story) => judge(story, writes.get(story.id) ?? [], history)),
    ...deletions(history, stories),
  ];
}

interface Story {
  readonly id: string;
  readonly object: string;
  readonly removes: boolean;
  readonly applied: RecordedEvent<'ChangeApplied'> | undefined;
  /** Its apply was begun, and nobody saw the object as it wrote it. */
  readonly unseen: boolean;
}

function storiesOf(events: readonly AnyRecordedEvent[]): Map<string, Story> {
  const stories = new Map<string, Story>();
  for (const event of events) {
    if (event.type === 'ChangeRequested') {
      const { changeId: id, key, spec } = event.data;
      stories.set(id, {
        id,
        object: formatResourceKey(key),
        removes: spec === undefined,
        applied: undefined,
        unseen: false,
      });
    } else if (isOutcome(event)) {
      const story = stories.get(changeIdOf(event.subject));
      if (story === undefined) continue;
      if (event.type === 'ChangeApplied') stories.set(story.id, { ...story, applied: event });
      if (event.type === 'ApplyStarted') stories.set(story.id, { ...story, unseen: true });
    } else if (isManagedObserved(event)) {
      const story = stories.get(event.data.change?.id ?? '');
      if (story !== undefined) stories.set(story.id, { ...story, unseen: false });
    }
  }
  return stories;
}

function judge(
  { id, object, removes, applied, unseen }: Story,
  writes: readonly OwnWrite[],
  history: History,
): string[] {
  const broken = writes
    .filter((write) => write.object !== object)
    .map((write) => `change ${id} of ${object} wrote ${write.object}`);
  if (removes) return writes.length === 0 ? broken : [...broken, `change ${id} removes, and wrote ${object}`];
  if (applied?.data.modified !== true) {
    const mayHave = unseen && writes.length === 1 && history.record.deletedByHand.includes(object);
    if (applied === undefined && mayHave) return broken;
    const recorded = applied === undefined ? 'not recorded as applied' : 'recorded to have found it so';
    return writes.length === 0 ? broken : [...broken, `change ${id} is ${recorded}, and wrote ${object}`];
  }
  const { uid, resourceVersion } = applied.data;
  const former = writes.filter((write) => write.uid !== uid);
  const again = former.filter((write) => !history.record.deletedByHand.includes(write.object));
  const counted = writes.length - former.length + again.length;
  if (counted !== 1) broken.push(`change ${id} was written to ${object} ${counted} times`);
  if (writes.some(({ revision }) => revision > Number(resourceVersion)))
    broken.push(
      `change ${id} was written to ${object} after version ${resourceVersion}, which it was recorded with`,
    );
  return broken;
}

/** Each deletion is of one change, or was by hand; and each recorded one happened. */
function deletions({ cluster, record }: History, stories: ReadonlyMap<string, Story>): string[] {
  const deleted = cluster.filter(({ state }) => state === undefined);
  const removing = groupBy(
    [...stories.values()].filter(({ removes, applied }) => removes && applied?.data.modified === true),
    ({ applied }) => applied?.data.uid ?? '',
  );
  return [
    ...deleted.flatMap(({ object, uid }) => {
      const by = removing.get(uid) ?? [];
      if (by.length > 1) return [`${by.map(({ id }) => id).join(' and ')} both removed ${object}`];
      if (by.length === 1 || record.deletedByHand.includes(object)) return [];
      return [`${object} was deleted, and neither by hand nor by a change`];
    }),
    ...[...removing]
      .filter(([uid]) => !deleted.some((write) => write.uid === uid))
      .map(
        ([uid, [story]]) => `change ${story!.id} is recorded to have removed ${uid}, which was not deleted`,
      ),
  ];
}
