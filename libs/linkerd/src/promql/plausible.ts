/** What a value counts, which limits what can be believed. */
export type Unit = 'per-second' | 'bytes-per-second' | 'open' | 'counter';

/** A proxy serves some 10⁵ requests a second; 10¹² bytes are eight times the fastest network cards. Above 2⁵³ a difference is not exact. */
const highest: Record<Unit, number> = {
  'per-second': 1e9,
  'bytes-per-second': 1e12,
  open: 1e9,
  counter: Number.MAX_SAFE_INTEGER,
};

/** Why a value cannot be one of this unit; undefined where it can. */
export function implausible(value: number, unit: Unit): string | undefined {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return 'infinite';
  if (value < 0) return 'negative';
  return value > highest[unit] ? 'beyond belief' : undefined;
}
