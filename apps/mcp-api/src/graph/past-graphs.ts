import { stepInSlices } from '@mcp/runtime';
import type { MeshGraph } from '@mcp/graph';
import type { FoldedState } from '@mcp/projections';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import { positionFrom, withPositionOf } from '../position-from.js';
import { SharedPasts } from '../shared-pasts.js';

/** The graph as it was, folded from the log. */
export class PastGraphs {
  readonly #pasts = new SharedPasts<FoldedState<MeshGraph>>(async (position, signal) => {
    const past = await this.following.at(position, signal);
    await stepInSlices(past.state.derive());
    return past;
  });

  constructor(private readonly following: Following<MeshGraph>) {}

  /**
   * Not to be changed: others may have got the same. `field`: where the request has the position. Fails with INVALID_REQUEST,
   * NOT_CAUGHT_UP, and for what the log does not have a position for as `withPositionOf` does.
   */
  async at(position: string, field: string, signal: AbortSignal): Promise<FoldedState<MeshGraph>> {
    const asked = positionFrom(position, field);
    return withPositionOf(field, async () => {
      await caughtUpTo(this.following, asked, signal);
      return this.#pasts.at(asked, signal);
    });
  }
}
