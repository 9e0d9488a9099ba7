import type { ServerCall } from './call-signal.js';
import { CallRefused } from './call-refused.js';

/** How many streams may be open: of one connection, and in all. */
export interface StreamLimits {
  readonly perConnection: number;
  readonly total: number;
}

/** Counts the streams that are open, by connection. */
export class OpenStreams {
  readonly #byConnection = new Map<string, number>();
  #total = 0;

  constructor(private readonly limits: StreamLimits) {}

  get total(): number {
    return this.#total;
  }

  /**
   * Takes a place until the call is really over: a stream that was ended and is not read still holds memory, and its place.
   * Fails with TOO_MANY_STREAMS.
   */
  admit(call: ServerCall): void {
    const connection = call.getPeer();
    const ofConnection = this.#byConnection.get(connection) ?? 0;
    if (ofConnection >= this.limits.perConnection) {
      throw tooMany(`this connection has ${ofConnection} open streams, the limit; end one or share one`);
    }
    if (this.#total >= this.limits.total) {
      throw tooMany(`the server has ${this.#total} open streams, the limit; try another replica or later`);
    }
    if (call.cancelled) return;
    this.#total += 1;
    this.#byConnection.set(connection, ofConnection + 1);
    call.once('cancelled', () => this.#release(connection));
  }

  #release(connection: string): void {
    this.#total -= 1;
    const left = (this.#byConnection.get(connection) ?? 0) - 1;
    if (left > 0) this.#byConnection.set(connection, left);
    else this.#byConnection.delete(connection);
  }
}

function tooMany(message: string): CallRefused {
  return new CallRefused('TOO_MANY_STREAMS', message);
}
