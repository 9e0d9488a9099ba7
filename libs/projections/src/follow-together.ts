import { setTimeout as pause } from 'node:timers/promises';
import type { EventLog, EventLogError } from '@mcp/event-log';
import { isAborted, isEventLogError } from '@mcp/event-log';
import type { LogPosition, RecordedEvent } from '@mcp/events';

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Takes the events of a log in order, beside others that take the same. */
export interface LogFollower {
  /** Where it goes on: at what it has, or at what a snapshot gives it. Fails as the log does. */
  begin(): Promise<LogPosition>;
  /** Reads by itself up to this place, which is not behind its own. Fails as `EventLog.read` does, and when the signal aborts. */
  readTo(place: LogPosition, signal: AbortSignal): Promise<void>;
  /** What follows the last it has. An empty batch says that there is no more now. */
  take(batch: readonly RecordedEvent[]): Promise<void>;
  /** The log is not reachable, or is no longer the one that it has read. It begins again. */
  recoverFrom(error: EventLogError): void;
  /** Nothing follows any more. */
  end(): Promise<void>;
}

/**
 * Runs all over one reading of the log, until the signal aborts: each event is read, checked and decoded once, and is not to be
 * changed. Those that are behind the furthest one first read up to it by themselves. Where the log no longer has what is to be read,
 * all begin again: it may be the place of the one that reads, or the one to read up to.
 *
 * Fails as `Projection.run` does, with what no later try can mend.
 */
export async function followTogether(
  log: EventLog,
  projections: readonly { readonly follower: LogFollower }[],
  signal: AbortSignal,
): Promise<void> {
  const followers = projections.map(({ follower }) => follower);
  let failures = 0;
  while (!signal.aborted) {
    try {
      const place = await meetingPlace(log, followers, signal);
      for await (const batch of log.follow(place, signal)) {
        for (const follower of followers) await follower.take(batch);
        failures = 0;
      }
    } catch (error) {
      if (error === signal.reason) break;
      if (!isPassing(error)) throw error;
      if (isAborted(signal)) break;
      for (const follower of followers) follower.recoverFrom(error);
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
      failures += 1;
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
  for (const follower of followers) await follower.end();
}

/** The log cannot be reached; or it no longer has what was to be read, and what it has can be read instead. */
export function isPassing(error: unknown): error is EventLogError {
  return ['LOG_UNAVAILABLE', 'POSITION_LOST', 'POSITION_TRIMMED'].some((code) =>
    isEventLogError(error, code),
  );
}

/** Brings all to where the furthest is, or is said to be: whether the log has that place, the reading from there on tells. */
async function meetingPlace(
  log: EventLog,
  followers: readonly LogFollower[],
  signal: AbortSignal,
): Promise<LogPosition> {
  let furthest: LogPosition = { log: await log.identity(), sequence: 0, digest: '' };
  for (const follower of followers) {
    const place = await follower.begin();
    if (place.sequence > furthest.sequence) furthest = place;
  }
  for (const follower of followers) await follower.readTo(furthest, signal);
  return furthest;
}
