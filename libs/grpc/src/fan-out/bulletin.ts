/** What is told beside the deltas: only the newest counts, and no position says who has it. Messages of one go out one after the other. */
export interface Bulletin<Filter> {
  /** For who has the one before. None where nothing of it passes the filter. */
  news(filter: Filter): readonly Uint8Array[];
  /** For who has none, or an older one. */
  whole(filter: Filter): readonly Uint8Array[];
}

/** The newest bulletin, encoded once for each filter that asks for it. */
export class NewestBulletin<Filter> {
  #bulletin: Bulletin<Filter> | undefined;
  #number = 0;
  readonly #encoded = new Map<string, readonly Uint8Array[]>();

  put(bulletin: Bulletin<Filter>): void {
    this.#bulletin = bulletin;
    this.#number += 1;
    this.#encoded.clear();
  }

  /** Counts bulletins; 0 before the first. */
  get number(): number {
    return this.#number;
  }

  /** What who has bulletin `heard` is to be told; 0: none. */
  after(heard: number, filterKey: string, filter: Filter): readonly Uint8Array[] {
    const bulletin = this.#bulletin;
    if (bulletin === undefined || heard === this.#number) return [];
    const part = heard > 0 && heard === this.#number - 1 ? 'news' : 'whole';
    const key = `${part} ${filterKey}`;
    let messages = this.#encoded.get(key);
    if (messages === undefined) this.#encoded.set(key, (messages = bulletin[part](filter)));
    return messages;
  }
}
