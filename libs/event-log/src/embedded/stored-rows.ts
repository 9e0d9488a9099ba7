import { headerOf, storedEvent, type StoredEvent } from '../stored-event.js';

/** The header line, then the event's JSON. */
export function toRow(event: StoredEvent): string {
  return `${headerOf(event)}\n${event.body}`;
}

export function fromRow(sequence: number, row: string): StoredEvent {
  const lineEnd = row.indexOf('\n');
  return storedEvent(sequence, row.slice(0, Math.max(0, lineEnd)), row.slice(lineEnd + 1));
}
