import { decodePage, type SeriesPage } from './series-page.js';
import type { SeriesStorage } from './series-storage.js';
import type { SeriesResolution } from './traffic-series.js';

/** So many are in memory, and inflated, at once. */
const pagesAtOnce = 64;

export interface ReadPage {
  readonly at: number;
  /** Undefined for one that is damaged. */
  readonly page: SeriesPage | undefined;
}

/** Reads pages of a storage, and counts those that it could not make sense of. */
export class PageReader {
  #damagedPages = 0;

  constructor(private readonly storage: SeriesStorage) {}

  get damagedPages(): number {
    return this.#damagedPages;
  }

  /** The pages of one shard with `from <= at < to`, oldest first. */
  async *read(
    resolution: SeriesResolution,
    shard: number,
    from: number,
    to: number,
  ): AsyncGenerator<ReadPage> {
    for (let next = from; next < to;) {
      const stored = await this.storage.pages(resolution, shard, { from: next, to, limit: pagesAtOnce });
      const decoded = stored.map(async ({ at, bytes }) => ({ at, page: await decodePage(bytes) }));
      for (const reading of decoded) {
        const read = await reading;
        if (read.page === undefined) this.#damagedPages += 1;
        yield read;
      }
      const last = stored.at(-1);
      if (last === undefined || stored.length < pagesAtOnce) return;
      next = last.at + 1;
    }
  }
}
