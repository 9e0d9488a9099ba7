import type { Subject } from '@mcp/events';
import { payloadHashOf } from './chain.js';
import { EventTooLarge } from './errors.js';
import { maxEventBytes, type Append, type Epoch, type IdempotencyKey } from './event-log.js';

/** An append after every check that needs no log, with its events in stored form. */
export interface PreparedAppend {
  readonly writes: readonly PreparedWrite[];
  readonly eventIds: readonly string[];
  readonly correlation?: string;
  readonly idempotency?: IdempotencyKey;
  readonly epoch?: Epoch;
}

export interface PreparedWrite {
  readonly subject: Subject;
  readonly expectedVersion: number | 'any';
  readonly tombstone: boolean;
  readonly body: string;
  readonly payloadHash: string;
}

/** Subjects are keys of the stores; the longest that Kubernetes names make is about 650 bytes. */
const maxSubjectBytes = 1024;

/** Fails with `EventTooLarge`; an append without writes or with an impossible subject is a bug of the caller. */
export function prepareAppend(append: Append): PreparedAppend {
  if (append.writes.length === 0) throw new TypeError('append: there is nothing to write');
  const correlation = append.writes.find(({ event }) => event.correlation !== undefined)?.event.correlation;
  return {
    writes: append.writes.map(({ subject, expectedVersion, event, tombstone = false }) => {
      const subjectBytes = Buffer.byteLength(subject);
      if (subjectBytes === 0 || subjectBytes > maxSubjectBytes || subject.includes('\n'))
        throw new TypeError(`append: "${subject}" is not a subject`);
      const body = JSON.stringify(event);
      const bytes = Buffer.byteLength(body);
      if (bytes > maxEventBytes) throw new EventTooLarge(subject, bytes, maxEventBytes);
      return { subject, expectedVersion, tombstone, body, payloadHash: payloadHashOf(body) };
    }),
    eventIds: append.writes.map(({ event }) => event.id),
    ...(correlation !== undefined && { correlation }),
    ...(append.idempotency !== undefined && { idempotency: append.idempotency }),
    ...(append.epoch !== undefined && { epoch: append.epoch }),
  };
}
