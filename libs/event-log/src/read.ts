import type { LogPosition, RecordedEvent } from '@mcp/events';
import { sameDigest } from '@mcp/events';
import { LogCorrupt, PositionLost, PositionOfAnotherLog, PositionTrimmed } from './errors.js';
import type { ReadOptions } from './event-log.js';
import { positionOf, type EventStorage, type LogState, type Place, type Trimmed } from './event-storage.js';
import { decodeEvent, follows, type StoredEvent } from './stored-event.js';

const defaultBatchSize = 1000;

/** As much of a place as the next event is chained to. */
type LinkedPlace = Pick<Place, 'sequence' | 'digest'>;

/** How far a reader has come. */
export interface Checkpoint {
  readonly position: LogPosition;
  /** Present within a baseline, where a position alone does not say it: the log has dropped what lay between its events. */
  readonly baseline?: { readonly id: string; readonly given: number };
}

/** `EventLog.read` for every adapter. */
export async function* readEvents(
  storage: EventStorage,
  from: LogPosition,
  options?: ReadOptions,
): AsyncGenerator<readonly RecordedEvent[]> {
  for await (const { events } of readOn(storage, { position: from }, options)) yield events;
}

/** `EventLog.readStored` for every adapter. */
export async function* readStoredEvents(
  storage: EventStorage,
  from: LogPosition,
  options?: ReadOptions,
): AsyncGenerator<readonly StoredEvent[]> {
  for await (const { events } of readStoredOn(storage, { position: from }, options)) yield events;
}

/** Reads on from a checkpoint, and gives with each batch the next one. */
export async function* readOn(
  storage: EventStorage,
  from: Checkpoint,
  options?: ReadOptions,
): AsyncGenerator<{ readonly events: readonly RecordedEvent[]; readonly checkpoint: Checkpoint }> {
  for await (const { events, checkpoint } of readStoredOn(storage, from, options))
    yield { events: events.map((event) => decodeEvent(checkpoint.position.log, event)), checkpoint };
}

/**
 * Every page is checked: no event missing, none out of order, and its first and last event chained to the one before, so that a
 * page of a log that changed under the reader is found out. Each single link is checked with `verify: 'every-event'`.
 */
async function* readStoredOn(
  storage: EventStorage,
  from: Checkpoint,
  { batchSize = defaultBatchSize, until, signal, verify = 'pages' }: ReadOptions = {},
): AsyncGenerator<{ readonly events: readonly StoredEvent[]; readonly checkpoint: Checkpoint }> {
  // the first page begins with the event before `from`: that it is still the same one is what makes `from` good
  const { sequence } = from.position;
  const { state, events } = await storage.look(sequence, sequence + batchSize);
  const { log, trimmed } = state;
  const given = (page: readonly StoredEvent[], end: LinkedPlace, baseline?: Checkpoint['baseline']) => ({
    events: page,
    checkpoint: { position: positionOf(log, end), ...(baseline !== undefined && { baseline }) },
  });

  if (from.baseline !== undefined) checkBaseline(from.baseline.id, from.position, state);
  let place: LinkedPlace =
    from.baseline === undefined ? placeOf(from.position, state, events) : from.position;
  const last = until === undefined ? state.head.sequence : lastBefore(until, state);
  if (trimmed !== undefined && place.sequence < trimmed.sequence) {
    for await (const { page, end, baseline } of readBaseline(storage, trimmed, batchSize, from)) {
      if (signal?.aborted) return;
      yield given(page, end, baseline);
    }
    place = trimmed;
  }

  const request = (after: number) => storage.page(after + 1, Math.min(after + batchSize, last));
  let coming: Promise<StoredEvent[]> | undefined;
  if (place.sequence < last) {
    const looked = events.filter((event) => event.sequence > place.sequence && event.sequence <= last);
    coming = place === trimmed && looked.length === 0 ? request(place.sequence) : Promise.resolve(looked);
  }
  while (coming !== undefined) {
    const page: StoredEvent[] = await coming;
    const end = page.at(-1);
    if (end === undefined) throw await whatIsWrong(storage, log, place, page);
    // the next page travels while this one is used
    coming = end.sequence < last ? request(end.sequence) : undefined;
    coming?.catch(() => undefined);
    if (!isChained(place, page, verify)) throw await whatIsWrong(storage, log, place, page);
    if (until?.sequence === end.sequence && !sameDigest(until.digest, end.digest))
      throw new PositionLost(until);
    if (signal?.aborted) return;
    yield given(page, end);
    place = end;
  }
}

