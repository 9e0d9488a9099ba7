import { claimKey, claimOf, leftOut, type PartQueries, type RowNote, type TrafficQuery } from '@mcp/linkerd';
import { KnownRows, type KeptBytes } from '@mcp/prometheus';

/**
 * What the rows of one part mean, from poll to poll: most are the same in the next. Bounded by the last poll: where as many rows were read anew as
 * there are, nothing is known any more, and the next poll begins from nothing.
 */
export class PartMemory<Names, Table, Seen> {
  #names: Names;
  /** By the text of the query. */
  #known = new Map<string, KnownRows<RowNote<Table>>>();
  /** Those of this poll. */
  #asked = new Map<string, KnownRows<RowNote<Table>>>();
  /** Rows that were read since it began from nothing. */
  #read = 0;
  #displaced: ReadonlySet<string> = new Set();

  constructor(
    readonly asks: PartQueries<Names, Table, Seen>,
    private readonly room: KeptBytes,
  ) {
    this.#names = asks.names();
  }

  /** Rows of these proxies, by `claimKey`, mean nothing from now on. To be called before the queries of a poll. */
  passOver(displaced: ReadonlySet<string>): void {
    if (same(displaced, this.#displaced)) return;
    this.#displaced = displaced;
    this.#forget();
  }

  rowsOf(query: TrafficQuery<Names, Table>, text: string): KnownRows<RowNote<Table>> {
    const known =
      this.#asked.get(text) ??
      this.#known.get(text) ??
      new KnownRows((labels) => {
        this.#read += 1;
        const displaced = this.#displaced.size > 0 && this.#displaced.has(claimKey(claimOf(labels)));
        return displaced ? leftOut(undefined) : query.note(this.#names, labels);
      }, this.room);
    this.#asked.set(text, known);
    return known;
  }

  /** After each poll: what was not asked is not remembered. */
  settle(): void {
    for (const [text, known] of this.#known) if (!this.#asked.has(text)) known.forget();
    this.#known = this.#asked;
    this.#asked = new Map();
    let rows = 0;
    for (const { size } of this.#known.values()) rows += size;
    if (this.#read > 2 * rows) this.#forget();
  }

  #forget(): void {
    this.#names = this.asks.names();
    for (const rows of [this.#known, this.#asked]) {
      for (const known of rows.values()) known.forget();
      rows.clear();
    }
    this.#read = 0;
  }
}

function same(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}
