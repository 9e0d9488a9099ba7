import { numberIn } from './vector-document.js';

const label = String.raw`"[^"\\\x00-\x1f]*":"[^"\\\x00-\x1f]*"`;
const number = String.raw`-?\d+(?:\.\d+)?(?:e[+-]\d+)?|NaN|[+-]Inf`;
const head = new RegExp(String.raw`\{"metric":\{(?:${label}(?:,${label})*)?\},"value":\[`, 'y');
const tail = new RegExp(String.raw`[1-9]\d*(?:\.\d+)?,"(?:${number})"\]\}(?:,(?=\{)|$)`, 'y');

/** Of a head, what stands before its labels and after them. */
const beforeLabels = '{"metric":'.length;
const afterLabels = ',"value":['.length;
/** Of a tail. */
const afterNumber = '"]}'.length;

/**
 * Rows of a slice one by one, where they are laid out as Prometheus does and have nothing escaped: such rows are good JSON and good
 * samples, which is seen without parsing them. A row is a head, which says whose it is, and a tail with the time and the number.
 */
export class PlainRows {
  // what is told apart is ASCII, whatever else there may be between quotes: a place in the text is one in the bytes
  private readonly text: string;

  constructor(readonly bytes: Buffer) {
    this.text = bytes.toString('latin1');
  }

  /** Where the head ends that begins at `begin`; undefined where there is none. */
  headEnd(begin: number): number | undefined {
    head.lastIndex = begin;
    return head.test(this.text) ? head.lastIndex : undefined;
  }

  labels(begin: number, end: number): Readonly<Record<string, string>> {
    const text = this.bytes.toString('utf8', begin + beforeLabels, end - afterLabels);
    return JSON.parse(text) as Record<string, string>;
  }

  /** Where the tail ends that begins at `begin`, and its comma; undefined where there is none. */
  tailEnd(begin: number): number | undefined {
    tail.lastIndex = begin;
    return tail.test(this.text) ? tail.lastIndex : undefined;
  }

  /** Of a tail that is there. */
  value(begin: number, end: number): number {
    const last = end === this.text.length ? end : end - 1;
    return numberIn(this.text.slice(this.text.indexOf('"', begin) + 1, last - afterNumber));
  }
}
