import type { LogPosition } from '@mcp/events';
import type { MeshGraph } from '@mcp/graph';
import type { FoldedState } from '@mcp/projections';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import { positionFrom, withPositionOf } from '../position-from.js';
import { stepInSlices } from '@mcp/runtime';

/** The graph as it was: each time a graph of its own, folded from the log. */
export class PastGraphs {
  #pasts: Promise<unknown> = Promise.resolve();

  constructor(private readonly following: Following<MeshGraph>) {}

  /**
   * `field`: where the request has the position. Fails with INVALID_REQUEST, NOT_CAUGHT_UP, and for what the log does not have a
   * position for as `withPositionOf` does.
   */
  async at(position: string, field: string, signal: AbortSignal): Promise<FoldedState<MeshGraph>> {
    const asked = positionFrom(position, field);
    return withPositionOf(field, async () => {
      await caughtUpTo(this.following, asked, signal);
      return this.#fold(asked, signal);
    });
  }

  /** One after the other: each reads a part of the log, and many at once would only slow everyone. */
  #fold(position: LogPosition, signal: AbortSignal): Promise<FoldedState<MeshGraph>> {
    const folded = this.#pasts.then(async () => {
      signal.throwIfAborted();
      const past = await this.following.at(position, signal);
      await stepInSlices(past.state.derive());
      return past;
    });
    this.#pasts = folded.catch(() => undefined);
    return folded;
  }
}
