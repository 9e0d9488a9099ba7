import { formatResourceKey } from '@mcp/mesh';
import { isLost, whyLost } from './change-sets.js';
import {
  objectDrift,
  observedNow,
  type Change,
  type ChangeProblem,
  type DesiredObject,
  type DesiredStates,
} from './desired-states.js';

/**
 * The change that asked for an object last, where that ended without being applied; undefined where the object was as desired since, which it can
 * be again, whatever became of the change.
 */
export function notAppliedTo(states: DesiredStates, { key, changeId }: DesiredObject): Change | undefined {
  const newest = states.changes.get(changeId);
  if (newest === undefined || !isLost(newest)) return undefined;
  return objectDrift(states, key)?.drift === 'pending' ? newest : undefined;
}

/** Why an object is not what was asked for last: that was not applied. Undefined also where there was no such object before, and is none. */
export function whyNotApplied(states: DesiredStates, object: DesiredObject): ChangeProblem | undefined {
  const lost = notAppliedTo(states, object);
  if (lost === undefined) return undefined;
  const isThere = observedNow(states, formatResourceKey(object.key)) !== undefined;
  return isThere || lost.before !== 'none' ? whyLost(lost) : undefined;
}
