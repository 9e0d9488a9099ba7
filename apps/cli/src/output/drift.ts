import { Drift, type DriftingObject, DriftMode, type ListDriftResponse } from '@mcp/contracts';
import { enumText, objectText, timeText } from './in-words.js';
import type { Paint, Tone } from './paint.js';
import { table } from './table.js';

/** A row for each object, and under the table the fields in which each differs. */
export function driftText({ objects, more }: ListDriftResponse, paint: Paint): string {
  if (objects.length === 0) return 'All that was asked for is as desired, and nothing is enforced.\n';
  const rows = objects.map(({ object, drift, mode, forceFrom, changeId, ...one }) => [
    object === undefined ? '' : objectText(object),
    paint(toneOf(drift), enumText(Drift[drift], 'DRIFT')),
    enumText(DriftMode[mode], 'DRIFT_MODE'),
    forceFrom.join(' '),
    one.modeActor,
    changeId,
  ]);
  const titles = ['OBJECT', 'DRIFT', 'MODE', 'FORCE FROM', 'SET BY', 'DESIRED BY'];
  const left = more ? 'There are more: ask for a namespace with -n.\n' : '';
  return `${table(titles, rows)}${objects.map(deviationText).join('')}${left}`;
}

function deviationText({ object, fields, stopped, notApplied }: DriftingObject): string {
  const lines = fields.flatMap(({ path, desired, live, manager, at }) => [
    `  ${path}  ${manager === '' ? 'of nobody' : `of ${manager}`}${at === undefined ? '' : `, ${timeText(at)}`}\n`,
    ...(desired === '' ? [] : [`    - ${desired}\n`]),
    ...(live === '' ? [] : [`    + ${live}\n`]),
  ]);
  if (notApplied !== undefined)
    lines.push(`  its change was not applied: ${notApplied.message} (${notApplied.code})\n`);
  if (stopped !== undefined) lines.push(`  no longer enforced: ${stopped.message} (${stopped.code})\n`);
  return lines.length === 0 || object === undefined ? '' : `\n${objectText(object)}\n${lines.join('')}`;
}

function toneOf(drift: Drift): Tone {
  return drift === Drift.DRIFT_NONE ? 'good' : drift === Drift.DRIFT_PENDING ? 'doubtful' : 'bad';
}
