import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { fromFourDigits, toFourDigits } from './four-digits.js';
import { columnCount, type Row } from './series-columns.js';

const deflated = promisify(deflate);
const inflated = promisify(inflate);

/** Changes when pages are written otherwise; pages of another format are damaged ones. */
const format = 2;
const absent = -128;
/** Format and how many rows. */
const headBytes = 5;
/** No page is this large; what says that it is was not written by us. */
const mostBytes = 256 * 1024 * 1024;

/**
 * Points of one time and one shard: their keys, and under them a column for each number that any of them knows. Columns lie in planes
 * (all exponents, all low bytes of the digits, all high ones), which deflate makes half as large as they would be number by number.
 *
 * Fails with `TypeError` where a number is NaN, infinite or beyond what can be measured.
 */
export function encodePage(rows: readonly (readonly [edge: string, row: Row])[]): Promise<Uint8Array> {
  // neighbours in the alphabet share most of their letters
  const sorted = rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const keys = sorted.map(([edge]) => Buffer.from(edge));
  const head = Buffer.alloc(headBytes + 4 * sorted.length);
  head.writeUInt8(format, 0);
  head.writeUInt32LE(sorted.length, 1);
  for (const [index, key] of keys.entries()) head.writeUInt32LE(key.length, headBytes + 4 * index);
  const columns: Buffer[] = [];
  for (let column = 0; column < columnCount; column += 1)
    if (sorted.some(([, row]) => row[column] !== undefined)) columns.push(encodeColumn(column, sorted));
  return deflated(Buffer.concat([head, ...keys, ...columns]));
}

function encodeColumn(column: number, rows: readonly (readonly [edge: string, row: Row])[]): Buffer {
  const plane = rows.length;
  const bytes = Buffer.alloc(1 + 3 * plane);
  bytes.writeUInt8(column, 0);
  for (const [index, [edge, row]] of rows.entries()) {
    const value = row[column];
    const number = value === undefined ? { digits: 0, exponent: absent } : toFourDigits(value);
    if (number === undefined)
      throw new TypeError(`a sample of ${edge} is ${value}: not a number that was measured`);
    // each takes the low eight bits; the methods of Buffer, which check, take ten times as long
    bytes[1 + index] = number.exponent;
    bytes[1 + plane + index] = number.digits;
    bytes[1 + 2 * plane + index] = number.digits >> 8;
  }
  return bytes;
}

/** Undefined where it is not a page, or one that was damaged: zlib's checksum tells. */
export async function decodePage(bytes: Uint8Array): Promise<SeriesPage | undefined> {
  try {
    return SeriesPage.of(await inflated(bytes, { maxOutputLength: mostBytes }));
  } catch {
    return undefined;
  }
}

/** A page as it was written; rows are taken out one by one. */
export class SeriesPage {
  private constructor(
    private readonly bytes: Buffer,
    private readonly count: number,
    /** Where each column that the page has begins. */
    private readonly columns: readonly (readonly [column: number, begin: number])[],
  ) {}

  static of(bytes: Buffer): SeriesPage | undefined {
    if (bytes.length < headBytes || bytes.readUInt8(0) !== format) return undefined;
    const count = bytes.readUInt32LE(1);
    const keysBegin = headBytes + 4 * count;
    if (keysBegin > bytes.length) return undefined;
    let keysEnd = keysBegin;
    for (let place = headBytes; place < keysBegin; place += 4) keysEnd += bytes.readUInt32LE(place);
    const columnBytes = 1 + 3 * count;
    if (keysEnd > bytes.length || (bytes.length - keysEnd) % columnBytes !== 0) return undefined;
    const columns: [number, number][] = [];
    for (let begin = keysEnd; begin < bytes.length; begin += columnBytes)
      columns.push([bytes.readUInt8(begin), begin + 1]);
    if (columns.some(([column]) => column >= columnCount)) return undefined;
    return new SeriesPage(bytes, count, columns);
  }

  /** Undefined where the page does not tell of the edge. */
  row(edge: string): Row | undefined {
    const wanted = Buffer.from(edge);
    for (const { index, begin, end } of this.#keys())
      if (end - begin === wanted.length && this.bytes.compare(wanted, 0, wanted.length, begin, end) === 0)
        return this.#rowAt(index);
    return undefined;
  }

  *rows(): Iterable<readonly [edge: string, row: Row]> {
    for (const { index, begin, end } of this.#keys())
      yield [this.bytes.toString('utf8', begin, end), this.#rowAt(index)];
  }

  *#keys() {
    let begin = headBytes + 4 * this.count;
    for (let index = 0; index < this.count; index += 1) {
      const end = begin + this.bytes.readUInt32LE(headBytes + 4 * index);
      yield { index, begin, end };
      begin = end;
    }
  }

  #rowAt(index: number): Row {
    const row = new Array<number | undefined>(columnCount).fill(undefined);
    for (const [column, begin] of this.columns) {
      const exponent = this.bytes.readInt8(begin + index);
      if (exponent === absent) continue;
      const low = this.bytes.readUInt8(begin + this.count + index);
      const high = this.bytes.readInt8(begin + 2 * this.count + index);
      row[column] = fromFourDigits((high << 8) | low, exponent);
    }
    return row;
  }
}
