import { changeView, type DesiredStates } from '@mcp/desired-state';
import { formatResourceKey } from '@mcp/mesh';
import type { AskedChange } from './change-wish.js';

/** What a caller is told of a change that is recorded, by this request or by one before it. */
export function recordedText(changes: readonly AskedChange[], duplicate: boolean, reason: string): string {
  const what = changes.map(({ key, revision }) => `${formatResourceKey(key)} as revision ${revision}`);
  const are = changes.length === 1 ? 'is' : 'are';
  const were = changes.length === 1 ? 'was' : 'were';
  return duplicate
    ? `${what.join(', ')} ${were} asked for before under this key; WatchChange tells what became of it${reasonStands(reason)}`
    : `${what.join(', then ')} ${are} recorded; the apply is pending, WatchChange tells when it is done`;
}

/** What a caller is told where there was nothing to record. */
export function standsText(states: DesiredStates, changes: readonly AskedChange[], reason: string): string {
  return changes
    .map(({ changeId, key, revision }) => {
      const change = changeView(states, changeId);
      const stands = (change?.reason ?? '') === reason ? '' : reasonStands(reason);
      return `${formatResourceKey(key)} is asked for so already, as revision ${revision}, and its change is ${change?.phase ?? 'done'}${stands}`;
    })
    .join('; ');
}

/** Of a request that is not recorded again nothing is kept. */
function reasonStands(reason: string): string {
  return reason === '' ? '' : '; the reason that was given first stands';
}
