import type { LogPosition } from '@mcp/events';
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { spareSnapshots } from './checkpoints.js';
import { isEventLogError } from './errors.js';
import type { SnapshotStore } from './event-log.js';
import type { EventStorage } from './event-storage.js';
import { placeOf } from './read.js';

/** Where an adapter keeps the pieces of snapshots. Ids are given in the order of saving. */
export interface SnapshotStorage {
  nextId(): Promise<number>;
  putChunk(projection: string, id: number, index: number, chunk: Uint8Array): Promise<void>;
  chunk(projection: string, id: number, index: number): Promise<Uint8Array | undefined>;
  /** Makes the snapshot of so many chunks one that `manifests` tells of, durably. */
  putManifest(projection: string, id: number, chunks: number, manifest: string): Promise<void>;
  manifests(projection: string): Promise<ReadonlyMap<number, string>>;
  drop(projection: string, id: number, chunks: number): Promise<void>;
}

interface Manifest {
  readonly version: number;
  readonly position: LogPosition;
  /** Of the chunks as they are stored. */
  readonly checksums: readonly string[];
  /** Absent in those of versions that stored chunks as they were given. */
  readonly deflated?: boolean;
}

const deflated = promisify(deflate);
const inflated = promisify(inflate);
/** The fastest; the graph of the benchmarks with 10,000 services becomes a tenth. */
const deflateLevel = 1;

/** Snapshots for every adapter: chunks first, then the manifest with their checksums, then those to spare are dropped. */
export class ManifestedSnapshots implements SnapshotStore {
  constructor(
    private readonly pieces: SnapshotStorage,
    private readonly events: EventStorage,
  ) {}

  async save(snapshot: Parameters<SnapshotStore['save']>[0]): Promise<void> {
    const { projection, version, position, every } = snapshot;
    const id = await this.pieces.nextId();
    const checksums: string[] = [];
    for await (const given of snapshot.chunks) {
      const chunk = await deflated(given, { level: deflateLevel });
      await this.pieces.putChunk(projection, id, checksums.length, chunk);
      checksums.push(hash('sha256', chunk, 'hex'));
    }
    const manifest: Manifest = { version, position, checksums, deflated: true };
    await this.pieces.putManifest(projection, id, checksums.length, JSON.stringify(manifest));
    await this.#dropSpare(projection, version, every);
  }

  async load(projection: string, version: number, atMost?: LogPosition) {
    const candidates = (await this.#saved(projection))
      .filter((manifest) => manifest.version === version)
      .filter(({ position }) => atMost === undefined || position.sequence <= atMost.sequence)
      .sort((a, b) => b.position.sequence - a.position.sequence || b.id - a.id);
    for (const { id, position, checksums, deflated: packed = false } of candidates) {
      if (!(await this.#stands(position))) continue;
      const chunks = await this.#chunks(projection, id, checksums);
      if (chunks === undefined) continue;
      return {
        position,
        chunks: packed ? await Promise.all(chunks.map((chunk) => inflated(chunk))) : chunks,
      };
    }
    return undefined;
  }

  async #saved(projection: string) {
    const manifests = await this.pieces.manifests(projection);
    return [...manifests].map(([id, text]) => ({ id, ...(JSON.parse(text) as Manifest) }));
  }

  async #dropSpare(projection: string, version: number, every: number): Promise<void> {
    const saved = await this.#saved(projection);
    const standing: typeof saved = [];
    const spare: typeof saved = [];
    for (const each of saved) ((await this.#stands(each.position)) ? standing : spare).push(each);
    const { trimmed } = (await this.events.look(0, 0)).state;
    spare.push(...spareSnapshots(standing, { version, every, oldest: trimmed?.sequence ?? 0 }));
    for (const { id, checksums } of spare) await this.pieces.drop(projection, id, checksums.length);
  }

  /** Whether the log still has the place that a snapshot is true at, and can be read on from there. */
  async #stands(position: LogPosition): Promise<boolean> {
    const { state, events } = await this.events.look(position.sequence, position.sequence);
    try {
      placeOf(position, state, events);
      return true;
    } catch (error) {
      if (isEventLogError(error)) return false;
      throw error;
    }
  }

  async #chunks(projection: string, id: number, checksums: readonly string[]) {
    const chunks: Uint8Array[] = [];
    for (const [index, checksum] of checksums.entries()) {
      const chunk = await this.pieces.chunk(projection, id, index);
      if (chunk === undefined || hash('sha256', chunk, 'hex') !== checksum) return undefined;
      chunks.push(chunk);
    }
    return chunks;
  }
}
