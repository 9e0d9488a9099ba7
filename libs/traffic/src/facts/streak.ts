import { deepEqual } from '@mcp/mesh';

/** A value that was seen in one poll after the other, without any other in between. */
export class Streak<T> {
  #value: T | undefined;
  #polls = 0;

  take(value: T): void {
    this.#polls = this.#polls > 0 && deepEqual(this.#value, value) ? this.#polls + 1 : 1;
    this.#value = value;
  }

  end(): void {
    this.#polls = 0;
    this.#value = undefined;
  }

  /** The value, once it was seen so many times. */
  after(polls: number): T | undefined {
    return this.#polls >= polls ? this.#value : undefined;
  }
}
