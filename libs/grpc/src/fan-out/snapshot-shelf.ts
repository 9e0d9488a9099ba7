/** A whole state as encoded messages. `index` is that of the first delta that it does not hold. */
export interface EncodedSnapshot {
  readonly index: number;
  readonly chunks: readonly Uint8Array[];
}

/** A snapshot that several watchers send from. Its chunks may be taken away while one is in the middle of it. */
export interface Loan {
  readonly index: number;
  readonly chunkCount: number;
  /** Undefined once the snapshot is taken away. */
  chunk(number: number): Uint8Array | undefined;
  giveBack(): void;
}

interface Shelved {
  readonly index: number;
  readonly bytes: number;
  readonly chunkCount: number;
  chunks: readonly Uint8Array[];
  borrowers: number;
}

/**
 * Snapshots that are being sent, shared by the watchers of one filter. However slowly their watchers read, all snapshots
 * together stay within the budget, the newest one aside: when it is spent the oldest is taken away and its watchers start again.
 */
export class SnapshotShelf<Filter> {
  readonly #building = new Map<string, Promise<Shelved>>();
  readonly #newest = new Map<string, Shelved>();
  /** All that are alive, oldest first. */
  readonly #alive = new Set<Shelved>();
  #bytes = 0;
  #clearings = 0;

  constructor(
    private readonly build: (filter: Filter) => Promise<EncodedSnapshot>,
    private readonly budgetBytes: number,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** The newest snapshot of this filter where it still is of use, else a new one. */
  async borrow(filterKey: string, filter: Filter, ofUse: (index: number) => boolean): Promise<Loan> {
    const newest = this.#newest.get(filterKey);
    if (newest !== undefined && ofUse(newest.index)) return lend(newest, this.#dropIfIdle);
    let building = this.#building.get(filterKey);
    if (building === undefined) {
      building = this.#put(filterKey, filter);
      this.#building.set(filterKey, building);
    }
    try {
      return lend(await building, this.#dropIfIdle);
    } finally {
      if (this.#building.get(filterKey) === building) this.#building.delete(filterKey);
    }
  }

  /** Takes all snapshots away: what they say is no longer so. */
  clear(): void {
    for (const snapshot of this.#alive) this.#takeAway(snapshot);
    this.#building.clear();
    this.#clearings += 1;
  }

  async #put(filterKey: string, filter: Filter): Promise<Shelved> {
    const begun = this.#clearings;
    const { index, chunks } = await this.build(filter);
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    const snapshot: Shelved = { index, bytes, chunkCount: chunks.length, chunks, borrowers: 0 };
    // cleared meanwhile: its borrowers will see that it is void
    if (begun !== this.#clearings) return snapshot;
    const former = this.#newest.get(filterKey);
    this.#newest.set(filterKey, snapshot);
    if (former !== undefined) this.#dropIfIdle(former);
    this.#alive.add(snapshot);
    this.#bytes += bytes;
    for (const oldest of this.#alive) {
      if (this.#bytes <= this.budgetBytes || oldest === snapshot) break;
      this.#takeAway(oldest);
    }
    return snapshot;
  }

  /** A snapshot that is neither the newest of its filter nor being sent serves nobody. */
  readonly #dropIfIdle = (snapshot: Shelved): void => {
    if (snapshot.borrowers > 0) return;
    for (const newest of this.#newest.values()) if (newest === snapshot) return;
    this.#takeAway(snapshot);
  };

  #takeAway(snapshot: Shelved): void {
    if (!this.#alive.delete(snapshot)) return;
    this.#bytes -= snapshot.bytes;
    snapshot.chunks = [];
    for (const [key, newest] of this.#newest) if (newest === snapshot) this.#newest.delete(key);
  }
}

function lend(snapshot: Shelved, returned: (snapshot: Shelved) => void): Loan {
  let lent = true;
  snapshot.borrowers += 1;
  return {
    index: snapshot.index,
    chunkCount: snapshot.chunkCount,
    chunk: (number) => snapshot.chunks[number],
    giveBack: () => {
      if (!lent) return;
      lent = false;
      snapshot.borrowers -= 1;
      returned(snapshot);
    },
  };
}
