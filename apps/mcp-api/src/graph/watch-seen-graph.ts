import { setTimeout as sleep } from 'node:timers/promises';
import type { VisibleNamespaces } from '@mcp/mesh';
import type { Sight } from '../sight.js';
import type { EncodedRates } from '../traffic/edge-rates.js';
import type { GraphFeed } from './graph-feed.js';
import type { NamespaceFilter } from './namespace-filter.js';
import { seenGraph } from './seen-graph.js';
import { ToldGraph } from './told-graph.js';

export interface SeenGraphWatched {
  readonly filter: NamespaceFilter;
  readonly sight: Sight;
  readonly includeRates: boolean;
  /** Why the watcher, which may have something, gets all; empty for one that has nothing. */
  readonly resyncReason: string;
}

/** Working out what one watcher sees may take a third of the event loop, a slice at a time. */
const restPerWork = 2;
const longestRestMs = 1_000;

/**
 * Follows the graph for callers who do not see all of it. What they see is worked out for each of them whenever the graph or their rights
 * have moved, and told as the difference from what they were told before: one that reads slowly gets several moves as one.
 */
export class WatchSeenGraph {
  constructor(
    private readonly feed: GraphFeed,
    private readonly rates: { readonly current: EncodedRates | undefined },
  ) {}

  /** Until the signal aborts. Fails as `Sight.current` does. */
  watch(watched: SeenGraphWatched, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.feed.hub.counted(this.#messages(watched, signal));
  }

  async *#messages(
    { filter, sight, includeRates, resyncReason }: SeenGraphWatched,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const { heartbeatMs } = this.feed.limits;
    let told = ToldGraph.nothing(resyncReason);
    let heardAt = performance.now();
    while (!signal.aborted) {
      const begun = performance.now();
      const visible = await sight.current();
      const { published } = this.feed;
      const rates = this.rates.current;
      const seen = await seenGraph(published.entities(filter), visible, filter);
      const news = await told.tell(seen, published, includeRates ? { rates } : undefined);
      const workedMs = performance.now() - begun;

      const quiet = news.messages.length === 0 && begun - heardAt >= heartbeatMs;
      const messages = quiet ? [this.feed.heartbeat()] : news.messages;
      let sent = 0;
      for (const message of messages) {
        if (!same(await sight.current(), visible)) break;
        yield message;
        sent += 1;
        heardAt = performance.now();
      }
      const all = sent === messages.length;
      if (all) told = news.told;
      else if (sent > 0) told = ToldGraph.nothing('which namespaces you may see has changed');
      await rest(workedMs, signal);
      const moved = this.feed.published.position !== published.position || this.rates.current !== rates;
      if (!all || moved) continue;
      const quietMs = Math.max(heartbeatMs - (performance.now() - heardAt), 0);
      await this.feed.hub.news(Math.min(sight.askEveryMs, quietMs), signal);
    }
  }
}

function same(a: VisibleNamespaces, b: VisibleNamespaces): boolean {
  return a === b || a.key === b.key;
}

function rest(workedMs: number, signal: AbortSignal): Promise<void> {
  const restMs = Math.min(workedMs * restPerWork, longestRestMs);
  return sleep(restMs, undefined, { signal }).catch(() => undefined);
}
