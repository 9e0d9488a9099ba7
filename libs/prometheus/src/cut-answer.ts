/** How an answer with a vector begins: Prometheus, Thanos and Mimir write it with one and the same code. */
const head = Buffer.from('{"status":"success","data":{"resultType":"vector","result":[');
/** Between two rows, and nowhere inside a JSON string: its quotes would be escaped there. */
const boundary = Buffer.from('},{"metric":');

/**
 * The bytes of an answer, cut at row boundaries while they arrive, so that no part is long to parse. `[slice]` of each of `slices`,
 * followed by the rows of the `document`, are the rows of the answer; the document is all the rest of it.
 *
 * Why that is the same as to parse it whole: the head ends where the first row begins and a boundary ends one row and begins the
 * next, so that the answer is JSON if each `[slice]` and the document are. An answer that does not begin with the head is not cut:
 * all of it is the document.
 */
export class CutAnswer {
  readonly slices: Buffer[] = [];
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private cutAt: number;

  /** A slice is about this long; 64 KiB take about 1 ms to parse and read. */
  constructor(private readonly sliceBytes = 64 * 1024) {
    this.cutAt = Math.max(sliceBytes, head.length);
  }

  add(chunk: Buffer): void {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
    if (this.pendingBytes >= this.cutAt) this.cut();
  }

  /** JSON with `status`, `data`, `warnings`. Complete once everything was added. */
  document(): Buffer {
    return Buffer.concat(this.slices.length > 0 ? [head, ...this.pending] : this.pending);
  }

  private cut(): void {
    const bytes = Buffer.concat(this.pending);
    const first = this.slices.length === 0;
    if (first && !bytes.subarray(0, head.length).equals(head)) {
      this.cutAt = Infinity;
      return;
    }
    const end = bytes.lastIndexOf(boundary);
    if (end === -1) {
      // twice as much before the next look: looking costs no more than the answer is long
      this.pending = [bytes];
      this.cutAt = 2 * bytes.length;
      return;
    }
    this.slices.push(bytes.subarray(first ? head.length : 0, end + 1));
    const rest = Buffer.from(bytes.subarray(end + 2));
    this.pending = [rest];
    this.pendingBytes = rest.length;
    this.cutAt = this.sliceBytes + rest.length;
  }
}
