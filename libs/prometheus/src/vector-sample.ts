export type Labels = Readonly<Record<string, string>>;

/** One row of an instant vector. The value may be NaN or infinite, as Prometheus gave it. */
export interface VectorSample {
  readonly labels: Labels;
  readonly value: number;
}
