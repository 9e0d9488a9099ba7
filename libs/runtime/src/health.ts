/** One part of a process that can be ready or not. `reason` says why not, or what it is doing. */
export interface PartHealth {
  readonly ready: boolean;
  readonly reason: string;
}

/** Which parts a process has, and how each is. Ready when all are, and not before the process has started. */
export class Health {
  readonly #parts = new Map<string, () => PartHealth>();
  #started = false;

  /** Says that every part is registered. */
  started(): void {
    this.#started = true;
  }

  /** `look` is called at each question and returns at once. */
  register(part: string, look: () => PartHealth): void {
    this.#parts.set(part, look);
  }

  report(): { readonly ready: boolean; readonly parts: Readonly<Record<string, PartHealth>> } {
    const parts = Object.fromEntries([...this.#parts].map(([name, look]) => [name, look()]));
    return { ready: this.#started && Object.values(parts).every(({ ready }) => ready), parts };
  }
}
