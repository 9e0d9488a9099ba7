/** A spread of latencies. */
export interface Latency {
  readonly meanMs: number;
  /** Which share of the calls took so many milliseconds or less; straight between two points. */
  readonly within: readonly (readonly [upToMs: number, share: number])[];
}

export const usual: Latency = {
  meanMs: 9,
  within: [
    [1, 0.05],
    [5, 0.6],
    [25, 0.91],
    [50, 0.97],
    [200, 1],
  ],
};

/** The same, stretched. */
export const slower = ({ meanMs, within }: Latency, times: number): Latency => ({
  meanMs: meanMs * times,
  within: within.map(([upToMs, share]) => [upToMs * times, share]),
});

/** Share of the calls that took `ms` or less. */
export const shareWithin = (latency: Latency, ms: number): number => along(latency.within, ms);

/** Within how many milliseconds this share of the calls ended. */
export const quantileMs = (latency: Latency, share: number): number =>
  along(
    latency.within.map(([upToMs, atMost]) => [atMost, upToMs]),
    share,
  );

function along(points: readonly (readonly [x: number, y: number])[], x: number): number {
  let [x0, y0] = [0, 0];
  for (const [x1, y1] of points) {
    if (x <= x1) return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
    [x0, y0] = [x1, y1];
  }
  return y0;
}
