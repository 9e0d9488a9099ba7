import { formatResourceKey, type ResourceKey, VisibleNamespaces } from '@mcp/mesh';
import { changeSetView } from './change-set-view.js';
import { changeView, type ChangeView, type DesiredStates, type Phase } from './desired-states.js';
import { seenChange, type SeenChangeSet } from './seen-change.js';

/** What is left out narrows nothing. Times are those at which the log took the request, in milliseconds since the epoch. */
export interface ChangeFilter {
  readonly actor?: string;
  readonly key?: ResourceKey;
  readonly namespaces?: readonly string[];
  readonly from?: number;
  /** Not itself. */
  readonly to?: number;
  readonly phases?: readonly Phase[];
  readonly openOnly?: boolean;
}

/** One of a list, and where the list goes on after it: the sequence of its request. */
export interface ListedChange {
  readonly change: ChangeView | SeenChangeSet;
  readonly place: number;
}

/**
 * The newest first; only those after the place where a part of the list ended, where one is given. A set is one, and its changes are in no
 * other place. What may not be seen is asked for in vain. Not across an `await`.
 */
export function* listChanges(
  states: DesiredStates,
  filter: ChangeFilter,
  after = Infinity,
  visible = VisibleNamespaces.all,
): Generator<ListedChange> {
  const fits = filterOf(filter);
  for (const { id, place } of requestsOf(states)) {
    const whole = place < after ? (changeSetView(states, id) ?? changeView(states, id)) : undefined;
    const change = whole && seenChange(states, whole, visible);
    if (change !== undefined && fits(change)) yield { change, place };
  }
}

/** What was asked for, the newest first. */
function requestsOf(states: DesiredStates): readonly { readonly id: string; readonly place: number }[] {
  const alone = [...states.changes.values()].filter(({ set }) => set === undefined || !states.sets.has(set));
  return [
    ...alone.map(({ id, history }) => ({ id, place: history[0]?.position.sequence ?? 0 })),
    ...[...states.sets.values()].map(({ id, requested }) => ({ id, place: requested.position.sequence })),
  ].sort((a, b) => b.place - a.place);
}

/** The states as they are now: no later event changes them. */
export function stillOf(states: DesiredStates): DesiredStates {
  return {
    ...states,
    objects: new Map(states.objects),
    changes: new Map(states.changes),
    sets: new Map(states.sets),
    observed: new Map(states.observed),
    namespaces: new Map(states.namespaces),
    sourceStates: new Map(states.sourceStates),
    retired: [...states.retired],
  };
}

function filterOf(filter: ChangeFilter): (change: ChangeView | SeenChangeSet) => boolean {
  const { actor, from = -Infinity, to = Infinity, openOnly = false } = filter;
  const object = filter.key && formatResourceKey(filter.key);
  const namespaces = filter.namespaces && new Set(filter.namespaces);
  const phases = filter.phases && new Set(filter.phases);
  return (change) => {
    const parts = 'members' in change ? change.members : [change];
    const { recordedAt: askedAt = 0 } = ('members' in change ? change.requested : change.history[0]) ?? {};
    return (
      (actor === undefined || change.actor.name === actor) &&
      (object === undefined || parts.some(({ key }) => formatResourceKey(key) === object)) &&
      (namespaces === undefined || parts.some(({ key }) => namespaces.has(key.namespace))) &&
      (phases === undefined || phases.has(change.phase)) &&
      askedAt >= from &&
      askedAt < to &&
      !(openOnly && change.ended)
    );
  };
}
