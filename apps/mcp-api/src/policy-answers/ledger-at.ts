import { type LogPosition, sameDigest } from '@mcp/events';
import type { Ledger } from '@mcp/traffic';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import { positionFrom, withPositionOf } from '../position-from.js';
import { SharedPasts } from '../shared-pasts.js';

/** Gives the edge ledger as it was at a position of the log. */
export class LedgerAtPosition {
  readonly #pasts = new SharedPasts<Ledger>(
    async (position, signal) => (await this.following.at(position, signal)).state,
  );

  constructor(private readonly following: Following<Ledger>) {}

  /**
   * What `read` makes of it; it is called at once, since the next event may change the ledger in place. `field`: where the request has the
   * position. Fails as `PastGraphs.at` does.
   */
  async at<T>(position: string, field: string, read: (ledger: Ledger) => T, signal: AbortSignal): Promise<T> {
    const asked = positionFrom(position, field);
    return withPositionOf(field, async () => {
      await caughtUpTo(this.following, asked, signal);
      const { now } = this.following;
      return read(isSame(now.position, asked) ? now.state : await this.#pasts.at(asked, signal));
    });
  }
}

function isSame(a: LogPosition, b: LogPosition): boolean {
  return a.log === b.log && a.sequence === b.sequence && sameDigest(a.digest, b.digest);
}
