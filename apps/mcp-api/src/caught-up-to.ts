import { formatPosition, type LogPosition } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import type { Following } from './following.js';

/** A server lags by milliseconds; one that needs longer is in trouble, and another may not be. */
const patienceMs = 5_000;

/** Waits until the fold has read up to this place. Fails with NOT_CAUGHT_UP after 5 s; rejects when the signal aborts. */
export async function caughtUpTo(
  following: Following<unknown>,
  position: LogPosition,
  signal: AbortSignal,
): Promise<void> {
  const patience = AbortSignal.timeout(patienceMs);
  try {
    await following.reached(position, AbortSignal.any([signal, patience]));
  } catch (error) {
    signal.throwIfAborted();
    if (!patience.aborted) throw error;
    throw new CallRefused(
      'NOT_CAUGHT_UP',
      `this server has read up to ${formatPosition(following.now.position)}, not to ${formatPosition(position)}`,
    );
  }
}
