/** Bounds of the latency histogram of a proxy, in milliseconds. Source: linkerd2-proxy linkerd/metrics/src/latency.rs (read at 29637b6). */
export const latencyBoundsMs: readonly number[] = [
  ...[1, 2, 3, 4, 5],
  ...[10, 20, 30, 40, 50],
  ...[100, 200, 300, 400, 500],
  ...[1_000, 2_000, 3_000, 4_000, 5_000],
  ...[10_000, 20_000, 30_000, 40_000, 50_000],
  Infinity,
];

/** A number that only grows, and what it was at the last marks. */
export class Total {
  #value = 0;
  readonly #past: number[] = [];

  get value(): number {
    return this.#value;
  }

  add(count = 1): void {
    this.#value += count;
  }

  /** Remembers how much it is, as one of the last `keep` marks. */
  mark(keep: number): void {
    this.#past.push(this.#value);
    if (this.#past.length > keep) this.#past.shift();
  }

  /** How much it grew since the mark before last, for 2; a mark from before its time found it at 0. */
  since(marks: number): number {
    return this.#value - (this.#past.at(-marks) ?? 0);
  }
}

/** How long answers took, counted up to each of `latencyBoundsMs`. */
export class Latencies {
  /** Those above the bound before and at or below this one. */
  readonly #counts = latencyBoundsMs.map(() => new Total());
  #sumMs = 0;

  add(latencyMs: number): void {
    this.#counts[latencyBoundsMs.findIndex((bound) => latencyMs <= bound)]?.add();
    this.#sumMs += latencyMs;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** At or below each bound; the last is all there are. */
  cumulative(): readonly number[] {
    return runningSum(this.#counts.map(({ value }) => value));
  }

  /** As `cumulative`, of those since then. */
  cumulativeSince(marks: number): readonly number[] {
    return runningSum(this.#counts.map((count) => count.since(marks)));
  }

  mark(keep: number): void {
    for (const count of this.#counts) count.mark(keep);
  }
}

function runningSum(counts: readonly number[]): readonly number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}
