export const dayMs = 24 * 3_600_000;

/** The day of UTC that a time is in, such as `2026-11-22`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** When a day began. */
export function startOfDay(day: string): number {
  return Date.parse(day);
}

export function dayBefore(day: string): string {
  return dayOf(startOfDay(day) - dayMs);
}
