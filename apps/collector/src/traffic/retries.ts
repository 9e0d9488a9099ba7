import { setTimeout as sleep } from 'node:timers/promises';
import { isEventLogError } from '@mcp/event-log';

const retryMs = { first: 100, most: 10_000 };

/** After these the log is read again, and what is left is decided anew. */
const passing = ['LOG_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'VERSION_CONFLICT'];

/**
 * Does it until it works or the signal aborts. A fault that does not pass goes to `mend`, which throws what it cannot mend.
 */
export async function untilDone(
  signal: AbortSignal,
  work: () => Promise<void>,
  mend: (error: unknown) => void = rethrow,
): Promise<void> {
  for (let waitMs = retryMs.first; !signal.aborted; waitMs = Math.min(waitMs * 2, retryMs.most)) {
    try {
      await work();
      return;
    } catch (error) {
      if (isAborted(signal)) return;
      if (!passing.some((code) => isEventLogError(error, code))) mend(error);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function rethrow(error: unknown): never {
  throw error;
}

/** Asked anew: the compiler takes it for what it was before the work. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
