import type { NewEvent, RecordedEvent } from '@mcp/events';
import { upcast } from '@mcp/events';
import { nextDigest, payloadHashOf, type ChainedFacts } from './chain.js';
import { LogCorrupt } from './errors.js';

/** An event as a store keeps it: its JSON untouched, and beside it what the log added. */
export interface StoredEvent extends ChainedFacts {
  readonly digest: string;
  readonly body: string;
}

/**
 * The event that a reader gets, of the present version of its type. Parses the JSON once and adds the log's own fields in place:
 * this is the replay's hot path. Fails with `UnknownEvent` or `MalformedEvent`.
 */
export function decodeEvent(log: string, stored: StoredEvent): RecordedEvent {
  const event = parseBody(stored) as { -readonly [K in keyof RecordedEvent]: RecordedEvent[K] };
  event.subject = stored.subject;
  event.subjectVersion = stored.subjectVersion;
  event.recordedAt = stored.recordedAt;
  event.position = { log, sequence: stored.sequence, digest: stored.digest };
  return upcast(event);
}

/** The stored form that `decodeEvent` made this event from, byte for byte; of an older version, the present one. */
export function encodeRecorded(recorded: RecordedEvent): StoredEvent {
  const { subject, subjectVersion, recordedAt, position, ...event } = recorded;
  const { sequence, digest } = position;
  return { sequence, subject, subjectVersion, recordedAt, digest, body: JSON.stringify(event) };
}

/** What stores keep beside an event's JSON: what the log added, in one line. The subject is last: it alone may contain a space. */
export function headerOf(event: StoredEvent): string {
  return `${event.digest} ${event.subjectVersion} ${event.recordedAt} ${event.subject}`;
}

/** The stored event of a header and a body. Fails with `LogCorrupt` for a header that the log did not write. */
export function storedEvent(sequence: number, header: string, body: string): StoredEvent {
  const afterDigest = header.indexOf(' ');
  const afterVersion = header.indexOf(' ', afterDigest + 1);
  const afterTime = header.indexOf(' ', afterVersion + 1);
  if (afterDigest <= 0 || afterVersion < 0 || afterTime < 0)
    throw new LogCorrupt(`what is stored as event ${sequence} is no event`);
  return {
    sequence,
    digest: header.slice(0, afterDigest),
    subjectVersion: Number(header.slice(afterDigest + 1, afterVersion)),
    recordedAt: Number(header.slice(afterVersion + 1, afterTime)),
    subject: header.slice(afterTime + 1),
    body,
  };
}

/** Whether an event is what the log wrote after the place with this digest. */
export function follows(previousDigest: string, stored: StoredEvent): boolean {
  return nextDigest(previousDigest, stored, payloadHashOf(stored.body)) === stored.digest;
}

function parseBody(stored: StoredEvent): NewEvent {
  try {
    return JSON.parse(stored.body) as NewEvent;
  } catch {
    throw new LogCorrupt(`event ${stored.sequence} is not JSON`);
  }
}
