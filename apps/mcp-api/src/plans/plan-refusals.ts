import type { RefusedUndo, UndoConflict } from '@mcp/desired-state';
import type { DesiredPresence } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import { renderObject } from '@mcp/linkerd';
import { formatResourceKey } from '@mcp/mesh';

export function planNotFound(id: string): CallRefused {
  return new CallRefused(
    'PLAN_NOT_FOUND',
    `no plan ${id} is known: plans are kept for a day, and the newest 50 of each caller; plan anew`,
    { facts: { subject: id } },
  );
}

export function planOfAnother(id: string): CallRefused {
  return new CallRefused('PLAN_OF_ANOTHER', `plan ${id} was made by somebody else; make one of your own`, {
    facts: { subject: id },
  });
}

export function planOutdated(id: string, differences: readonly string[]): CallRefused {
  return new CallRefused(
    'PLAN_OUTDATED',
    `plan ${id} is no longer what would be done: ${differences.join('; ')}; plan anew`,
    { facts: { subject: id, differences: differences.join('; ').slice(0, 1_000) } },
  );
}

/** The three versions of a conflict are facts: `before`, `as_changed`, and `now` of the object that the fact `subject` names. */
export function undoRefused({ code, message, conflicts }: RefusedUndo, changeId: string): CallRefused {
  const [conflict] = conflicts;
  if (conflict === undefined) return new CallRefused(code, message, { facts: { subject: changeId } });
  const facts = { subject: formatResourceKey(conflict.key), change_id: changeId, ...versionsOf(conflict) };
  return new CallRefused(code, message, { facts });
}

/** What the headers of an answer may hold, of each version. */
const longestVersion = 2_000;

function versionsOf({ key, before, asChanged, now, laterChange }: UndoConflict): Record<string, string> {
  const text = (version: UndoConflict['now']): string => {
    if (version === 'none' || version === 'unknown') return version;
    const desired = { key, spec: version } as Pick<DesiredPresence, 'key' | 'spec'>;
    const manifest = JSON.stringify(renderObject(desired).spec);
    return manifest.length > longestVersion ? 'too long for this answer: ListEvents has it' : manifest;
  };
  return {
    before: text(before),
    as_changed: text(asChanged),
    now: text(now),
    ...(laterChange !== undefined && { later_change: laterChange }),
  };
}
