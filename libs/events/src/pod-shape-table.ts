/**
 * Which pod shapes are known, for every fold that keeps them, so that all forget alike: a shape is known from its event
 * until the last pod that had it is gone or has another. After that it must be recorded again before a pod may have it.
 * A trimmed log may therefore drop what the table has forgotten.
 */
export class PodShapeTable<T> {
  readonly #entries = new Map<string, { value: T | undefined; pods: number }>();

  /** Answers whether pods had the shape before it was known, which a whole log does not show. */
  record(hash: string, value: T): boolean {
    const entry = this.#entries.get(hash);
    if (entry === undefined) {
      this.#entries.set(hash, { value, pods: 0 });
      return false;
    }
    const awaited = entry.value === undefined;
    entry.value = value;
    return awaited;
  }

  /** A pod that had the shape `from` now has `to`; undefined stands for no pod, before its first state and after its last. */
  move(from: string | undefined, to: string | undefined): void {
    if (from === to) return;
    if (to !== undefined) {
      const entry = this.#entries.get(to);
      if (entry === undefined) this.#entries.set(to, { value: undefined, pods: 1 });
      else entry.pods += 1;
    }
    const left = from === undefined ? undefined : this.#entries.get(from);
    if (from === undefined || left === undefined) return;
    left.pods -= 1;
    if (left.pods === 0) this.#entries.delete(from);
  }

  get(hash: string): T | undefined {
    return this.#entries.get(hash)?.value;
  }

  /** In the order in which they became known. */
  *values(): Iterable<T> {
    for (const { value } of this.#entries.values()) if (value !== undefined) yield value;
  }
}
