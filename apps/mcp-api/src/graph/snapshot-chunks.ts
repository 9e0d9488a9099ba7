import { mapInSlices } from '@mcp/runtime';
import type { EncodedEntity } from './encoded-entity.js';
import { chunkMessage, runsOf, type PlaceInTime } from './graph-messages.js';

/** What a snapshot is cut into: what one stalled watcher holds, at most. */
const chunkBytes = 32 * 1024;

/** What follows `openingMessage`: all entities, in their order. One chunk at least, the last with the place. */
export async function snapshotChunks(
  entities: readonly EncodedEntity[],
  at: PlaceInTime,
): Promise<readonly Uint8Array[]> {
  const runs = [...runsOf(entities, chunkBytes)];
  const last = runs.pop() ?? [];
  const chunks = await mapInSlices(runs, (run) => chunkMessage(run, undefined));
  return [...chunks, chunkMessage(last, at)];
}
