import { AccessAnswer as AccessAnswerMessage, AccessPart } from '@mcp/contracts';
import type { PolicyIndex, Reasons } from '@mcp/policy';
import { stepInSlices } from '@mcp/runtime';
import { accessAnswerToProto, accessPartToProto } from '../to-proto/access-answer.to-proto.js';
import type { AccessAnswer } from './access-answers.js';
import { type AnswerPart, reasonsOf } from './explained.js';

/** Of one answer, what is told of it. */
const mostParts = 64;

export interface AccessPage {
  readonly answers: readonly AccessAnswerMessage[];
  /** The first part of the next page, counted over all answers; undefined on the last. */
  readonly next: number | undefined;
}

/**
 * The parts from `start` on that fit, at least one, each with its reasons: they take longest, and are given for no others. Does not
 * hold the event loop for longer than the reasons of one part. Rejects when the signal aborts.
 */
export async function accessPage(
  index: PolicyIndex,
  answers: readonly AccessAnswer[],
  { start, bytes }: { readonly start: number; readonly bytes: number },
  signal: AbortSignal,
): Promise<AccessPage> {
  const page: GrowingPage = { answers: [], left: bytes, next: undefined };
  await stepInSlices(fill(page, index, answers, start, signal));
  return page;
}

interface GrowingPage {
  readonly answers: AccessAnswerMessage[];
  left: number;
  next: number | undefined;
}

function* fill(
  page: GrowingPage,
  index: PolicyIndex,
  answers: readonly AccessAnswer[],
  start: number,
  signal: AbortSignal,
): Generator<void> {
  let first = 0;
  for (const one of answers) {
    const told = one.answer.parts.slice(0, mostParts);
    const skipped = Math.max(0, start - first);
    const moreParts = one.answer.parts.length - told.length;
    const about = { ...accessAnswerToProto(one), parts: [], moreParts };
    const parts: AccessPart[] = [];
    for (const [place, part] of told.entries()) {
      if (place < skipped) continue;
      signal.throwIfAborted();
      const message = accessPartToProto(part, reasonsAt(index, one, part));
      if (parts.length === 0) page.left -= AccessAnswerMessage.encode(about).finish().byteLength;
      page.left -= AccessPart.encode(message).finish().byteLength;
      if (page.left < 0 && page.answers.length > 0) {
        page.next = first + place;
        return;
      }
      if (parts.length === 0) page.answers.push({ ...about, parts });
      parts.push(message);
      yield;
    }
    first += told.length;
  }
}

function reasonsAt(index: PolicyIndex, { goals, seen }: AccessAnswer, part: AnswerPart): Reasons | undefined {
  const at = goals[0]?.at;
  return at === undefined || 'unknown' in at ? undefined : reasonsOf(index, at, seen.client, part);
}
