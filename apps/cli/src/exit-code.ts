/** What a script may rely on. */
export const exitCodes = {
  /** It was done, and nothing is wrong. */
  done: 0,
  /** It was done, and the answer is a bad one: findings, a failed check, a change that did not converge. */
  bad: 1,
  /** It could not be done: a wrong argument, an unreadable file, no server, a refusal. */
  failed: 2,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** It cannot be done. The message is one line and says what to do. */
export class CannotRun extends Error {
  readonly code = 'CANNOT_RUN';
}
