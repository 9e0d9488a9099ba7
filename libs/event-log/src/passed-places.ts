import { sameDigest, type LogPosition } from '@mcp/events';

/** Those that someone may still ask for are of the last seconds. A megabyte, or a little more. */
const remembered = 8_192;

/** The last places that a reader of the log passed. */
export class PassedPlaces {
  /** Each in the slot of its sequence. */
  readonly #places: LogPosition[] = [];

  pass(place: LogPosition): void {
    this.#places[place.sequence % remembered] = place;
  }

  /**
   * Whether it passed this place. False where it passed another one with the same sequence: one of the two is of a tail that the log
   * has lost. Undefined where it does not remember.
   */
  has({ sequence, digest }: LogPosition): boolean | undefined {
    const place = this.#places[sequence % remembered];
    return place?.sequence === sequence ? sameDigest(place.digest, digest) : undefined;
  }
}
