import type { SnapshotStorage } from '../snapshots.js';
import type { Tables } from './tables.js';

/** Pieces of snapshots in the tables of an embedded log. */
export function embeddedSnapshots({ root, meta, manifests, chunks }: Tables): SnapshotStorage {
  return {
    nextId: () =>
      root.transaction(() => {
        const row = meta.get('meta');
        if (row === undefined) throw new Error('the log has no state');
        void meta.put('meta', { ...row, snapshot: row.snapshot + 1 });
        return row.snapshot + 1;
      }),
    putChunk: async (projection, id, index, chunk) => {
      await chunks.put([projection, id, index], Buffer.from(chunk));
    },
    chunk: async (projection, id, index) => chunks.get([projection, id, index]),
    putManifest: async (projection, id, _chunks, manifest) => {
      await manifests.put([projection, id], manifest);
    },
    manifests: async (projection) => {
      const found = new Map<number, string>();
      for (const { key, value } of manifests.getRange({
        start: [projection, 0],
        end: [projection, Infinity],
      }))
        found.set(key[1], value);
      return found;
    },
    drop: async (projection, id) => {
      await root.transaction(() => {
        void manifests.remove([projection, id]);
        for (const key of [
          ...chunks.getKeys({ start: [projection, id, 0], end: [projection, id, Infinity] }),
        ])
          void chunks.remove(key);
      });
    },
  };
}
