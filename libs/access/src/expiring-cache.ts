interface Kept<Value> {
  readonly value: Value;
  readonly until: number;
}

/** Keeps values for a time, at most so many: the one kept first goes first. */
export class ExpiringCache<Value> {
  readonly #kept = new Map<string, Kept<Value>>();

  constructor(private readonly most: number) {}

  /** The value, where one is kept that still holds at `now`. */
  get(key: string, now: number): Value | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (now < kept.until) return kept.value;
    this.#kept.delete(key);
    return undefined;
  }

  keep(key: string, value: Value, until: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, { value, until });
    const [first] = this.#kept.keys();
    if (this.#kept.size > this.most && first !== undefined) this.#kept.delete(first);
  }

  get size(): number {
    return this.#kept.size;
  }
}
