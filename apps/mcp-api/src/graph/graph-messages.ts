import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  type CollectorPresence,
  EdgeRates,
  GetMeshGraphResponse,
  GraphDelta,
  RateChanges,
  type SeenThrough,
  SnapshotChunk,
  WatchMeshGraphResponse,
} from '@mcp/contracts';
import type { EncodedEntity } from './encoded-entity.js';
import type { EncodedDelta } from './encoded-graph.js';

/** A place in the log as clients get it. */
export interface PlaceInTime {
  readonly position: string;
  /** Milliseconds since the epoch; 0 before the first event. */
  readonly recordedAt: number;
}

// The messages that carry entities are put together from entities that are encoded already, so their field numbers stand
// here once more; the test reads them back with the generated code.
const watchSnapshot = 3;
const watchDelta = 4;
const watchRates = 7;
const chunkEntities = 1;
const deltaUpserted = 1;
const answerEntities = 5;
const answerRates = 9;
const ratesOfEdges = 2;
const ratesChanged = 3;

/** What a message takes besides its entities, at most: a position, a time, marks and lengths. */
const overheadBytes = 256;

export function deltaMessage(delta: EncodedDelta, at: PlaceInTime): Uint8Array {
  const writer = startWatchMessage(at).uint32(tag(watchDelta)).fork();
  writeEntities(writer, deltaUpserted, delta.upserted);
  GraphDelta.encode({ upserted: [], removed: delta.removed.map(({ key }) => key) }, writer);
  return writer.join().finish();
}

/** Goes before the chunks of a snapshot: the client forgets what it had. */
export function openingMessage(resyncReason: string): Uint8Array {
  const snapshot = {
    entities: [],
    first: true,
    last: false,
    resync: resyncReason !== '',
    resyncReason,
  };
  return WatchMeshGraphResponse.encode({
    position: '',
    recordedAt: undefined,
    message: { $case: 'snapshot', snapshot },
  }).finish();
}

export function chunkMessage(
  entities: readonly EncodedEntity[],
  lastAt: PlaceInTime | undefined,
): Uint8Array {
  const writer = startWatchMessage(lastAt).uint32(tag(watchSnapshot)).fork();
  writeEntities(writer, chunkEntities, entities);
  const last = lastAt !== undefined;
  SnapshotChunk.encode({ entities: [], first: false, last, resync: false, resyncReason: '' }, writer);
  return writer.join().finish();
}

export function skippedMessage(deltas: number): Uint8Array {
  return WatchMeshGraphResponse.encode({
    position: '',
    recordedAt: undefined,
    message: { $case: 'skipped', skipped: { deltas } },
  }).finish();
}

export function heartbeatMessage(position: string, collector: CollectorPresence): Uint8Array {
  return WatchMeshGraphResponse.encode({
    position,
    recordedAt: undefined,
    message: { $case: 'heartbeat', heartbeat: { collector } },
  }).finish();
}

export interface EncodedChanges {
  /** Each an EdgeRate. */
  readonly changed: readonly Uint8Array[];
  /** Keys of edges. */
  readonly unknown: readonly string[];
}

/** `whole`: the client forgets the rates that it had. */
export function ratesMessage(
  { changed, unknown }: EncodedChanges,
  seen: SeenThrough | undefined,
  whole: boolean,
): Uint8Array {
  const writer = startWatchMessage(undefined).uint32(tag(watchRates)).fork();
  RateChanges.encode({ seen, whole, changed: [], unknown }, writer);
  for (const bytes of changed) writer.uint32(tag(ratesChanged)).bytes(bytes);
  return writer.join().finish();
}

/** Rates of edges, each encoded as an EdgeRate, and what they stand on, where there are any. */
export interface RatesOnPage {
  readonly seen: SeenThrough | undefined;
  readonly encoded: readonly Uint8Array[];
}

export function pageMessage(
  page: Omit<GetMeshGraphResponse, 'entities' | 'jsonGraph' | 'rates'>,
  entities: readonly EncodedEntity[],
  rates?: RatesOnPage,
): Uint8Array {
  const writer = GetMeshGraphResponse.encode({ ...page, jsonGraph: '', entities: [], rates: undefined });
  writeEntities(writer, answerEntities, entities);
  if (rates !== undefined) {
    EdgeRates.encode({ seen: rates.seen, rates: [] }, writer.uint32(tag(answerRates)).fork());
    for (const bytes of rates.encoded) writer.uint32(tag(ratesOfEdges)).bytes(bytes);
    writer.join();
  }
  return writer.finish();
}

/**
 * Cuts entities, in their order, into runs that each stay below so many bytes as a message; one entity is never cut. `besides`: how many
 * bytes go with an entity.
 */
export function* runsOf(
  entities: readonly EncodedEntity[],
  messageBytes: number,
  besides: (entity: EncodedEntity) => number = () => 0,
): Generator<readonly EncodedEntity[]> {
  let start = 0;
  let bytes = overheadBytes;
  for (let end = 0; end < entities.length; end += 1) {
    const entity = entities[end];
    const size = entity === undefined ? 0 : entity.bytes.byteLength + entityOverheadBytes + besides(entity);
    if (bytes + size > messageBytes && end > start) {
      yield entities.slice(start, end);
      start = end;
      bytes = overheadBytes;
    }
    bytes += size;
  }
  if (start < entities.length) yield entities.slice(start);
}

/** A tag and a length of up to four bytes. */
export const entityOverheadBytes = 5;

function startWatchMessage(at: PlaceInTime | undefined): BinaryWriter {
  return WatchMeshGraphResponse.encode({
    position: at?.position ?? '',
    recordedAt: at === undefined ? undefined : toTime(at),
    message: undefined,
  });
}

/** Not set before the first event. */
export function toTime({ recordedAt }: PlaceInTime): Date | undefined {
  return recordedAt === 0 ? undefined : new Date(recordedAt);
}

function writeEntities(writer: BinaryWriter, field: number, entities: readonly EncodedEntity[]): void {
  for (const { bytes } of entities) writer.uint32(tag(field)).bytes(bytes);
}

/** The tag of a length-delimited field. */
function tag(field: number): number {
  return (field << 3) | 2;
}
