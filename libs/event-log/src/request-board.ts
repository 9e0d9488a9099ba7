/**
 * Short-lived questions from one app to another, beside the log and never in it: a dry run. And notes for a while: a plan that nobody has
 * applied.
 *
 * Bounded: an unanswered question ends at its deadline, an answer is kept ten minutes. The same id asked again gets the same
 * answer, and is worked on once.
 */
export interface RequestBoard {
  /**
   * Fails with `NoResponder` at once when nobody serves the topic, saying when someone last did;
   * fails with `NoAnswer` at the deadline, and with `AnswerFailed` when the responder could not answer.
   */
  ask(request: BoardRequest): Promise<unknown>;

  /** Answers questions on a topic, one after the other, until the signal aborts. An answer is plain JSON. */
  serve(
    topic: string,
    answer: (body: unknown, signal: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void>;

  /** Keeps a note for everyone who reads the board, and lets go of the oldest of its scope where that has more than `mostPins`. */
  pin(note: BoardNote): Promise<void>;

  /** What was pinned under this id; undefined when it was let go. */
  pinned(id: string): Promise<unknown>;

  close(): Promise<void>;
}

/** `body` is plain JSON. No two have one id. */
export interface BoardNote {
  /** Who pinned it: notes of others are not let go for it. */
  readonly scope: string;
  readonly id: string;
  readonly body: unknown;
  readonly forMs: number;
}

/** How many notes of one scope are kept. */
export const mostPins = 50;

export interface BoardRequest {
  readonly topic: string;
  readonly id: string;
  readonly body: unknown;
  readonly timeoutMs: number;
}

/** The leading collector answers on this topic: that it does is the proof that one is at work. */
export const collectorTopic = 'collector';

/** Reconcilers answer on this topic what a change would do. */
export const dryRunTopic = 'dry-run';

/** Everything that apps ask each other. */
export const boardTopics = [collectorTopic, dryRunTopic] as const;

export class NoResponder extends Error {
  readonly code = 'NO_RESPONDER';
  constructor(
    readonly topic: string,
    readonly lastSeenAt: number | undefined,
  ) {
    const seen =
      lastSeenAt === undefined ? 'none was ever seen' : `last seen ${new Date(lastSeenAt).toISOString()}`;
    super(`nobody answers ${topic} now, ${seen} (NO_RESPONDER)`);
  }
}

export class NoAnswer extends Error {
  readonly code = 'NO_ANSWER';
  constructor(topic: string, timeoutMs: number) {
    super(`no answer to ${topic} within ${timeoutMs} ms (NO_ANSWER)`);
  }
}

/** The responder took the question and failed on it; the message is its own. */
export class AnswerFailed extends Error {
  readonly code = 'ANSWER_FAILED';
  constructor(topic: string, message: string) {
    super(`${topic}: ${message} (ANSWER_FAILED)`);
  }
}

/** How long an answer is kept for whoever asks the same id again. */
export const answerTtlMs = 10 * 60 * 1000;

/** Questions that may wait on one topic; beyond it the oldest, which nobody took in time, is dropped. */
export const maxWaitingQuestions = 1000;

/** What a board keeps as the answer to a question: plain JSON, or why there is none. */
export type BoardReply = { readonly answer: unknown } | { readonly failure: string };

/** What the one who asked gets of a reply. */
export function openReply(topic: string, reply: BoardReply): unknown {
  if ('failure' in reply) throw new AnswerFailed(topic, reply.failure);
  return reply.answer;
}

/** Answers one question; a responder that throws has answered too. */
export async function replyTo(
  body: unknown,
  answer: (body: unknown, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<BoardReply> {
  try {
    return { answer: await answer(body, signal) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
