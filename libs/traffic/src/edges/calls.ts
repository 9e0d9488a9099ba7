import type { Figures } from './figures.js';
import type { Place } from './places.js';
import type { Telling } from './telling.js';

/** One edge while it is put together. */
export interface Call {
  readonly source: Place;
  readonly destination: Place;
  readonly port: number;
  client?: Telling;
  server?: Telling;
  /** As `namespace/name`. */
  readonly services: string[];
  readonly serverIdentities: string[];
  partial: boolean;
  /** What the server's proxies tell of a partial edge where it is more. */
  more?: Figures | undefined;
}

/** The edges of one reading, in the order in which they were first found. */
export class Calls {
  readonly #bySource = new Map<number, Map<number, Call>>();

  *[Symbol.iterator](): Generator<Call> {
    for (const calls of this.#bySource.values()) yield* calls.values();
  }

  of(source: Place, destination: Place, port: number): Call {
    let calls = this.#bySource.get(source.number);
    if (calls === undefined) this.#bySource.set(source.number, (calls = new Map<number, Call>()));
    const key = keyOf(destination, port);
    let call = calls.get(key);
    if (call === undefined) {
      call = { source, destination, port, services: [], serverIdentities: [], partial: false };
      calls.set(key, call);
    }
    return call;
  }

  find(source: Place, destination: Place, port: number): Call | undefined {
    return this.#bySource.get(source.number)?.get(keyOf(destination, port));
  }
}

/** Ports have 16 bits. */
export function keyOf(destination: Place, port: number): number {
  return destination.number * 65_536 + port;
}
