import type { DesiredPresence } from '@mcp/events';
import { formatResourceKey, saysExactly } from '@mcp/mesh';
import { withEnforcement } from './change-sets.js';
import {
  isLive,
  observedNow,
  phaseOf,
  revisionOf,
  type Change,
  type DesiredKey,
  type DesiredStates,
} from './desired-states.js';
import type { DesiredSpec } from './drift.js';
import { isWork } from './work.js';

/** What one object is to be so that a change of it is taken back. */
export interface UndoneObject {
  readonly key: DesiredKey;
  /** Absent: there was none. */
  readonly spec?: DesiredSpec;
  /** The one that the undo is decided on. */
  readonly expectedRevision: number;
}

/** `unknown`: there is one, and what it says cannot be read, or not all of it. */
export type ObjectVersion = DesiredPresence['spec'] | 'none' | 'unknown';

/** Somebody changed the object after the change that is to be taken back. */
export interface UndoConflict {
  readonly key: DesiredKey;
  readonly before: ObjectVersion;
  readonly asChanged: ObjectVersion;
  readonly now: ObjectVersion;
  /** The change of ours that came after it, if it was one. */
  readonly laterChange?: string;
}

export type UndoRefusal =
  | 'CHANGE_NOT_FOUND'
  /** It was not applied, or not yet. */
  | 'NOTHING_APPLIED'
  | 'ALREADY_UNDONE'
  /** All is as it was before. */
  | 'NOTHING_TO_UNDO'
  /** What there was before is not known. */
  | 'UNDO_UNKNOWN'
  /** What there is now is not known at the moment. */
  | 'SOURCE_NOT_LIVE'
  /** It was applied, and what that made of the object has not been observed yet. */
  | 'NOT_OBSERVED_YET'
  | 'UNDO_CONFLICT';

export type UndoDecision =
  /** In the order in which they are to be applied. What is as it was before is left out. */
  { readonly decision: 'undo'; readonly objects: readonly [UndoneObject, ...UndoneObject[]] } | RefusedUndo;

export interface RefusedUndo {
  readonly decision: 'refused';
  readonly code: UndoRefusal;
  readonly message: string;
  readonly conflicts: readonly UndoConflict[];
}

/** The answer for a change that there is not. */
export function unknownChange(changeId: string): RefusedUndo {
  return refused('CHANGE_NOT_FOUND', `no change ${changeId} is known`);
}

/**
 * Decides how a change, or a change of several objects, is taken back: each object that it left is to be as it was when the change was asked
 * for. Nothing is taken back where one of them is no longer as the change left it: what came after it is somebody's wish too.
 */
export function decideUndo(states: DesiredStates, changeId: string): UndoDecision {
  const ids = withEnforcement(states, changeId);
  const changes = ids.flatMap((id) => states.changes.get(id) ?? []);
  if (changes.length === 0) return unknownChange(changeId);
  const applied = changes.filter((change) => change.applied !== undefined);
  const standing = applied.filter(({ undoneBy }) => undoneBy === undefined);
  const by = applied.at(-1)?.undoneBy;
  if (by !== undefined && standing.length === 0)
    return refused('ALREADY_UNDONE', `change ${changeId} was undone by ${by}`);
  const working = changes.find(isWork);
  if (working !== undefined)
    return refused(
      'NOTHING_APPLIED',
      `the change of ${formatResourceKey(working.key)} is ${phaseOf(working)} and not yet applied; withdraw it, or wait`,
    );
  if (changes.length < ids.length)
    return refused(
      'UNDO_UNKNOWN',
      `not all of change ${changeId} is held any more; ask for what is to be instead`,
    );
  if (applied.length === 0)
    return refused(
      'NOTHING_APPLIED',
      `nothing of change ${changeId} was applied, so there is nothing to undo`,
    );
  return undoOf(states, changeId, stepsOf(standing).toReversed());
}

/** What became of one object: what there was before the first change, and the last. */
interface ObjectStep {
  readonly before: ObjectVersion;
  readonly last: Change;
}

