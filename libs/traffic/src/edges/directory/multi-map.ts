/** Values that share a key, in the order in which they were added. */
export class MultiMap<T> {
  readonly #values = new Map<string, readonly T[]>();

  get(key: string): readonly T[] {
    return this.#values.get(key) ?? [];
  }

  add(key: string, value: T): void {
    this.#values.set(key, [...this.get(key), value]);
  }

  delete(key: string, value: T): void {
    const left = this.get(key).filter((other) => other !== value);
    if (left.length > 0) this.#values.set(key, left);
    else this.#values.delete(key);
  }
}
