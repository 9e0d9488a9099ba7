import { formatResourceKey, type ResourceKey } from '@mcp/mesh';
import {
  changeView,
  hasEnded,
  phaseOf,
  type Change,
  type ChangeView,
  type DesiredStates,
  type Phase,
} from './desired-states.js';

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
  readonly change: ChangeView;
  readonly place: number;
}

/** The newest first; only those after the place where a part of the list ended, where one is given. Not across an `await`. */
export function* listChanges(
  states: DesiredStates,
  filter: ChangeFilter,
  after = Infinity,
): Generator<ListedChange> {
  const fits = filterOf(filter);
  for (const change of [...states.changes.values()].reverse()) {
    const place = change.history[0]?.position.sequence ?? 0;
    const view = place < after && fits(change) ? changeView(states, change.id) : undefined;
    if (view !== undefined) yield { change: view, place };
  }
}

/** The states as they are now: no later event changes them. */
export function stillOf(states: DesiredStates): DesiredStates {
  return {
    ...states,
    objects: new Map(states.objects),
    changes: new Map(states.changes),
    observed: new Map(states.observed),
    namespaces: new Map(states.namespaces),
    sourceStates: new Map(states.sourceStates),
    retired: [...states.retired],
  };
}

function filterOf(filter: ChangeFilter): (change: Change) => boolean {
  const { actor, from = -Infinity, to = Infinity, openOnly = false } = filter;
  const object = filter.key && formatResourceKey(filter.key);
  const namespaces = filter.namespaces && new Set(filter.namespaces);
  const phases = filter.phases && new Set(filter.phases);
  return (change) => {
    const askedAt = change.history[0]?.recordedAt ?? 0;
    return (
      (actor === undefined || change.actor.name === actor) &&
      (object === undefined || formatResourceKey(change.key) === object) &&
      (namespaces === undefined || namespaces.has(change.key.namespace)) &&
      (phases === undefined || phases.has(phaseOf(change))) &&
      askedAt >= from &&
      askedAt < to &&
      !(openOnly && hasEnded(change))
    );
  };
}
