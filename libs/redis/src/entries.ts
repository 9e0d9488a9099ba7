import { LogCorrupt, type StoredEvent } from '@mcp/event-log';

/** An entry as XRANGE gives it. */
export type Entry = [id: string, fields: string[]];

/** The event in an entry of the log. Fails with `LogCorrupt` for an entry that the log did not write. */
export function eventOf([id, fields]: Entry): StoredEvent {
  const [, subject, , version, , recordedAt, , digest, name, body] = fields;
  if (
    !id.endsWith('-0') ||
    name !== 'e' ||
    subject === undefined ||
    digest === undefined ||
    body === undefined ||
    fields.length !== 10
  )
    throw new LogCorrupt(`entry ${id} of the stream was not written by the log`);
  return {
    sequence: Number(id.slice(0, -2)),
    subject,
    subjectVersion: Number(version),
    recordedAt: Number(recordedAt),
    digest,
    body,
  };
}

/** Fields of a baseline's entry: as in the log, and before them the sequence, since the ids of a baseline count its events. */
export function baselineFields(event: StoredEvent): (string | number)[] {
  const { sequence, subject, subjectVersion, recordedAt, digest, body } = event;
  return ['q', sequence, 's', subject, 'v', subjectVersion, 't', recordedAt, 'd', digest, 'e', body];
}

export function baselineEventOf([, [, sequence, ...fields]]: Entry): StoredEvent {
  return eventOf([`${String(sequence)}-0`, fields]);
}
