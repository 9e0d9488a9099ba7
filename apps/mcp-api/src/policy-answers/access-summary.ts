import type { AccessRequest } from '@mcp/policy';
import type { AccessAnswer } from './access-answers.js';
import type { Answer } from './explained.js';
import { decisionInWords, reachInWords, requestInWords } from './in-words.js';

/** Of answers and of parts, the ones that a sentence tells. */
const mostTold = 3;

/** The whole answer in one sentence. */
export function accessSummary(
  client: string,
  target: string,
  request: AccessRequest,
  answers: readonly AccessAnswer[],
): string {
  const asking = requestInWords(request);
  const question = [`${client} at ${target}`, asking].filter((words) => words !== '').join(', ');
  const [only, ...others] = answers;
  if (only === undefined) return `${question}: no pods of either are there to be asked about`;
  if (others.length === 0) return `${question}: ${answerInWords(only.answer)}`;
  const distinct = [...new Set(answers.map(({ answer }) => answerInWords(answer)))];
  return `${question}: pods differ. ${listed(distinct, '. ')}`;
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
