import { Ledger, type LedgerRecord } from '@mcp/traffic';
import { CallerColumns, type PackedCallers, unpackedCallers } from './packed-callers.js';

/** The event loop is held for some milliseconds by as many. */
const recordsAtOnce = 2_000;

/** A part of what the ledger knows; one of `pieces`. */
export interface CallersPiece {
  readonly place: number;
  readonly pieces: number;
  readonly callers: PackedCallers;
}

/** What is sent to the thread one by one, in the order of their places. At least one. */
export function* callersInPieces(records: readonly LedgerRecord[]): Generator<CallersPiece> {
  const pieces = Math.max(1, Math.ceil(records.length / recordsAtOnce));
  for (let place = 0; place < pieces; place += 1) {
    const first = place * recordsAtOnce;
    const columns = new CallerColumns();
    for (const record of records.slice(first, first + recordsAtOnce)) columns.add(record);
    yield { place, pieces, callers: columns.packed() };
  }
}

/** The callers that one question is about, by its key; pieces may come in any order. */
export class ArrivingCallers {
  #arriving: { readonly key: string; readonly ledger: Ledger; readonly missing: Set<number> } | undefined;

  /** Those of another question are let go. */
  add(key: string, { place, pieces, callers }: CallersPiece): void {
    if (this.#arriving?.key !== key) {
      const missing = new Set(Array.from({ length: pieces }, (_, at) => at));
      this.#arriving = { key, ledger: new Ledger(), missing };
    }
    this.#arriving.missing.delete(place);
    for (const record of unpackedCallers(callers)) this.#arriving.ledger.restore(record);
  }

  /** Undefined until all of it has come. */
  whole(key: string): Ledger | undefined {
    return this.#arriving?.key === key && this.#arriving.missing.size === 0
      ? this.#arriving.ledger
      : undefined;
  }

  letGo(): void {
    this.#arriving = undefined;
  }
}
