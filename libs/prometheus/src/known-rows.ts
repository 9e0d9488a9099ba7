import type { Labels } from './vector-sample.js';
import { KeptBytes } from './kept-bytes.js';
import { PlainRows } from './plain-row.js';

/** Whose row it is, and where the bytes stand that say so. */
interface KnownRow<Meaning> {
  readonly meaning: Meaning;
  bytes: Buffer;
  begin: number;
  end: number;
}

/** Rows that went since the last answer, of a proxy that is no more, are passed over where they are fewer on end. */
const mostGone = 256;

/**
 * What the labels of a query’s rows mean, and what they meant in its last answer. Servers give the same rows in the same order from one
 * answer to the next, so that a row that is known is told by its bytes, in a tenth of the time that it takes to read it. In another order
 * rows are read as if they were new. Only rows of the last good answer are known, and beside what they mean the bytes of that answer are
 * kept; of one that is shorter than a slice, or for which there is no room, nothing.
 */
export class KnownRows<Meaning> {
  #rows: readonly KnownRow<Meaning>[] = [];
  #bytes = 0;

  /** `mean` is asked once for each row that is not known, also of an answer that turns out to be bad. */
  constructor(
    readonly mean: (labels: Labels) => Meaning,
    private readonly room = new KeptBytes(0),
  ) {}

  /** For one answer. */
  reading(): RowsOfAnswer<Meaning> {
    return new RowsOfAnswer(this.#rows, this.mean);
  }

  /** Knows the rows of this answer from now on, and no others. */
  know({ known, bytes }: Pick<RowsOfAnswer<Meaning>, 'known' | 'bytes'>): void {
    if (!this.room.exchange(this.#bytes, bytes)) {
      this.forget();
      return;
    }
    this.#rows = known;
    this.#bytes = bytes;
  }

  forget(): void {
    this.know({ known: [], bytes: 0 });
  }

  get size(): number {
    return this.#rows.length;
  }
}

/** The rows of one answer, while it is read. */
export class RowsOfAnswer<Meaning> {
  readonly known: KnownRow<Meaning>[] = [];
  #bytes = 0;
  readonly #meanings: Meaning[] = [];
  readonly #values: number[] = [];
  #next = 0;
  /** How many rows may still be looked at in vain. */
  #looks: number;

  constructor(
    private readonly before: readonly KnownRow<Meaning>[],
    private readonly mean: (labels: Labels) => Meaning,
  ) {
    this.#looks = 2 * before.length;
  }

  /** Where the rows stand that are known. */
  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#values.length;
  }

  add(labels: Labels, value: number): void {
    this.#push(this.mean(labels), value);
  }

  /** Adds all rows of a slice, or none where one may not be plain. */
  addPlain(slice: Buffer): boolean {
    const rows = new PlainRows(slice);
    const [length, known] = [this.length, this.known.length];
    for (let at = 0; at < slice.length;) {
      const row = this.#recalled(slice, at) ?? this.#learnt(rows, at);
      const end = row && rows.tailEnd(row.end);
      if (row === undefined || end === undefined) {
        this.#meanings.length = this.#values.length = length;
        this.known.length = known;
        return false;
      }
      this.known.push(row);
      this.#push(row.meaning, rows.value(row.end, end));
      at = end;
    }
    this.#bytes += slice.length;
    return true;
  }

  give(index: number, take: (meaning: Meaning, value: number) => void): void {
    take(this.#meanings[index] as Meaning, this.#values[index] as number);
  }

  #push(meaning: Meaning, value: number): void {
    this.#meanings.push(meaning);
    this.#values.push(value);
  }

  #recalled(slice: Buffer, at: number): KnownRow<Meaning> | undefined {
    const last = Math.min(this.before.length, this.#next + 1 + Math.min(this.#looks, mostGone));
    for (let index = this.#next; index < last; index += 1) {
      const row = this.before[index];
      if (row === undefined || !isAt(slice, at, row)) continue;
      this.#next = index + 1;
      // the bytes are the same; those of the last answer are not held any longer
      row.end += at - row.begin;
      row.begin = at;
      row.bytes = slice;
      return row;
    }
    this.#looks -= Math.max(0, last - this.#next - 1);
    return undefined;
  }

  #learnt(rows: PlainRows, begin: number): KnownRow<Meaning> | undefined {
    const end = rows.headEnd(begin);
    return end === undefined
      ? undefined
      : { meaning: this.mean(rows.labels(begin, end)), bytes: rows.bytes, begin, end };
  }
}

function isAt(slice: Buffer, at: number, { bytes, begin, end }: KnownRow<unknown>): boolean {
  const sliceEnd = at + end - begin;
  return sliceEnd <= slice.length && slice.compare(bytes, begin, end, at, sliceEnd) === 0;
}
