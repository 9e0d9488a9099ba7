import { edgeIdOfKey } from '@mcp/graph';
import type { TrafficPoll } from '@mcp/event-log';
import type { GraphFeed } from '../graph/graph-feed.js';
import { mapInSlices } from '@mcp/runtime';
import { namespaceFilter } from '../graph/namespace-filter.js';
import { EncodedRates, seenThroughPoll } from './edge-rates.js';
import type { NewestPoll } from './newest-poll.js';
import { RateBulletin } from './rate-bulletin.js';
import { nothingTold, RateNews } from './told-rates.js';

/** Gives the newest rates to who asks, and what changed of them to watchers of the graph. */
export class RateFeed {
  #encoded: EncodedRates | undefined;
  #told = nothingTold;

  constructor(
    private readonly newest: NewestPoll,
    private readonly feed: GraphFeed,
  ) {}

  /** Undefined where no poll says anything about now. */
  get current(): EncodedRates | undefined {
    const poll = this.newest.current;
    if (poll === undefined) return undefined;
    if (this.#encoded?.poll !== poll) this.#encoded = new EncodedRates(poll);
    return this.#encoded;
  }

  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.newest.run((poll) => this.#tell(poll), signal);
  }

  /** Tells of the edges that the graph has: an edge is a fact only after some polls. */
  async #tell(poll: TrafficPoll | undefined): Promise<void> {
    const news = new RateNews(this.#told);
    await mapInSlices(this.feed.published.entities(everything), ({ key, namespaces, entity }) => {
      const sample = entity.kind === 'Edge' ? poll?.edges.get(edgeIdOfKey(key)) : undefined;
      if (sample !== undefined) news.edge({ key, namespaces }, sample);
    });
    this.#told = news.told();
    this.feed.hub.announce(new RateBulletin(this.#told, poll && seenThroughPoll(poll)));
  }
}

const everything = namespaceFilter([]);
