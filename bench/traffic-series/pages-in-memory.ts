import type { PageRange, PagesOfOneTime, SeriesResolution, SeriesStorage, StoredPage } from '@mcp/event-log';

/** What a store would have been given, to be counted and given to stores bare. */
export class PagesInMemory implements SeriesStorage {
  readonly puts: Record<SeriesResolution, PagesOfOneTime[]> = { poll: [], minute: [], hour: [] };

  async put(resolution: SeriesResolution, pages: PagesOfOneTime): Promise<boolean> {
    this.puts[resolution].push(pages);
    return true;
  }

  async newest(resolution: SeriesResolution) {
    return this.puts[resolution].at(-1);
  }

  async pages(
    resolution: SeriesResolution,
    shard: number,
    { from, to, limit }: PageRange,
  ): Promise<StoredPage[]> {
    return this.puts[resolution]
      .filter(({ at }) => at >= from && at < to)
      .flatMap(({ at, pages }) => {
        const bytes = pages.get(shard);
        return bytes === undefined ? [] : [{ at, bytes }];
      })
      .slice(0, limit);
  }

  async drop(): Promise<void> {}
  async putCheckpoint(): Promise<void> {}
  async checkpoint(): Promise<undefined> {
    return undefined;
  }
  async size() {
    return { points: 0, bytes: 0 };
  }
  async close(): Promise<void> {}
}

export function bytesOf({ pages }: PagesOfOneTime): number {
  return [...pages.values()].reduce((sum, page) => sum + page.length, 0);
}
