/** Longer than the questions of one reading may take. */
const leastMs = 120_000;
const looks = 3;

/** How long there may be no look before that is a gap: where one of every `paceMs` is due, a single one that fails is none. */
export function longestPauseMs(paceMs: number): number {
  return Math.max(leastMs, looks * paceMs);
}
