import { setTimeout as pause } from 'node:timers/promises';
import type { LogPosition, RecordedEvent } from '@mcp/events';
import { isEventLogError } from './errors.js';
import type { EventStorage } from './event-storage.js';
import { readEvents } from './read.js';

const firstPauseMs = 50;
const longestPauseMs = 2000;

/**
 * `EventLog.follow` for every adapter: read to the end, wait for the doorbell, read on. Each reading begins with the last event
 * that was given, so a log that lost it is noticed on whichever connection and server the reading happens to be.
 */
export async function* followEvents(
  storage: EventStorage,
  from: LogPosition,
  signal: AbortSignal,
): AsyncGenerator<readonly RecordedEvent[]> {
  const doorbell = storage.doorbell();
  let cursor = from;
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        for await (const batch of readEvents(storage, cursor, { signal })) {
          cursor = batch.at(-1)?.position ?? cursor;
          yield batch;
        }
        failures = 0;
        if (!isAborted(signal)) yield [];
        await doorbell.wait(cursor.sequence, signal);
      } catch (error) {
        if (isAborted(signal)) return;
        if (storage.closed || !isEventLogError(error, 'LOG_UNAVAILABLE')) throw error;
        failures += 1;
        const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10));
        await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  } finally {
    doorbell.close();
  }
}

/** Asked through a function, since the compiler takes the value of a property as unchanged across `yield` and `await`. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