/** In the order in which the objects were changed first. */
function stepsOf(changes: readonly Change[]): readonly ObjectStep[] {
  const steps = new Map<string, ObjectStep>();
  for (const change of changes) {
    const id = formatResourceKey(change.key);
    steps.set(id, { before: steps.get(id)?.before ?? beforeOf(change), last: change });
  }
  return [...steps.values()];
}

function undoOf(states: DesiredStates, changeId: string, steps: readonly ObjectStep[]): UndoDecision {
  const objects: UndoneObject[] = [];
  const conflicts: UndoConflict[] = [];
  for (const { before, last } of steps) {
    const { key } = last;
    const name = formatResourceKey(key);
    if (before === 'unknown')
      return refused(
        'UNDO_UNKNOWN',
        `what ${name} was before change ${changeId} is not known; ask for what it is to be instead`,
      );
    if (!isLive(states, key.kind))
      return refused(
        'SOURCE_NOT_LIVE',
        `what ${name} is now is not known: the list of its kind is not live; ask again when it is`,
      );
    const later = laterChange(states, last);
    const underWay = later !== undefined && isWork(later);
    if (!underWay && isNow(states, key, before)) {
      if (later === undefined && isUnobserved(states, last))
        return refused(
          'NOT_OBSERVED_YET',
          `what change ${last.id} made of ${name} has not been observed yet; ask again when it has`,
        );
      continue;
    }
    if (underWay || !isNow(states, key, last.spec ?? 'none')) {
      conflicts.push({
        ...{ key, before, asChanged: last.spec ?? 'none', now: versionNow(states, key) },
        ...(later !== undefined && { laterChange: later.id }),
      });
    } else {
      const expectedRevision = revisionOf(states, key);
      objects.push({ key, ...(before !== 'none' && { spec: before }), expectedRevision });
    }
  }
  if (conflicts.length > 0) {
    const names = conflicts.map(({ key, laterChange: id }) =>
      id === undefined ? formatResourceKey(key) : `${formatResourceKey(key)} (by change ${id})`,
    );
    const message = `changed by others since change ${changeId}: ${names.join(', ')}; look at the three versions, and ask for the one that is to be`;
    return { decision: 'refused', code: 'UNDO_CONFLICT', message, conflicts };
  }
  const [first, ...more] = objects;
  if (first === undefined)
    return refused('NOTHING_TO_UNDO', `all that change ${changeId} is about is as it was before it`);
  return { decision: 'undo', objects: [first, ...more] };
}

function beforeOf({ before }: Change): ObjectVersion {
  if (before === undefined) return 'unknown';
  return before === 'none' ? 'none' : (before.spec ?? 'unknown');
}

/** It wrote something, and what was observed of the object since then, if anything, may be older. */
function isUnobserved(states: DesiredStates, { id, key, spec, applied, history }: Change): boolean {
  if (phaseOf({ history }) !== 'applied' || applied?.modified !== true) return false;
  const mark = observedNow(states, formatResourceKey(key))?.change?.id;
  return mark !== id && !isNow(states, key, spec ?? 'none');
}

/** The newest change of the object, where that is another one and has a say in what the object is. */
function laterChange(states: DesiredStates, { id, key }: Change): Change | undefined {
  const newest = states.objects.get(formatResourceKey(key))?.changeId;
  const later = newest === undefined || newest === id ? undefined : states.changes.get(newest);
  return later !== undefined && (isWork(later) || later.applied !== undefined) ? later : undefined;
}

function isNow(states: DesiredStates, key: DesiredKey, version: Exclude<ObjectVersion, 'unknown'>): boolean {
  const now = observedNow(states, formatResourceKey(key));
  if (version === 'none') return now === undefined;
  return now !== undefined && saysExactly(now, version);
}

function versionNow(states: DesiredStates, key: DesiredKey): ObjectVersion {
  const now = observedNow(states, formatResourceKey(key));
  if (now === undefined) return 'none';
  return now.spec === undefined || now.unmodelled !== undefined ? 'unknown' : now.spec;
}

function refused(code: UndoRefusal, message: string): RefusedUndo {
  return { decision: 'refused', code, message, conflicts: [] };
}
