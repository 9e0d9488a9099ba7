import type { SnapshotStorage } from '@mcp/event-log';
import type { Commands } from './commands.js';
import type { MeshKeys } from './keys.js';

/** Chunks of a snapshot that never got its manifest go away by themselves. */
const unfinishedTtlMs = 60 * 60 * 1000;

/** Pieces of snapshots in Redis: a key for each chunk, and a hash of manifests for each projection. */
export function redisSnapshots(commands: Commands, keys: MeshKeys): SnapshotStorage {
  const chunkKeys = (projection: string, id: number, chunks: number) =>
    Array.from({ length: chunks }, (_, index) => keys.chunk(projection, id, index));
  return {
    nextId: () => commands.ask('save a snapshot', (redis) => redis.hincrby(keys.meta, 'snapshot', 1)),
    putChunk: async (projection, id, index, chunk) => {
      const key = keys.chunk(projection, id, index);
      await commands.ask('save a snapshot', (redis) =>
        redis.set(key, Buffer.from(chunk), 'PX', unfinishedTtlMs),
      );
    },
    chunk: async (projection, id, index) =>
      (await commands.ask('load a snapshot', (redis) =>
        redis.getBuffer(keys.chunk(projection, id, index)),
      )) ?? undefined,
    putManifest: async (projection, id, chunks, manifest) => {
      await commands.ask('save a snapshot', (redis) => {
        const transaction = redis.multi();
        for (const key of chunkKeys(projection, id, chunks)) transaction.persist(key);
        return transaction.hset(keys.manifests(projection), id, manifest).exec();
      });
    },
    manifests: async (projection) => {
      const found = await commands.ask('load a snapshot', (redis) =>
        redis.hgetall(keys.manifests(projection)),
      );
      return new Map(Object.entries(found).map(([id, manifest]) => [Number(id), manifest]));
    },
    drop: async (projection, id, chunks) => {
      await commands.ask('drop a snapshot', (redis) => {
        const transaction = redis.multi().hdel(keys.manifests(projection), String(id));
        for (const key of chunkKeys(projection, id, chunks)) transaction.unlink(key);
        return transaction.exec();
      });
    },
  };
}
