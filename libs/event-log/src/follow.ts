import { setTimeout as pause } from 'node:timers/promises';
import type { LogPosition, RecordedEvent } from '@mcp/events';
import { isEventLogError } from './errors.js';
import type { EventStorage } from './event-storage.js';
import { readOn, type Checkpoint } from './read.js';

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
  let checkpoint: Checkpoint = { position: from };
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        for await (const read of readOn(storage, checkpoint, { signal })) {
          checkpoint = read.checkpoint;
          yield read.events;
        }
        failures = 0;
        if (!isAborted(signal)) yield [];
        await doorbell.wait(checkpoint.position.sequence, signal);
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

/**
 * Whether a signal has aborted by now. Asked through a function, since the compiler takes the value of a property as unchanged
 * across `yield` and `await`.
 */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