/** The place a position names, with its whole digest. Fails where the log does not have it. */
export function placeOf(position: LogPosition, state: LogState, events: readonly StoredEvent[]): Place {
  const { head, trimmed } = state;
  if (position.log !== state.log) throw new PositionOfAnotherLog(position, state.log);
  if (position.sequence > head.sequence) throw new PositionLost(position);
  if (trimmed !== undefined && position.sequence > 0 && position.sequence < trimmed.sequence)
    throw new PositionTrimmed(position, trimmed.sequence);
  const place = [head, ...(trimmed === undefined ? [] : [trimmed]), ...events].find(
    ({ sequence }) => sequence === position.sequence,
  );
  if (place !== undefined) {
    if (!sameDigest(place.digest, position.digest)) throw new PositionLost(position);
    return place;
  }
  if (position.sequence === 0) {
    if (position.digest !== '') throw new PositionLost(position);
    return { sequence: 0, digest: '', recordedAt: 0 };
  }
  throw new LogCorrupt(`event ${position.sequence} is missing`);
}

function lastBefore(until: LogPosition, state: LogState): number {
  const { head, trimmed } = state;
  if (until.log !== state.log) throw new PositionOfAnotherLog(until, state.log);
  if (until.sequence > head.sequence) throw new PositionLost(until);
  if (trimmed !== undefined && until.sequence < trimmed.sequence && until.sequence > 0)
    throw new PositionTrimmed(until, trimmed.sequence);
  return until.sequence;
}

/** Pages of a baseline, from its beginning or from a checkpoint within it. */
async function* readBaseline(storage: EventStorage, trimmed: Trimmed, batchSize: number, from: Checkpoint) {
  const { id, events } = trimmed.baseline;
  let given = from.baseline?.given ?? 0;
  let previous: LinkedPlace | undefined = given > 0 ? from.position : undefined;
  while (given < events) {
    const page = await storage.baselinePage(id, given, batchSize);
    for (const event of page) {
      if (previous !== undefined && event.sequence <= previous.sequence)
        throw new LogCorrupt(`baseline ${id} is out of order at event ${event.sequence}`);
      previous = event;
    }
    given += page.length;
    const end = page.at(-1);
    if (end === undefined) {
      const { state } = await storage.look(0, 0);
      const { sequence, digest } = previous ?? trimmed;
      checkBaseline(id, { log: from.position.log, sequence, digest }, state);
      break;
    }
    yield { page, end, ...(given < events && { baseline: { id, given } }) };
  }
  if (given !== events || previous?.digest !== trimmed.digest)
    throw new LogCorrupt(`baseline ${id} has ${given} events of ${events}`);
}

/** Fails unless the log still begins with this baseline: one may not be read on in another, which leaves out what ended between. */
function checkBaseline(id: string, position: LogPosition, { log, trimmed }: LogState): void {
  if (position.log !== log) throw new PositionOfAnotherLog(position, log);
  if (trimmed?.baseline.id === id) return;
  if (trimmed === undefined || trimmed.sequence <= position.sequence) throw new PositionLost(position);
  throw new PositionTrimmed(position, trimmed.sequence);
}

function isChained(
  before: LinkedPlace,
  page: readonly StoredEvent[],
  verify: 'pages' | 'every-event',
): boolean {
  let previous = before;
  let index = 0;
  for (const event of page) {
    if (event.sequence !== previous.sequence + 1) return false;
    const checked = verify === 'every-event' || index === 0 || index === page.length - 1;
    if (checked && !follows(previous.digest, event)) return false;
    previous = event;
    index += 1;
  }
  return true;
}

/** Tells apart, once a page does not fit, a log that was trimmed or lost its tail meanwhile from one that is damaged. */
async function whatIsWrong(
  storage: EventStorage,
  log: string,
  place: LinkedPlace,
  page: readonly StoredEvent[],
): Promise<Error> {
  const { state, events } = await storage.look(place.sequence, place.sequence);
  placeOf(positionOf(log, place), state, events);
  const found = page.find((event, index) => event.sequence !== place.sequence + 1 + index);
  const wanted = place.sequence + 1 + (found === undefined ? 0 : page.indexOf(found));
  if (page.length === 0) return new LogCorrupt(`event ${wanted} is missing`);
  if (found !== undefined) return new LogCorrupt(`event ${found.sequence} is where ${wanted} should be`);
  return new LogCorrupt(
    `the chain is broken between events ${place.sequence} and ${place.sequence + page.length}`,
  );
}
