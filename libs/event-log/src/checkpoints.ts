import type { LogPosition } from '@mcp/events';

/** Snapshots of one projection at most: of the 1,000,000 events that a log keeps by default, twice what one every 200,000 comes to. */
export const mostSnapshots = 12;
/** The second is what is left where the newest turns out to be torn. */
const newest = 2;

interface Saved {
  readonly id: number;
  readonly version: number;
  readonly position: LogPosition;
}

/** What is kept of the past: how far two checkpoints may be apart, and where the log begins. */
interface Spacing {
  readonly version: number;
  /** Events. */
  readonly every: number;
  /** A sequence. */
  readonly oldest: number;
}

/**
 * Which of these snapshots nothing needs: those of older versions, once there are enough of this one; those without which their
 * neighbours are still close enough to one another; and where there are too many, those that leave the smallest gap. So, as a log
 * outgrows its checkpoints, they come to lie further apart, and about evenly.
 */
export function spareSnapshots<S extends Saved>(saved: readonly S[], spacing: Spacing): S[] {
  const { version, every, oldest } = spacing;
  const own = saved
    .filter((each) => each.version === version)
    .sort((a, b) => a.position.sequence - b.position.sequence || a.id - b.id);
  const spare = own.length < newest ? [] : saved.filter((each) => each.version < version);
  for (;;) {
    const least = leastMissed(own, oldest);
    if (least === undefined || (least.gap > every && own.length <= mostSnapshots)) return spare;
    spare.push(...own.splice(least.index, 1));
  }
}

/** The one whose neighbours are closest to each other; one beside another of the same place leaves no gap. The newest are not asked about. */
function leastMissed(own: readonly Saved[], oldest: number) {
  const placeOf = (index: number) => own[index]?.position.sequence ?? oldest;
  let least: { readonly index: number; readonly gap: number } | undefined;
  for (let index = 0; index < own.length - newest; index += 1) {
    const after = placeOf(index + 1);
    const gap = after === placeOf(index) ? 0 : after - placeOf(index - 1);
    if (least === undefined || gap < least.gap) least = { index, gap };
  }
  return least;
}
