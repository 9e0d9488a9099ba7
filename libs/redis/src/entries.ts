import { headerOf, LogCorrupt, storedEvent, type StoredEvent } from '@mcp/event-log';

/** An entry as XRANGE gives it. */
export type Entry = [id: string, fields: string[]];

/** The event in an entry of the log. Fails with `LogCorrupt` for an entry that the log did not write. */
export function eventOf([id, fields]: Entry): StoredEvent {
  const [first, header, second, body] = fields;
  if (!id.endsWith('-0') || first !== 'h' || header === undefined || second !== 'e' || body === undefined)
    throw new LogCorrupt(`entry ${id} of the stream was not written by the log`);
  return storedEvent(Number(id.slice(0, -2)), header, body);
}

/** Fields of a baseline's entry: as in the log, and before them the sequence, since the ids of a baseline count its events. */
export function baselineFields(event: StoredEvent): (string | number)[] {
  return ['q', event.sequence, 'h', headerOf(event), 'e', event.body];
}

export function baselineEventOf([, [, sequence, ...fields]]: Entry): StoredEvent {
  return eventOf([`${String(sequence)}-0`, fields]);
}
