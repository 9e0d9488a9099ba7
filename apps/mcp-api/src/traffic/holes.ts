import type { SeriesPoint, SeriesResolution } from '@mcp/event-log';

/** From `from` on, before `to`; milliseconds since the epoch. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const fixedSteps: Readonly<Record<SeriesResolution, number | undefined>> = {
  poll: undefined,
  minute: 60_000,
  hour: 3_600_000,
};

/** How far points are apart where nothing is missing. */
export interface SeriesStep {
  readonly ms: number;
  /** Points are at multiples of it. */
  readonly aligned: boolean;
}

/** Of polls, what is usual between these; undefined where there are too few to tell. */
export function stepOf(
  resolution: SeriesResolution,
  series: Iterable<readonly Pick<SeriesPoint, 'at'>[]>,
): SeriesStep | undefined {
  const fixed = fixedSteps[resolution];
  if (fixed !== undefined) return { ms: fixed, aligned: true };
  const steps = [...series].flatMap((points) =>
    points.slice(1).map(({ at }, index) => at - (points[index]?.at ?? at)),
  );
  const median = steps.sort((a, b) => a - b)[(steps.length - 1) >> 1];
  return median === undefined ? undefined : { ms: median, aligned: false };
}

/**
 * Where nothing is known: before the first point, between two, after the last; all of it where there is no point. A point stands for a step
 * from its time on. Less than half a step is no hole, and neither is what a point may still be on its way of.
 */
export function holesIn(
  points: readonly Pick<SeriesPoint, 'at'>[],
  { from, to }: TimeRange,
  step: SeriesStep | undefined,
): readonly TimeRange[] {
  const [first] = points;
  if (first === undefined) return [{ from, to }];
  if (step === undefined) return [];
  const { ms, aligned } = step;
  const holes: TimeRange[] = [];
  const begin = aligned ? Math.ceil(from / ms) * ms : from;
  if (first.at - begin > (aligned ? 0 : 1.5 * ms)) holes.push({ from: begin, to: first.at });
  let known = first.at;
  for (const { at } of points) {
    if (at - known > ms / 2) holes.push({ from: known, to: at });
    known = at + ms;
  }
  if (to - known > 1.5 * ms) holes.push({ from: known, to });
  return holes;
}
