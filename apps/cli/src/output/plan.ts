import { type Plan, PlannedAction, type PlannedObject, SimulateChangeResponse } from '@mcp/contracts';
import { impactText } from '../change/accept-impact.js';
import { enumText, objectText, secondsText, timeText } from './in-words.js';
import type { Paint, Tone } from './paint.js';
import { simulationText } from './simulation.js';
import { table } from './table.js';

/** The risk, what each object would become, what would come of it to callers, and how to apply it. */
export function planText(plan: Plan, paint: Paint): string {
  const { objects, impactsToAccept, risk, summary, more } = plan;
  const tone: Tone = impactsToAccept.length === 0 ? 'good' : 'bad';
  const changed = table(
    ['OBJECT', 'ACTION', 'REVISION', 'OTHER MANAGERS'],
    objects.map(({ object, action, revision, managers }) => [
      object === undefined ? '' : objectText(object),
      enumText(PlannedAction[action], 'PLANNED_ACTION'),
      action === PlannedAction.PLANNED_ACTION_NOTHING ? '' : String(revision),
      managers.join(' '),
    ]),
  );
  const simulation = SimulateChangeResponse.fromPartial({ ...plan, summary });
  const told = summary === '' ? '' : `\n${simulationText(simulation, paint)}`;
  const left = more ? 'There is more than this answer holds: what-if tells all of it.\n' : '';
  return `${paint(tone, risk)}\n\n${changed}${stagingText(plan)}${objects.map(fieldsText).join('')}${told}${left}\n${howToApply(plan)}`;
}

/** What follows by itself. */
function stagingText({ staging }: Plan): string {
  const { auditSeconds = 0, undoOnDenialsSeconds = 0 } = staging ?? {};
  const audit =
    auditSeconds === 0
      ? ''
      : `For ${secondsText(auditSeconds)} its Servers only audit, as shown. Then they deny, if that comes to nothing else than is said here.\n`;
  const watch =
    undoOnDenialsSeconds === 0
      ? ''
      : `If a caller that had been let in is denied within ${secondsText(undoOnDenialsSeconds)} of that, all of it is undone.\n`;
  return audit + watch === '' ? '' : `\n${audit}${watch}`;
}

/** What to type; the id comes last so that it is found at once. */
function howToApply({ id, expiresAt, impactsToAccept }: Plan): string {
  const codes = [...new Set(impactsToAccept.map(({ code }) => code))].map(impactText);
  const accept = codes.length === 0 ? '' : ` --accept-impact ${codes.join(',')}`;
  return `Nothing was changed. Until ${timeText(expiresAt)}, apply it with\n  linkerd-mcp apply ${id}${accept}\n`;
}

function fieldsText({ object, fields }: PlannedObject): string {
  if (object === undefined || fields.length === 0) return '';
  const lines = fields.flatMap(({ path, before, after }) => [
    `  ${path}\n`,
    ...(before === '' ? [] : [`    - ${before}\n`]),
    ...(after === '' ? [] : [`    + ${after}\n`]),
  ]);
  return `\n${objectText(object)}\n${lines.join('')}`;
}
