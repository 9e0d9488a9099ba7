/** One benchmark: what it measures, and how its rows come about. */
export interface Benchmark {
  /** As given to `npm run bench -- <name>`. */
  readonly name: string;
  readonly title: string;
  run(options: BenchmarkOptions): Promise<BenchmarkResult>;
}

export interface BenchmarkOptions {
  /** Sizes that are only good for seeing that it works. */
  readonly quick: boolean;
  /** How long the run with watchers lasts. */
  readonly minutes: number;
}

export interface BenchmarkResult {
  readonly rows: readonly Row[];
  /** What was measured on what, in sentences. */
  readonly notes: readonly string[];
}

/** One figure beside its baseline of the same run. Cells are words and numbers with their units. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly baseline: string;
  /** Ours to baseline. */
  readonly ratio?: string;
  readonly target?: string;
  readonly met?: boolean;
}
