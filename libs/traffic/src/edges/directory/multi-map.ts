/** Objects that share a key, in the order in which they were added. Mostly there is one, which then needs no set. */
export class MultiMap<T extends object> {
  readonly #values = new Map<string, T | Set<T>>();

  get(key: string): readonly T[] {
    const values = this.#values.get(key);
    if (values === undefined) return [];
    return values instanceof Set ? [...values] : [values];
  }

  add(key: string, value: T): void {
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, value);
    else if (values instanceof Set) values.add(value);
    else this.#values.set(key, new Set([values, value]));
  }

  delete(key: string, value: T): void {
    const values = this.#values.get(key);
    if (values instanceof Set) values.delete(value);
    if (values === value || (values instanceof Set && values.size === 0)) this.#values.delete(key);
  }
}
