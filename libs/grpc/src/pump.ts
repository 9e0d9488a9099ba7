import { Observable } from 'rxjs';
import { isAbandoned, type ServerCall } from './call-signal.js';

export interface StreamCall extends ServerCall {
  write(message: Uint8Array, taken: (error?: Error | null) => void): boolean;
}

/**
 * Writes each message when the peer took the one before it, so that a peer that does not read holds one message and nothing
 * is produced for it. Ends when the source ends or the signal aborts. The source gets the same signal and ends with it.
 *
 * Throws what the source throws, and the signal's reason where that is an error of its own (a server that drains); a client
 * that left is no error.
 */
export async function pump(
  call: StreamCall,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  for await (const message of source) {
    if (signal.aborted) break;
    await taken(call, message, signal);
  }
  if (signal.aborted && !isAbandoned(signal)) signal.throwIfAborted();
}

/**
 * The stream of a Nest handler. The Observable itself emits nothing, it only tells Nest of the end: what it emitted would be
 * queued without bound.
 */
export function streamed(
  call: StreamCall,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Observable<never> {
  return new Observable((subscriber) => {
    pump(call, source, signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
  });
}

function taken(call: StreamCall, message: Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    call.write(message, done);
  });
}
