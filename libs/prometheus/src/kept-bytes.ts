/** How many bytes of answers may be kept, by all queries together that share it. */
export class KeptBytes {
  #kept = 0;

  constructor(private readonly most: number) {}

  get kept(): number {
    return this.#kept;
  }

  /** Keeps `after` in place of `before`; false, and nothing has changed, where there is no room. Less is always kept. */
  exchange(before: number, after: number): boolean {
    const kept = this.#kept - before + after;
    if (after > before && kept > this.most) return false;
    this.#kept = kept;
    return true;
  }
}
