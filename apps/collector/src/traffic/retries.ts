import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from '../passing-faults.js';
import type { Trouble } from './trouble.js';

const retryMs = { first: 100, most: 10_000 };

/** Does it until it works or the signal aborts. A fault that does not pass is thrown. */
export async function untilDone(
  signal: AbortSignal,
  trouble: Trouble,
  work: () => Promise<void>,
): Promise<void> {
  for (let waitMs = retryMs.first; !signal.aborted; waitMs = Math.min(waitMs * 2, retryMs.most)) {
    try {
      await work();
      trouble.worked();
      return;
    } catch (error) {
      if (isAborted(signal)) return;
      if (!isPassing(error)) throw error;
      trouble.failed({ error });
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** One try, given up after so long or when `outer` aborts, at once and whether or not the work heeds its signal. */
export async function within<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const stop = new AbortController();
  const end = (): void => stop.abort(outer?.reason);
  const timer = setTimeout(() => stop.abort(new Error(`no answer within ${ms / 1000} s`)), ms);
  const ended = new Promise<never>((_resolve, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true });
  });
  outer?.addEventListener('abort', end, { once: true });
  if (outer?.aborted === true) end();
  try {
    return await Promise.race([work(stop.signal), ended]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', end);
  }
}

/** Asked anew: the compiler takes it for what it was before the work. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
