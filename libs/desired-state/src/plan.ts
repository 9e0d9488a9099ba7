import type { RefusalCode } from '@mcp/events';
import { formatResourceKey, saysExactly } from '@mcp/mesh';
import type { DesiredKey, DesiredStates } from './desired-states.js';
import type { DesiredSpec } from './drift.js';

/** The object as the API server has it now, as far as a plan depends on it. */
export interface LiveState {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Undefined where the live object cannot be read. */
  readonly spec: DesiredSpec | undefined;
  /** What the live object says besides; absent where that is nothing. */
  readonly unmodelled?: readonly string[];
  /** The change of ours that wrote it last, from its annotations. */
  readonly change?: { readonly id: string; readonly revision: number };
  /** The GitOps tool that owns it. */
  readonly gitOps?: string;
  /** Field managers besides us that own fields of the spec. */
  readonly others: readonly string[];
}

/** `changeId` is undefined for a dry run, which no live object can bear the mark of. */
export interface PlanGoal {
  readonly key: DesiredKey;
  /** Absent: there is to be no such object. */
  readonly spec?: DesiredSpec;
  readonly changeId?: string;
}

export type Plan =
  /** `by-us`: this very change has been applied. `already-so`: the live object is as desired without us. */
  | {
      readonly plan: 'nothing';
      readonly because: 'by-us' | 'already-so';
      /** Absent where there is to be no object, and is none. */
      readonly live?: { readonly uid: string; readonly resourceVersion: string };
    }
  | { readonly plan: 'create' }
  | {
      readonly plan: 'update' | 'delete';
      readonly live: { readonly uid: string; readonly resourceVersion: string };
    }
  | { readonly plan: 'refuse'; readonly code: RefusalCode; readonly message: string };

/**
 * What to do so that the live object becomes as desired.
 *
 * An object that bears a change or a revision that the log does not know proves that the log has lost events: nothing is done
 * to it until a person decides. An object of a GitOps tool is left to that tool, and one with fields that we do not know as it is. Only an object
 * that bears our mark, and of whose spec nobody else owns a field, is deleted.
 */
export function planApply(goal: PlanGoal, live: LiveState | undefined, states: DesiredStates): Plan {
  if (live === undefined)
    return goal.spec === undefined ? { plan: 'nothing', because: 'already-so' } : { plan: 'create' };
  const object = formatResourceKey(goal.key);
  const { uid, resourceVersion } = live;
  const version = { uid, resourceVersion };
  if (live.change !== undefined) {
    if (live.change.id === goal.changeId) return { plan: 'nothing', because: 'by-us', live: version };
    if (!logKnows(states, goal.key, live.change)) {
      const { id, revision } = live.change;
      return refuse(
        'LOG_BEHIND_CLUSTER',
        `${object} was last written by change ${id} at revision ${revision}, which this log does not know: the log has lost ` +
          'events, or another installation manages the object. Restore the log, or remove our annotations from the ' +
          'object to let this log take over; then ask again',
      );
    }
  }
  if (live.spec === undefined) {
    return refuse(
      'OBJECT_UNREADABLE',
      `${object} exists in a form that cannot be read, so what would be lost cannot be told; mend or delete it, then ask again`,
    );
  }
  if (goal.spec !== undefined && saysExactly(live, goal.spec))
    return { plan: 'nothing', because: 'already-so', live: version };
  if (live.gitOps !== undefined) {
    return refuse(
      'GITOPS_OWNED',
      `${object} is owned by ${live.gitOps}, which would undo the change; commit it there instead`,
    );
  }
  if (goal.spec === undefined) return planDelete(object, live);
  if (live.unmodelled !== undefined) {
    return refuse(
      'FIELDS_NOT_MODELLED',
      `${object} has fields that are not known here, so what an apply would make of them cannot be told: ${live.unmodelled.join(', ')}; remove them, or change the object by other means`,
    );
  }
  return { plan: 'update', live: version };
}

function planDelete(object: string, { uid, resourceVersion, change, others }: LiveState): Plan {
  if (others.length > 0)
    return refuse(
      'NOT_OURS',
      `fields of ${object} belong to ${others.join(', ')}; agree with them, then delete it by other means`,
    );
  if (change === undefined)
    return refuse('NOT_OURS', `${object} was not made through us; delete it by other means`);
  return { plan: 'delete', live: { uid, resourceVersion } };
}

function refuse(code: RefusalCode, message: string): Plan {
  return { plan: 'refuse', code, message };
}

/**
 * Whether the log can have led to this mark. A known change of another object is as good: the manifest was copied.
 * Of the changes that are no longer held only the revisions are known.
 */
function logKnows(
  states: DesiredStates,
  key: DesiredKey,
  mark: { readonly id: string; readonly revision: number },
): boolean {
  const change = states.changes.get(mark.id);
  if (change !== undefined) return change.revision === mark.revision;
  const object = states.objects.get(formatResourceKey(key));
  if (object === undefined) return false;
  return mark.id === object.changeId || mark.revision <= object.forgottenUpTo;
}
