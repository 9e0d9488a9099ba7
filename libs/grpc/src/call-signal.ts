import type { EventEmitter } from 'node:events';
import { CallRefused } from './call-refused.js';

/** What is used of a call, of either kind. */
export interface ServerCall extends EventEmitter {
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  getPeer(): string;
  /** The rpc, for example `/mcp.v1.MeshContext/GetMeshGraph`. */
  getPath(): string;
}

/** The reason of a signal that aborted because nobody waits any more. */
const abandoned = new CallRefused('CALL_ABANDONED', 'nobody waits for the answer');

/**
 * Aborts when nobody waits for the answer any more (the client cancelled, its connection or its deadline ended), or, with its
 * reason, when `shutdown` does. grpc-js tells of cancellation and of the end of a call by one event, `cancelled`; of
 * the deadline of a peer that does not read it tells nothing, so that is timed here.
 */
export function callSignal(call: ServerCall, shutdown?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => end(abandoned);
  const onShutdown = (): void => end(shutdown?.reason);
  const end = (reason: unknown): void => {
    clearTimeout(timer);
    shutdown?.removeEventListener('abort', onShutdown);
    controller.abort(reason);
  };
  const timer = deadlineTimer(call, abort);
  if (call.cancelled) abort();
  else if (shutdown?.aborted === true) onShutdown();
  else {
    call.once('cancelled', abort);
    shutdown?.addEventListener('abort', onShutdown, { once: true });
  }
  return controller.signal;
}

/** Whether a signal of `callSignal` aborted because nobody waits any more. */
export function isAbandoned(signal: AbortSignal): boolean {
  return signal.reason === abandoned;
}

/** The longest that `setTimeout` can wait: 2^31 - 1 ms, 24 days. */
const longestTimerMs = 2 ** 31 - 1;

function deadlineTimer(call: ServerCall, abort: () => void): NodeJS.Timeout | undefined {
  const leftMs = Number(call.getDeadline()) - Date.now();
  return leftMs > longestTimerMs ? undefined : setTimeout(abort, Math.max(leftMs, 0)).unref();
}
