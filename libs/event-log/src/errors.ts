import type { LogPosition, Subject } from '@mcp/events';
import { formatPosition } from '@mcp/events';

/** What an event log fails with. `code` is stable and is what other rooms look at. */
export abstract class EventLogError extends Error {
  abstract readonly code: string;
}

/** Whether a value is an expected fault of the log, of this code if one is given. */
export function isEventLogError(error: unknown, code?: string): error is EventLogError {
  return error instanceof EventLogError && (code === undefined || error.code === code);
}

export class VersionConflict extends EventLogError {
  readonly code = 'VERSION_CONFLICT';
  constructor(
    readonly subject: Subject,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`append to ${subject} at version ${expected}: it is at ${actual} (VERSION_CONFLICT)`);
  }
}

export class DeposedWriter extends EventLogError {
  readonly code = 'DEPOSED_WRITER';
  constructor(
    readonly role: string,
    readonly holder: string,
  ) {
    super(`write as ${role} ${holder}: another has claimed the role since (DEPOSED_WRITER)`);
  }
}

export class KeyReused extends EventLogError {
  readonly code = 'KEY_REUSED';
  constructor(
    readonly key: string,
    /** Correlation of the append that used the key first: the change it asked for. */
    readonly first: string | undefined,
  ) {
    super(`idempotency key "${key}" was used for another request; choose a new key (KEY_REUSED)`);
  }
}

export class EventTooLarge extends EventLogError {
  readonly code = 'EVENT_TOO_LARGE';
  constructor(subject: Subject, bytes: number, limit: number) {
    super(`event about ${subject} has ${bytes} bytes, the log takes ${limit} (EVENT_TOO_LARGE)`);
  }
}

/** The append may or may not be recorded. Not a failure: ask again with the same key or the same expected versions. */
export class OutcomeUnknown extends EventLogError {
  readonly code = 'OUTCOME_UNKNOWN';
  constructor(cause: unknown) {
    super('append: the log did not answer, the events may or may not be recorded (OUTCOME_UNKNOWN)', {
      cause,
    });
  }
}

/** The log could not be asked. Nothing was written. */
export class LogUnavailable extends EventLogError {
  readonly code = 'LOG_UNAVAILABLE';
  constructor(attempted: string, cause?: unknown) {
    super(`${attempted}: the log is not reachable (LOG_UNAVAILABLE)`, { cause });
  }
}

export class PositionOfAnotherLog extends EventLogError {
  readonly code = 'POSITION_OF_ANOTHER_LOG';
  constructor(position: LogPosition, log: string) {
    super(`position ${formatPosition(position)} is not of this log, ${log} (POSITION_OF_ANOTHER_LOG)`);
  }
}

/** The log no longer has the event that this position follows: it lost its tail. Rebuild from what it has, and say so. */
export class PositionLost extends EventLogError {
  readonly code = 'POSITION_LOST';
  constructor(readonly position: LogPosition) {
    super(`position ${formatPosition(position)} is in a part of the log that was lost (POSITION_LOST)`);
  }
}

export class PositionTrimmed extends EventLogError {
  readonly code = 'POSITION_TRIMMED';
  constructor(
    readonly position: LogPosition,
    readonly oldest: number,
  ) {
    super(
      `position ${formatPosition(position)} is older than the log keeps (${oldest}); start from a snapshot (POSITION_TRIMMED)`,
    );
  }
}

/** What is stored cannot be what a log wrote: a gap, a broken chain, an entry that is not an event. */
export class LogCorrupt extends EventLogError {
  readonly code = 'LOG_CORRUPT';
  constructor(what: string) {
    super(`${what} (LOG_CORRUPT)`);
  }
}

/** Another process has the embedded log open, or the folder holds a log of another mesh. */
export class LogInUse extends EventLogError {
  readonly code = 'LOG_IN_USE';
}
