import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { EventStorage, LogState } from './event-storage.js';
import { ManifestedSnapshots, type SnapshotStorage } from './snapshots.js';

const placeAt = (sequence: number) => ({ sequence, digest: `${sequence}`.padStart(40, '0'), recordedAt: 1 });

/** Pieces in memory, beside a log whose end and beginning are told. */
function keptPieces() {
  const manifests = new Map<number, string>();
  const chunks = new Map<string, Uint8Array>();
  const key = (id: number, index: number) => `${id}/${index}`;
  let state: LogState = { log: 'log', head: placeAt(0) };
  let ids = 0;
  const pieces: SnapshotStorage = {
    nextId: async () => ++ids,
    putChunk: async (_, id, index, chunk) => void chunks.set(key(id, index), chunk),
    chunk: async (_, id, index) => chunks.get(key(id, index)),
    putManifest: async (_, id, _count, manifest) => void manifests.set(id, manifest),
    manifests: async () => manifests,
    drop: async (_, id, count) => {
      manifests.delete(id);
      for (let index = 0; index < count; index += 1) chunks.delete(key(id, index));
    },
  };
  const look = async (sequence: number) => ({ state, events: [{ ...placeAt(sequence), json: '' }] });
  const snapshots = new ManifestedSnapshots(pieces, { look } as unknown as EventStorage);
  return {
    pieces,
    snapshots,
    chunks,
    tell: (head: number, trimmed?: number) => {
      const baseline = { id: 'baseline', events: 1 };
      state = {
        log: 'log',
        head: placeAt(head),
        ...(trimmed && { trimmed: { ...placeAt(trimmed), baseline } }),
      };
    },
    save: (sequence: number) => {
      const { digest } = placeAt(sequence);
      const position = { log: 'log', sequence, digest };
      const about = { projection: 'graph', version: 1, position, every: 0 };
      return snapshots.save({ ...about, chunks: [new Uint8Array([1]), new Uint8Array([sequence])] });
    },
    kept: () =>
      [...manifests.values()].map(
        (text) => (JSON.parse(text) as { position: { sequence: number } }).position.sequence,
      ),
  };
}

describe('snapshots that the log cannot be read on from', () => {
  it('take no room any more at the next save, those before a trim as those of a lost tail', async () => {
    const { tell, save, kept, chunks } = keptPieces();
    tell(40);
    for (const sequence of [10, 20, 30, 40]) await save(sequence);
    expect(kept()).toEqual([10, 20, 30, 40]);
    tell(35, 20);
    await save(35);
    expect(kept()).toEqual([20, 30, 35]);
    expect(chunks.size).toBe(6);
  });
});

describe('a snapshot in pieces', () => {
  it('takes less room than what was given', async () => {
    const { tell, snapshots, chunks } = keptPieces();
    tell(10);
    const { digest } = placeAt(10);
    const position = { log: 'log', sequence: 10, digest };
    const given = new TextEncoder().encode('{"kind":"Pod","namespace":"shop"}'.repeat(1_000));
    const about = { projection: 'graph', version: 1, position, every: 0 };
    await snapshots.save({ ...about, chunks: [given] });
    expect([...chunks.values()][0]!.length).toBeLessThan(given.length / 10);
    const [loaded] = (await snapshots.load('graph', 1))!.chunks;
    expect(Buffer.compare(loaded!, given)).toBe(0);
  });

  it('is read as it is where a former version stored it', async () => {
    const { tell, pieces, snapshots } = keptPieces();
    tell(10);
    const { digest } = placeAt(10);
    const chunk = new TextEncoder().encode('as given');
    const manifest = {
      version: 1,
      position: { log: 'log', sequence: 10, digest },
      checksums: [hash('sha256', chunk, 'hex')],
    };
    await pieces.putChunk('graph', 7, 0, chunk);
    await pieces.putManifest('graph', 7, 1, JSON.stringify(manifest));
    expect((await snapshots.load('graph', 1))?.chunks).toEqual([chunk]);
  });
});
