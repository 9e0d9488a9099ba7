import { isEventLogError, type EventLog } from '@mcp/event-log';
import type { LogPosition } from '@mcp/events';
import type { WatchRequest } from '@mcp/grpc';
import { positionFrom, withPositionOf } from '../position-from.js';
import type { Sight } from '../sight.js';
import type { GraphFeed } from './graph-feed.js';
import type { NamespaceFilter } from './namespace-filter.js';
import type { WatchSeenGraph } from './watch-seen-graph.js';

export interface WatchQuestion {
  readonly filter: NamespaceFilter;
  /** Empty: from nothing. */
  readonly resumeFrom: string;
  readonly includeRates: boolean;
  readonly sight: Sight;
}

/** Follows the graph from nothing, or from a position. */
export class WatchMeshGraph {
  constructor(
    private readonly log: EventLog,
    private readonly feed: GraphFeed,
    private readonly partly: WatchSeenGraph,
  ) {}

  /** Fails with INVALID_REQUEST, POSITION_OF_ANOTHER_LOG or LOG_UNAVAILABLE, and as `Sight.current` does. */
  async *watch(
    { filter, resumeFrom, includeRates, sight }: WatchQuestion,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const request = resumeFrom === '' ? { filter } : await this.#resuming(filter, resumeFrom);
    let resyncReason = resumeFrom === '' ? '' : 'a position does not say what of it was seen';
    if (sight.visible.areAll) {
      for await (const message of this.feed.hub.watch({ ...request, bulletins: includeRates }, signal)) {
        if (!(await sight.current()).areAll) break;
        yield message;
      }
      if (signal.aborted) return;
      resyncReason = 'you may no longer see all namespaces';
    }
    yield* this.partly.watch({ filter, sight, includeRates, resyncReason }, signal);
  }

  /** A position is only resumed at where the log still has it: one of a lost tail would be followed by other events. */
  async #resuming(filter: NamespaceFilter, resumeFrom: string): Promise<WatchRequest<NamespaceFilter>> {
    const position = positionFrom(resumeFrom, 'resume_from');
    const lost = await withPositionOf('resume_from', () => this.#lost(position));
    return lost === undefined ? { filter, resumeAfter: position.sequence } : { filter, resyncReason: lost };
  }

  async #lost(position: LogPosition): Promise<string | undefined> {
    try {
      // reading checks the position before it gives the first batch
      for await (const _batch of this.log.read(position, { batchSize: 1 })) break;
      return undefined;
    } catch (error) {
      if (isEventLogError(error, 'POSITION_LOST')) return 'the log lost the part that the position is in';
      if (isEventLogError(error, 'POSITION_TRIMMED')) return 'the position is older than the log keeps';
      throw error;
    }
  }
}
