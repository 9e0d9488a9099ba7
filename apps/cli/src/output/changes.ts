import { type Change, Drift, type ListChangesResponse, Phase, StagingState } from '@mcp/contracts';
import { enumText, objectText, timeText } from './in-words.js';
import type { Paint, Tone } from './paint.js';
import { table } from './table.js';

export function phaseText(phase: Phase): string {
  return enumText(Phase[phase], 'PHASE');
}

/** A row for each change, or for each part of one, and under the table why those that did not go on did not. */
export function changesText(changes: readonly Change[], paint: Paint): string {
  const parts = changes.flatMap((change) => (change.parts.length === 0 ? [change] : change.parts));
  const rows = parts.map((change) => [
    change.id,
    change.object === undefined ? '' : objectText(change.object),
    String(change.revision),
    paint(toneOf(change.phase), phaseText(change.phase)),
    change.drift === Drift.DRIFT_UNSPECIFIED ? '' : enumText(Drift[change.drift], 'DRIFT'),
    change.actor,
    timeText(change.history.at(-1)?.recordedAt),
    change.reason,
  ]);
  const problems = parts.flatMap(({ id, problem, conflicts }) => [
    ...(problem === undefined ? [] : [`${id}: ${problem.message} (${problem.code})`]),
    ...conflicts.map(({ manager, field }) => `${id}: ${manager} owns ${field}`),
  ]);
  const titles = ['CHANGE', 'OBJECT', 'REVISION', 'PHASE', 'DRIFT', 'ACTOR', 'SINCE', 'REASON'];
  const stages = changes.flatMap(stageText);
  return table(titles, rows) + [...problems, ...stages].map((line) => `${line}\n`).join('');
}

/** How far a change has gone on by itself. */
function stageText({ id, staging }: Change): readonly string[] {
  if (staging === undefined) return [];
  const { state, until, by, problem } = staging;
  const more =
    (until === undefined ? '' : ` until ${timeText(until)} at the earliest`) +
    (by === '' ? '' : ` by ${by}`) +
    (problem === undefined ? '' : `: ${problem.message} (${problem.code})`);
  return [`${id}: ${enumText(StagingState[state], 'STAGING_STATE')}${more}`];
}

/** What a list of changes may lack: nothing where all there ever were are held. */
export function heldNotes({ noLongerHeld, completeAfter }: ListChangesResponse): readonly string[] {
  if (noLongerHeld === 0) return [];
  const since =
    completeAfter === undefined ? '' : `; every one asked for after ${timeText(completeAfter)} is`;
  return [`${noLongerHeld} changes that ended long ago are no longer held${since}`];
}

/** One change with all the phases that it, or each part of it, has been in. */
export function changeText(change: Change, paint: Paint): string {
  const parts = change.parts.length === 0 ? [change] : change.parts;
  const history = table(
    ['CHANGE', 'PHASE', 'RECORDED', 'PROVEN BY', 'POSITION'],
    parts.flatMap(({ id, history: proofs }) =>
      proofs.map(({ phase, recordedAt, eventType, eventId, position }) => [
        change.parts.length === 0 ? '' : id,
        phaseText(phase),
        timeText(recordedAt),
        `${eventType} ${eventId}`,
        position,
      ]),
    ),
  );
  return `${changesText([change], paint)}\n${history}`;
}

function toneOf(phase: Phase): Tone {
  switch (phase) {
    case Phase.PHASE_CONVERGED:
      return 'good';
    case Phase.PHASE_REFUSED:
    case Phase.PHASE_REJECTED:
    case Phase.PHASE_CONFLICTED:
      return 'bad';
    case Phase.PHASE_SUPERSEDED:
    case Phase.PHASE_UNDONE:
      return 'faint';
    default:
      return 'doubtful';
  }
}
