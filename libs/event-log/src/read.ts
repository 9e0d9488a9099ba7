import type { LogPosition, RecordedEvent } from '@mcp/events';
import { sameDigest } from '@mcp/events';
import { LogCorrupt, PositionLost, PositionOfAnotherLog, PositionTrimmed } from './errors.js';
import type { ReadOptions } from './event-log.js';
import { positionOf, type EventStorage, type LogState, type Place, type Trimmed } from './event-storage.js';
import { decodeEvent, follows, type StoredEvent } from './stored-event.js';

const defaultBatchSize = 1000;

/**
 * `EventLog.read` for every adapter.
 *
 * Every page is checked: no event missing, none out of order, and its first and last event chained to the one before, so that a
 * page of a log that changed under the reader is found out. Each single link is checked with `verify: 'every-event'`.
 */
export async function* readEvents(
  storage: EventStorage,
  from: LogPosition,
  { batchSize = defaultBatchSize, until, signal, verify = 'pages' }: ReadOptions = {},
): AsyncGenerator<readonly RecordedEvent[]> {
  // the first page begins with the event before `from`: that it is still the same one is what makes `from` good
  const { state, events } = await storage.look(from.sequence, from.sequence + batchSize);
  const { log, trimmed } = state;
  let cursor = placeOf(from, state, events);
  const last = until === undefined ? state.head.sequence : lastBefore(until, state);
  if (trimmed !== undefined && cursor.sequence < trimmed.sequence) {
    for await (const page of readBaseline(storage, trimmed, batchSize)) {
      if (signal?.aborted) return;
      yield page.map((event) => decodeEvent(log, event));
    }
    cursor = trimmed;
  }

  const request = (after: number) => storage.page(after + 1, Math.min(after + batchSize, last));
  let coming: Promise<StoredEvent[]> | undefined;
  if (cursor.sequence < last) {
    const looked = events.filter(({ sequence }) => sequence > cursor.sequence && sequence <= last);
    coming = cursor === trimmed && looked.length === 0 ? request(cursor.sequence) : Promise.resolve(looked);
  }
  while (coming !== undefined) {
    const page: StoredEvent[] = await coming;
    const end = page.at(-1);
    if (end === undefined) throw await whatIsWrong(storage, log, cursor, page);
    // the next page travels while this one is decoded and used
    coming = end.sequence < last ? request(end.sequence) : undefined;
    coming?.catch(() => undefined);
    if (!isChained(cursor, page, verify)) throw await whatIsWrong(storage, log, cursor, page);
    if (until?.sequence === end.sequence && !sameDigest(until.digest, end.digest))
      throw new PositionLost(until);
    if (signal?.aborted) return;
    yield page.map((event) => decodeEvent(log, event));
    cursor = end;
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

async function* readBaseline(storage: EventStorage, trimmed: Trimmed, batchSize: number) {
  const { id, events } = trimmed.baseline;
  let given = 0;
  let previous: StoredEvent | undefined;
  while (given < events) {
    const page = await storage.baselinePage(id, given, batchSize);
    for (const event of page) {
      if (previous !== undefined && event.sequence <= previous.sequence)
        throw new LogCorrupt(`baseline ${id} is out of order at event ${event.sequence}`);
      previous = event;
    }
    given += page.length;
    if (page.length === 0) {
      // replaced by a later trim while it was being read: start again from the new one
      const { state } = await storage.look(0, 0);
      if (state.trimmed !== undefined && state.trimmed.sequence > trimmed.sequence)
        throw new PositionTrimmed(positionOf(state.log, previous ?? trimmed), state.trimmed.sequence);
      break;
    }
    yield page;
  }
  if (given !== events || previous?.digest !== trimmed.digest)
    throw new LogCorrupt(`baseline ${id} has ${given} events of ${events}`);
}

function isChained(before: Place, page: readonly StoredEvent[], verify: 'pages' | 'every-event'): boolean {
  let previous: Place = before;
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
  cursor: Place,
  page: readonly StoredEvent[],
): Promise<Error> {
  const { state, events } = await storage.look(cursor.sequence, cursor.sequence);
  placeOf(positionOf(log, cursor), state, events);
  const found = page.find((event, index) => event.sequence !== cursor.sequence + 1 + index);
  const wanted = cursor.sequence + 1 + (found === undefined ? 0 : page.indexOf(found));
  if (page.length === 0) return new LogCorrupt(`event ${wanted} is missing`);
  if (found !== undefined) return new LogCorrupt(`event ${found.sequence} is where ${wanted} should be`);
  return new LogCorrupt(
    `the chain is broken between events ${cursor.sequence} and ${cursor.sequence + page.length}`,
  );
}
