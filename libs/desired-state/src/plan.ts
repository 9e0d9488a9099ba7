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
}

/** `changeId` is undefined for a dry run, which no live object can bear the mark of. */
export interface PlanGoal {
  readonly key: DesiredKey;
  readonly spec: DesiredSpec;
  readonly changeId?: string;
}

export type Plan =
  /** `by-us`: this very change has been applied. `already-so`: the live object is as desired without us. */
  | {
      readonly plan: 'nothing';
      readonly because: 'by-us' | 'already-so';
      readonly uid: string;
      readonly resourceVersion: string;
    }
  | { readonly plan: 'create' }
  | { readonly plan: 'update'; readonly live: { readonly uid: string; readonly resourceVersion: string } }
  | { readonly plan: 'refuse'; readonly code: RefusalCode; readonly message: string };

/**
 * What to do so that the live object becomes as desired.
 *
 * An object that bears a change or a revision that the log does not know proves that the log has lost events: nothing is done
 * to it until a person decides. An object of a GitOps tool is left to that tool, and one with fields that we do not know as it is.
 */
export function planApply(goal: PlanGoal, live: LiveState | undefined, states: DesiredStates): Plan {
  if (live === undefined) return { plan: 'create' };
  const object = formatResourceKey(goal.key);
  const { uid, resourceVersion } = live;
  if (live.change !== undefined) {
    if (live.change.id === goal.changeId) return { plan: 'nothing', because: 'by-us', uid, resourceVersion };
    if (!logKnows(states, goal.key, live.change)) {
      const { id, revision } = live.change;
      return {
        plan: 'refuse',
        code: 'LOG_BEHIND_CLUSTER',
        message:
          `${object} was last written by change ${id} at revision ${revision}, which this log does not know: the log has lost ` +
          'events, or another installation manages the object. Restore the log, or remove our annotations from the ' +
          'object to let this log take over; then ask again',
      };
    }
  }
  if (live.spec === undefined) {
    return {
      plan: 'refuse',
      code: 'OBJECT_UNREADABLE',
      message: `${object} exists in a form that cannot be read, so what would be overwritten cannot be told; mend or delete it, then ask again`,
    };
  }
  if (saysExactly(live, goal.spec)) return { plan: 'nothing', because: 'already-so', uid, resourceVersion };
  if (live.gitOps !== undefined) {
    return {
      plan: 'refuse',
      code: 'GITOPS_OWNED',
      message: `${object} is owned by ${live.gitOps}, which would undo the change; commit it there instead`,
    };
  }
  if (live.unmodelled !== undefined) {
    return {
      plan: 'refuse',
      code: 'FIELDS_NOT_MODELLED',
      message: `${object} has fields that are not known here, so what an apply would make of them cannot be told: ${live.unmodelled.join(', ')}; remove them, or change the object by other means`,
    };
  }
  return { plan: 'update', live: { uid, resourceVersion } };
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
