import { hash } from 'node:crypto';

/** What of an event the chained digest covers, besides the digest of the event before it. */
export interface ChainedFacts {
  readonly sequence: number;
  readonly subject: string;
  readonly subjectVersion: number;
  readonly recordedAt: number;
}

/** Sha-256 of an event's JSON, hexadecimal. Computed by the writer, so that the log cannot alter what it was given. */
export function payloadHashOf(body: string): string {
  return hash('sha256', body, 'hex');
}

/**
 * The digest at the place after an event: it changes with anything that the log holds up to there. Sha-1, because the scripts
 * of a Redis server have no other hash; it finds loss and reordering and is no defence against a writer with credentials.
 * The subject is last since it alone may contain a space.
 */
export function nextDigest(previous: string, facts: ChainedFacts, payloadHash: string): string {
  const { sequence, subjectVersion, recordedAt, subject } = facts;
  return hash(
    'sha1',
    `${previous} ${sequence} ${payloadHash} ${subjectVersion} ${recordedAt} ${subject}`,
    'hex',
  );
}
