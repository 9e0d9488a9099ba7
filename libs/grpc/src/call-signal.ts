import type { EventEmitter } from 'node:events';

/** What of a server call the stream path uses; unary calls have no `write`. */
export interface ServerCall extends EventEmitter {
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  getPeer(): string;
}

/**
 * Aborts when nobody waits for the answer any more (the client cancelled, its connection or its deadline ended), or, with its
 * reason, when `shutdown` does. grpc-js tells of cancellation and the end of a call by one event, `cancelled`; of
 * the deadline of a peer that does not read it tells nothing, so that is timed here.
 */
export function callSignal(call: ServerCall, shutdown: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    clearTimeout(timer);
    shutdown.removeEventListener('abort', onShutdown);
    controller.abort();
  };
  const onShutdown = (): void => {
    clearTimeout(timer);
    controller.abort(shutdown.reason);
  };
  const timer = deadlineTimer(call, abort);
  if (call.cancelled) abort();
  else if (shutdown.aborted) onShutdown();
  else {
    call.once('cancelled', abort);
    shutdown.addEventListener('abort', onShutdown, { once: true });
  }
  return controller.signal;
}

/** The longest that `setTimeout` can wait: 2^31 - 1 ms, 24 days. */
const longestTimerMs = 2 ** 31 - 1;

function deadlineTimer(call: ServerCall, abort: () => void): NodeJS.Timeout | undefined {
  const leftMs = Number(call.getDeadline()) - Date.now();
  return leftMs > longestTimerMs ? undefined : setTimeout(abort, Math.max(leftMs, 0)).unref();
}
