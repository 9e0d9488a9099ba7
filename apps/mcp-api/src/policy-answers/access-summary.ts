import { hiddenName } from '@mcp/mesh';
import type { AccessRequest } from '@mcp/policy';
import type { AccessAnswer } from './access-answers.js';
import type { AskedClient } from './asked-client.js';
import type { AskedTarget } from './asked-target.js';
import type { Answer } from './explained.js';
import { decisionInWords, reachInWords, requestInWords } from './in-words.js';

/** Of answers and of parts, the ones that a sentence tells. */
const mostTold = 3;

/** The whole answer in one sentence. */
export function accessSummary(
  { name: client, callers }: AskedClient,
  { name: target, goals }: AskedTarget,
  request: AccessRequest,
  answers: readonly AccessAnswer[],
): string {
  const asking = requestInWords(request);
  const question = [`${client} at ${target}`, asking].filter((words) => words !== '').join(', ');
  const [only, ...others] = answers;
  if (only === undefined) return `${question}: ${whoIsNotThere(callers, goals)}`;
  if (others.length === 0) return `${question}: ${answerInWords(only.answer)}`;
  const distinct = [...new Set(answers.map(({ answer }) => answerInWords(answer)))];
  return `${question}: pods differ. ${listed(distinct, '. ')}`;
}

/** What is told instead to who may not know what the words of the unknown name. */
export function withoutUnknownWords(answers: readonly AccessAnswer[]): readonly AccessAnswer[] {
  return answers.map(({ answer, ...one }) => ({
    ...one,
    answer: {
      ...answer,
      parts: answer.parts.map(({ decision, ...part }) => ({
        ...part,
        decision: {
          ...decision,
          unknown: decision.unknown.map((input) => ({ ...input, message: hiddenName })),
        },
      })),
    },
  }));
}

function whoIsNotThere(callers: readonly unknown[], goals: readonly unknown[]): string {
  if (callers.length > 0) return 'the target has no pods there';
  return goals.length > 0 ? 'the client has no pods' : 'neither the client nor the target has pods there';
}

function answerInWords({ reach, parts }: Answer): string {
  const decisions = listed([...new Set(parts.map(({ decision }) => decisionInWords(decision)))], '; ');
  return reach === undefined ? decisions : `${reachInWords(reach)}: ${decisions}`;
}

function listed(sentences: readonly string[], between: string): string {
  const more = sentences.length - mostTold;
  const told = sentences.slice(0, mostTold);
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join(between);
}
