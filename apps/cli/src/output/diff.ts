import { type AnswerBasis, DiffKind, type DiffResponse, type EntityChange, Verdict } from '@mcp/contracts';
import { callerText, timeText, verdictText, verdictTones, workloadText } from './in-words.js';
import type { Paint, Tone } from './paint.js';
import { table } from './table.js';

/** The two moments, each thing that is different with its fields, and the callers about whom policy decides otherwise. */
export function diffText({ from, to, changes, reach, ...counts }: DiffResponse, paint: Paint): string {
  const { added, removed, changed, callers } = counts;
  const head =
    `From ${momentText(from)} to ${momentText(to)}: ` +
    `${added} added, ${removed} removed, ${changed} changed; ${callers} known callers decided about otherwise.\n`;
  const things = changes.map((change) => changeText(change, paint)).join('');
  const who = table(
    ['CALLER', 'AT', 'BEFORE', 'AFTER', 'SEEN LAST'],
    reach.map(({ client, workload, port, before, after, lastSeen }) => [
      callerText(client),
      `${workloadText(workload)}:${port}`,
      paint(verdictTones[before], before === Verdict.VERDICT_UNSPECIFIED ? 'not there' : verdictText(before)),
      paint(verdictTones[after], after === Verdict.VERDICT_UNSPECIFIED ? 'gone' : verdictText(after)),
      timeText(lastSeen),
    ]),
  );
  return `${head}${things === '' ? '' : `\n${things}`}${reach.length === 0 ? '' : `\n${who}`}`;
}

const signs: Readonly<Record<DiffKind, readonly [string, Tone]>> = {
  [DiffKind.DIFF_KIND_UNSPECIFIED]: ['?', 'doubtful'],
  [DiffKind.DIFF_KIND_ADDED]: ['+', 'good'],
  [DiffKind.DIFF_KIND_REMOVED]: ['-', 'bad'],
  [DiffKind.DIFF_KIND_CHANGED]: ['~', 'doubtful'],
};

function momentText(basis: AnswerBasis | undefined): string {
  return basis?.recordedAt === undefined ? 'the beginning of the log' : timeText(basis.recordedAt);
}

function changeText({ key, what, fields, changeId }: EntityChange, paint: Paint): string {
  const [sign, tone] = signs[what];
  const by = changeId === '' ? '' : `  (last by change ${changeId})`;
  const lines = fields.flatMap(({ path, before, after, manager, at }) => {
    const who = manager === '' ? '' : `  of ${manager}${at === undefined ? '' : `, ${timeText(at)}`}`;
    return [
      `    ${path}${who}\n`,
      ...(before === '' ? [] : [`      - ${before}\n`]),
      ...(after === '' ? [] : [`      + ${after}\n`]),
    ];
  });
  return `${paint(tone, `${sign} ${key}`)}${by}\n${lines.join('')}`;
}
