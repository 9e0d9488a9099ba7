import { LogCorrupt } from '../errors.js';
import type { StoredEvent } from '../stored-event.js';

/** One line of what the log added, then the event's JSON. The subject is last: it alone may contain a space. */
export function toRow(event: StoredEvent): string {
  return `${event.digest} ${event.subjectVersion} ${event.recordedAt} ${event.subject}\n${event.body}`;
}

export function fromRow(sequence: number, row: string): StoredEvent {
  const lineEnd = row.indexOf('\n');
  const afterDigest = row.indexOf(' ');
  const afterVersion = row.indexOf(' ', afterDigest + 1);
  const afterTime = row.indexOf(' ', afterVersion + 1);
  if (lineEnd < 0 || afterTime < 0 || afterTime > lineEnd)
    throw new LogCorrupt(`what is stored as event ${sequence} is no event`);
  return {
    sequence,
    digest: row.slice(0, afterDigest),
    subjectVersion: Number(row.slice(afterDigest + 1, afterVersion)),
    recordedAt: Number(row.slice(afterVersion + 1, afterTime)),
    subject: row.slice(afterTime + 1, lineEnd),
    body: row.slice(lineEnd + 1),
  };
}
