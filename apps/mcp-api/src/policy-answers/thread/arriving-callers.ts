import { Ledger, type LedgerRecord } from '@mcp/traffic';

/** The event loop is held for some milliseconds by as many. */
const recordsAtOnce = 2_000;

/** Questions whose callers are kept, or are arriving. */
const keptLedgers = 4;

/** A part of what the ledger knows; one of `pieces`. */
export interface CallersPiece {
  readonly place: number;
  readonly pieces: number;
  readonly records: readonly LedgerRecord[];
}

/** What is sent to the thread one by one, in the order of their places. At least one. */
export function* callersInPieces(records: readonly LedgerRecord[]): Generator<CallersPiece> {
  const pieces = Math.max(1, Math.ceil(records.length / recordsAtOnce));
  for (let place = 0; place < pieces; place += 1) {
    const first = place * recordsAtOnce;
    yield { place, pieces, records: records.slice(first, first + recordsAtOnce) };
  }
}

/** The callers that questions are about, by the keys of these; pieces may come in any order, and some of them twice. */
export class ArrivingCallers {
  readonly #ledgers = new Map<string, { readonly ledger: Ledger; readonly missing: Set<number> }>();

  add(key: string, { place, pieces, records }: CallersPiece): void {
    const arriving = this.#ledgers.get(key) ?? {
      ledger: new Ledger(),
      missing: new Set(Array.from({ length: pieces }, (_, at) => at)),
    };
    if (!arriving.missing.delete(place)) return;
    for (const record of records) arriving.ledger.restore(record);
    this.#ledgers.delete(key);
    this.#ledgers.set(key, arriving);
    for (const oldest of this.#ledgers.keys()) {
      if (this.#ledgers.size <= keptLedgers) break;
      this.#ledgers.delete(oldest);
    }
  }

  /** Undefined until all of it has come. */
  whole(key: string): Ledger | undefined {
    const arriving = this.#ledgers.get(key);
    return arriving?.missing.size === 0 ? arriving.ledger : undefined;
  }

  forget(key: string): void {
    this.#ledgers.delete(key);
  }
}
