import type { Change, DesiredStates } from '@mcp/desired-state';
import type { AnyRecordedEvent, DesiredState, RecordedEvent } from '@mcp/events';

/**
 * What the event of the same subject before this one said. `read`: the last one that was read. What was desired before is known of the change
 * that was replaced, however far back that is. Undefined where there was none, which is so too for what was gone and came back, and where it
 * is not known.
 */
export function dataBefore(
  event: AnyRecordedEvent,
  read: RecordedEvent | undefined,
  states: DesiredStates,
): unknown {
  if (read !== undefined && event.subjectVersion > 1) return read.data;
  if (event.type !== 'DesiredStateSet') return undefined;
  const replaced = states.changes.get(event.data.changeId)?.replaces;
  const change = replaced === undefined ? undefined : states.changes.get(replaced);
  return change && desiredBy(change);
}

function desiredBy({ id, key, spec }: Change): DesiredState {
  return { changeId: id, key, ...(spec !== undefined && { spec }) };
}
