import { type AnyRecordedEvent, isDeleted } from '@mcp/events';
import type { History } from './history.js';

/** Places follow each other, versions of a subject do, and the log counts the same. */
export function withoutGap({ events, versions }: History): string[] {
  const broken: string[] = [];
  const counted = new Map<string, number>();
  const ids = new Set<string>();
  for (const [index, event] of events.entries()) {
    const { id, position, subject, subjectVersion } = event;
    if (position.sequence !== index + 1) broken.push(`place ${index + 1} is called ${position.sequence}`);
    if (ids.has(id)) broken.push(`event ${id} is in the log twice`);
    ids.add(id);
    const before = counted.get(subject) ?? 0;
    if (subjectVersion !== before + 1) broken.push(`${subject} is at ${subjectVersion} after ${before}`);
    counted.set(subject, ends(event) ? 0 : subjectVersion);
  }
  for (const [subject, count] of counted) {
    const told = versions.get(subject);
    if (told !== count) broken.push(`${subject} is at ${count} by its events, the log says ${told}`);
  }
  return broken;
}

/** The subject is over with it, and counts from 1 should it come again. */
export const ends = (event: AnyRecordedEvent): boolean =>
  isDeleted(event) || event.type.endsWith('Forgotten');
