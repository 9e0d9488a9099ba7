import type { NewEvent, RecordedEvent } from '@mcp/events';
import { nextDigest, payloadHashOf, type ChainedFacts } from './chain.js';
import { LogCorrupt } from './errors.js';

/** An event as a store keeps it: its JSON untouched, and beside it what the log added. */
export interface StoredEvent extends ChainedFacts {
  readonly digest: string;
  readonly body: string;
}

/** The event that a reader gets. Parses the JSON once and adds the log's own fields in place: this is the replay's hot path. */
export function decodeEvent(log: string, stored: StoredEvent): RecordedEvent {
  const event = parseBody(stored) as { -readonly [K in keyof RecordedEvent]: RecordedEvent[K] };
  event.subject = stored.subject;
  event.subjectVersion = stored.subjectVersion;
  event.recordedAt = stored.recordedAt;
  event.position = { log, sequence: stored.sequence, digest: stored.digest };
  return event;
}

/** The stored form that `decodeEvent` made this event from, byte for byte. */
export function encodeRecorded(recorded: RecordedEvent): StoredEvent {
  const { subject, subjectVersion, recordedAt, position, ...event } = recorded;
  const { sequence, digest } = position;
  return { sequence, subject, subjectVersion, recordedAt, digest, body: JSON.stringify(event) };
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
