/** The middle of repeated measurements, and how far they went apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: Iterable<number>): Spread {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length / 2;
  // the middle of two, where there is no middle one
  const median = (quantile(sorted, (half - 0.5) / sorted.length) + quantile(sorted, 0.5)) / 2;
  return { median, min: quantile(sorted, 0), max: quantile(sorted, 1) };
}

/** The value below which this share of a sorted list lies. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export function percentilesOf(values: Iterable<number>): Percentiles {
  const sorted = Float64Array.from(values).sort();
  return {
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
  };
}

/**
 * Runs every variant once a round, each round beginning with another one, so that what else the machine does hits all alike.
 * The first round warms up and does not count.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(variants) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length]!;
      globalThis.gc?.();
      const value = await variants[name]();
      if (round > 0) measured[name].push(value);
    }
  }
  return measured;
}

/** Round by round, since the two of one round had the same machine. */
export function pairedRatio(ours: readonly number[], baseline: readonly number[]): Spread {
  return spreadOf(ours.map((value, round) => value / baseline[round]!));
}

/** How much the values rise for each unit of the places they were taken at; least squares. */
export function slope(points: readonly { readonly at: number; readonly value: number }[]): number {
  const mean = (pick: (point: { at: number; value: number }) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [at, value] = [mean((point) => point.at), mean((point) => point.value)];
  const covariance = mean((point) => (point.at - at) * (point.value - value));
  const variance = mean((point) => (point.at - at) ** 2);
  return variance === 0 ? 0 : covariance / variance;
}

/** Milliseconds that it took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Milliseconds of the processor that it took, those of the garbage collector's threads included: what else the machine does is left out. */
export function processorMs(work: () => void): number {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

/** The same clock in every process of this machine, in milliseconds. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
