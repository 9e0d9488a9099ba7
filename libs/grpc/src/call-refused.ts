import type { RefusalCode } from './error-to-status.js';
import type { FieldViolation } from './status-details.js';

/** What the code alone does not say. All of it reaches the client. */
export interface RefusalDetails {
  readonly violations?: readonly FieldViolation[];
  /** Facts for programs, such as the revision that was found. */
  readonly facts?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A call that is refused by a rule of this API. The code is a row of the table in `error-to-status.ts`. */
export class CallRefused extends Error {
  readonly violations: readonly FieldViolation[];
  readonly facts: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: RefusalCode,
    message: string,
    details: RefusalDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.violations = details.violations ?? [];
    this.facts = details.facts ?? {};
    this.retryAfterMs = details.retryAfterMs;
  }
}
