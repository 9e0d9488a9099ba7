/**
 * Short-lived questions from one app to another, beside the log and never in it: a dry run.
 *
 * Bounded: an unanswered question ends at its deadline, an answer is kept ten minutes. The same id asked again gets the same
 * answer, and is worked on once.
 */
export interface RequestBoard {
  /**
   * Fails with `NoResponder` at once when nobody serves the topic, saying when someone last did;
   * fails with `NoAnswer` at the deadline.
   */
  ask(request: BoardRequest): Promise<unknown>;

  /** Answers questions on a topic, one after the other, until the signal aborts. An answer is plain JSON. */
  serve(
    topic: string,
    answer: (body: unknown, signal: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void>;

  close(): Promise<void>;
}

export interface BoardRequest {
  readonly topic: string;
  readonly id: string;
  readonly body: unknown;
  readonly timeoutMs: number;
}

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
