const minuteMs = 60_000;
export const mostRestless = 8;
/** Changes that are further apart than this are no restlessness. */
const calmMs = 4 * 3_600_000;

/**
 * How restless an edge is: from 0, one more with each change that comes within four hours of the one before, and one less for every four
 * hours between two changes.
 */
export function restlessness(level: number, sinceLastMs: number): number {
  if (sinceLastMs < calmMs) return Math.min(level + 1, mostRestless);
  return Math.max(0, level - Math.floor(sinceLastMs / calmMs));
}

/** How long a restless edge must be otherwise before it is told: nothing at first, then 2, 4, 8 … minutes; four hours at most. */
export function patienceMs(level: number): number {
  return level === 0 ? 0 : Math.min(2 ** level * minuteMs, calmMs);
}
