import {
  type AccessAnswer,
  type AccessPart,
  type ExplainAccessResponse,
  PartKind,
  Satisfaction,
  Verdict,
} from '@mcp/contracts';
import { enumText, objectText, policyText, verdictText, verdictTones, workloadText } from './in-words.js';
import type { Paint } from './paint.js';

/** The summary, then each answer with its reasons, indented under it. */
export function accessText(answer: ExplainAccessResponse, paint: Paint): string {
  const lines = [
    paint('strong', answer.summary),
    ...answer.answers.flatMap((each) => answerLines(each, paint)),
    ...answer.notReached.map(
      ({ workload, count }) =>
        `${workloadText(workload)}: ${count} pods have no such port, and are not reached`,
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Of every part that the answer has; parts that are on no page make it unknown. */
export function verdictsOf({ answers }: ExplainAccessResponse): readonly string[] {
  return answers.flatMap(({ parts, moreParts }) => [
    ...parts.map(({ decision }) => verdictText(decision?.verdict ?? Verdict.VERDICT_UNKNOWN)),
    ...(moreParts > 0 ? ['unknown'] : []),
  ]);
}

function answerLines({ client, target, parts, moreParts }: AccessAnswer, paint: Paint): readonly string[] {
  const who = client?.pods === undefined ? 'the client' : workloadText(client.pods.workload);
  const to = (target?.pods ?? []).map(({ workload }) => workloadText(workload)).join(', ');
  return [
    '',
    `${who} at port ${target?.port === 0 ? '?' : String(target?.port ?? '?')} of ${to === '' ? 'the target' : to}`,
    ...(client === undefined ? [] : [paint('faint', `  ${client.message}`)]),
    ...parts.flatMap((part) => partLines(part, paint)),
    ...(moreParts > 0 ? [`  and ${moreParts} parts more`] : []),
  ];
}

function partLines(part: AccessPart, paint: Paint): readonly string[] {
  const { decision, reasons } = part;
  if (decision === undefined) return [];
  const verdict = paint(verdictTones[decision.verdict], verdictText(decision.verdict).padEnd(7));
  return [
    `  ${verdict}  ${aboutOf(part)}${decision.message}`,
    ...(reasons?.candidates ?? []).flatMap(({ authorization, satisfied, lacks }) => [
      `           ${satisfactionText(satisfied)} ${policyText(authorization)}`,
      ...lacks.map(({ message }) => paint('faint', `             ${message}`)),
    ]),
    ...(reasons?.ignored ?? []).map(
      ({ object, message }) =>
        `           ignored ${object === undefined ? '' : objectText(object)}: ${message}`,
    ),
    ...(reasons?.overruled ?? []).map(
      (server) => `           overruled ${objectText(server)}: an older Server governs the port`,
    ),
    ...(reasons?.unusedRoutes ?? []).map(
      ({ object, message }) =>
        `           not in use ${object === undefined ? '' : objectText(object)}: ${message}`,
    ),
  ];
}

function aboutOf({ kind, decision, example }: AccessPart): string {
  switch (kind) {
    case PartKind.PART_KIND_ROUTE: {
      const such = example === undefined ? '' : `, such as ${example.method} ${example.path}`;
      return `through ${policyText(decision?.route)}${such}: `;
    }
    case PartKind.PART_KIND_NO_ROUTE:
      return 'what no route takes: ';
    case PartKind.PART_KIND_CONNECTION:
      return 'bytes that are not HTTP: ';
    case PartKind.PART_KIND_AS_ASKED:
    case PartKind.PART_KIND_EVERYTHING:
    case PartKind.PART_KIND_UNSPECIFIED:
      return '';
  }
}

function satisfactionText(satisfied: Satisfaction): string {
  const text = enumText(Satisfaction[satisfied], 'SATISFACTION');
  return { yes: '√', no: '×' }[text] ?? '?';
}
