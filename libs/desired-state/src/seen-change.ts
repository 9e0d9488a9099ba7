import type { Actor } from '@mcp/events';
import { hiddenName, type VisibleNamespaces, withoutHidden, withoutItems } from '@mcp/mesh';
import type { ChangeSetView } from './change-set-view.js';
import type { ChangeView, DesiredStates } from './desired-states.js';

/** A set as someone may see it. */
export interface SeenChangeSet extends ChangeSetView {
  /** Not all that it is of may be seen. Its phase is that of all the same. */
  readonly partsHidden?: boolean;
}

/**
 * A change as someone may see it who does not see all namespaces. Left out are its parts in the others, who asked for it where they are of
 * one, and words that may be about them. The same object where all may be seen; undefined where none of its objects may.
 */
export function seenChange(
  states: DesiredStates,
  change: ChangeView | ChangeSetView,
  visible: VisibleNamespaces,
): ChangeView | SeenChangeSet | undefined {
  if (visible.areAll) return change;
  return 'members' in change ? seenSet(states, change, visible) : seenPart(states, change, visible);
}

function seenSet(
  states: DesiredStates,
  { stage, reason, ...set }: ChangeSetView,
  visible: VisibleNamespaces,
): SeenChangeSet | undefined {
  const members = set.members.flatMap((member) => seenPart(states, member, visible) ?? []);
  if (members.length === 0) return undefined;
  const stopped = stage?.state === 'stopped' ? { ...stage, message: hiddenName } : stage;
  return {
    ...set,
    members,
    actor: seenActor(set.actor, visible),
    partsHidden: members.length < set.members.length,
    ...(reason !== undefined && { reason: seenReason(states, set.id, reason, visible) }),
    ...(stopped && { stage: stopped }),
  };
}

function seenPart(
  states: DesiredStates,
  { reason, problem, ...change }: ChangeView,
  visible: VisibleNamespaces,
): ChangeView | undefined {
  if (!visible.has(change.key.namespace)) return undefined;
  return {
    ...change,
    actor: seenActor(change.actor, visible),
    ...(reason !== undefined && {
      reason: change.correction === undefined ? seenReason(states, change.set, reason, visible) : hiddenName,
    }),
    ...(problem && { problem: { ...problem, message: hiddenName } }),
    conflicts: change.conflicts.map(({ manager, field }) => ({ manager, field: withoutItems(field) })),
  };
}

/** A ServiceAccount of a hidden namespace is not named. */
export function seenActor(actor: Actor, visible: VisibleNamespaces): Actor {
  const name = withoutHidden(actor.name, visible);
  return name === actor.name ? actor : { name, provenBy: actor.provenBy };
}

/** The words of a set are about all its objects; those of one that took back or enforced another were not written by who asked alone. */
export function seenReason(
  states: DesiredStates,
  setId: string | undefined,
  reason: string,
  visible: VisibleNamespaces,
): string {
  if (setId === undefined) return withoutHidden(reason, visible);
  const set = states.sets.get(setId);
  const ownWords = set !== undefined && set.undoes === undefined && set.enforces === undefined;
  const isSeen = (id: string): boolean => visible.has(states.changes.get(id)?.key.namespace ?? '');
  return ownWords && set.changes.every(isSeen) ? withoutHidden(reason, visible) : hiddenName;
}
