import { mkdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { LogUnavailable } from '../errors.js';
import { PagedTrafficSeries } from '../traffic-series/paged-series.js';
import type {
  PageRange,
  PagesOfOneTime,
  SeriesStorage,
  StoredPage,
} from '../traffic-series/series-storage.js';
import { pageCount } from '../traffic-series/shards.js';
import {
  seriesResolutions,
  type SeriesResolution,
  type SeriesRetention,
  type TrafficSeries,
} from '../traffic-series/traffic-series.js';

export interface EmbeddedSeriesOptions {
  /** Folder of the log that it is beside, which guards it: open the log first, and close it last. */
  readonly dataDir: string;
  readonly retention?: SeriesRetention;
}

/**
 * The series beside an embedded log, in a file of its own. What was appended outlives the process; when the machine goes down, the polls
 * of its last moments are lost and never the file, since commits reach the disk in order though nobody waits for them.
 */
export function openEmbeddedSeries({ dataDir, retention }: EmbeddedSeriesOptions): TrafficSeries {
  return new PagedTrafficSeries(new EmbeddedSeriesStorage(join(dataDir, 'traffic')), retention);
}

interface Put {
  readonly header: string;
  readonly points: number;
}

/** LMDB drops so many pages in one transaction, so that appends come in between. */
const dropAtOnce = 2000;

class EmbeddedSeriesStorage implements SeriesStorage {
  readonly #root: RootDatabase;
  readonly #puts: Database<Put, [string, number]>;
  readonly #pages: Database<Buffer, [string, number, number]>;
  readonly #checkpoint: Database<Buffer, 'checkpoint'>;
  #closed = false;

  constructor(private readonly path: string) {
    mkdirSync(path, { recursive: true });
    this.#root = open({ path, maxDbs: 3 });
    this.#puts = this.#root.openDB('puts', { encoding: 'json' });
    this.#pages = this.#root.openDB('pages', { encoding: 'binary' });
    this.#checkpoint = this.#root.openDB('checkpoint', { encoding: 'binary' });
  }

  put(resolution: SeriesResolution, { at, header, points, pages }: PagesOfOneTime): Promise<boolean> {
    return this.#write('append to the series', () => {
      const [later] = this.#puts.getKeys({ start: [resolution, at], end: [resolution, Infinity], limit: 1 });
      if (later !== undefined) return false;
      void this.#puts.put([resolution, at], { header, points });
      for (const [shard, bytes] of pages) void this.#pages.put([resolution, shard, at], Buffer.from(bytes));
      return true;
    });
  }

  async newest(resolution: SeriesResolution) {
    this.#checkOpen('read of the series');
    const backwards = {
      start: [resolution, Infinity],
      end: [resolution, 0],
      reverse: true,
      limit: 1,
    } as const;
    for (const { key, value } of this.#puts.getRange(backwards as object))
      return { at: key[1], header: value.header };
    return undefined;
  }

  async pages(
    resolution: SeriesResolution,
    shard: number,
    { from, to, limit }: PageRange,
  ): Promise<StoredPage[]> {
    this.#checkOpen('read of the series');
    const start: [string, number, number] = [resolution, shard, from];
    const end: [string, number, number] = [resolution, shard, to];
    const found = this.#pages.getRange({ start, end, limit });
    return Array.from(found, ({ key, value }) => ({ at: key[2], bytes: value }));
  }

  async drop(resolution: SeriesResolution, below: number): Promise<void> {
    await this.#remove(this.#puts, { start: [resolution, 0], end: [resolution, below] });
    for (let shard = 0; shard < pageCount; shard += 1)
      await this.#remove(this.#pages, { start: [resolution, shard, 0], end: [resolution, shard, below] });
  }

  async putCheckpoint(checkpoint: Uint8Array): Promise<void> {
    await this.#write('save a checkpoint', () => {
      void this.#checkpoint.put('checkpoint', Buffer.from(checkpoint));
    });
  }

  async checkpoint(): Promise<Uint8Array | undefined> {
    this.#checkOpen('read of the checkpoint');
    return this.#checkpoint.get('checkpoint');
  }

  async size() {
    this.#checkOpen('read of the size');
    let points = 0;
    for (const resolution of seriesResolutions)
      for (const { value } of this.#puts.getRange({ start: [resolution, 0], end: [resolution, Infinity] }))
        points += value.points;
    const { size: bytes } = await stat(join(this.path, 'data.mdb'));
    return { points, bytes };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#root.committed;
    await this.#root.close();
  }

  async #remove<K extends [string, ...number[]]>(
    table: Database<unknown, K>,
    range: { readonly start: K; readonly end: K },
  ): Promise<void> {
    for (;;) {
      this.#checkOpen('trim of the series');
      const keys = [...table.getKeys({ ...range, limit: dropAtOnce })];
      if (keys.length === 0) return;
      await this.#write('trim of the series', () => {
        for (const key of keys) void table.remove(key);
      });
    }
  }

  async #write<T>(attempted: string, action: () => T): Promise<T> {
    this.#checkOpen(attempted);
    try {
      return await this.#root.transaction(action);
    } catch (error) {
      throw new LogUnavailable(attempted, error);
    }
  }

  #checkOpen(attempted: string): void {
    if (this.#closed) throw new LogUnavailable(`${attempted}, which is closed`);
  }
}
