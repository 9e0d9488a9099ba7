import { nextDigest } from '../chain.js';
import { DeposedWriter, VersionConflict } from '../errors.js';
import type { Appended, Epoch, IdempotencyKey } from '../event-log.js';
import type { Place } from '../event-storage.js';
import { firstAnswerOf, idempotencyName, idempotencyTtlMs, repeatAnswer } from '../idempotency.js';
import type { PreparedAppend } from '../prepared-append.js';
import { toRow } from './stored-rows.js';
import type { Meta, Tables } from './tables.js';

/** Inside one write transaction: every check, then every write. A refused append has written nothing. */
export function recordAppend(
  tables: Tables,
  append: PreparedAppend,
  now: number,
): Omit<Appended, 'durability'> {
  const meta = tables.meta.get('meta');
  if (meta === undefined) throw new Error('the log has no state');
  checkEpoch(tables, append.epoch);
  const repeated = repeatedAnswer(tables, append, meta);
  if (repeated !== undefined) return repeated;
  const { versions, left } = checkVersions(tables, append);

  const recordedAt = Math.max(now, meta.head.recordedAt);
  let head: Place = meta.head;
  for (const [index, { subject, body, payloadHash }] of append.writes.entries()) {
    const facts = { sequence: head.sequence + 1, subject, subjectVersion: versions[index] ?? 0, recordedAt };
    const digest = nextDigest(head.digest, facts, payloadHash);
    void tables.events.put(facts.sequence, toRow({ ...facts, digest, body }));
    head = { sequence: facts.sequence, digest, recordedAt };
  }
  for (const [subject, version] of left) {
    if (version === 0) void tables.versions.remove(subject);
    else void tables.versions.put(subject, version);
  }
  void tables.meta.put('meta', { ...meta, head });
  if (append.idempotency !== undefined) keepAnswer(tables, append, append.idempotency, head, versions, now);
  const { eventIds, correlation } = append;
  return {
    position: { log: meta.log, sequence: head.sequence, digest: head.digest },
    versions,
    duplicate: false,
    eventIds,
    ...(correlation !== undefined && { correlation }),
  };
}

/** Fails with `DeposedWriter` unless the epoch, where there is one, is the newest of its role. */
export function checkEpoch({ epochs }: Tables, epoch: Epoch | undefined): void {
  if (epoch === undefined) return;
  const newest = epochs.get(epoch.role);
  if (newest?.number !== epoch.number || newest.holder !== epoch.holder)
    throw new DeposedWriter(epoch.role, epoch.holder);
}

function repeatedAnswer({ firstAnswers }: Tables, { idempotency }: PreparedAppend, { log }: Meta) {
  if (idempotency === undefined) return undefined;
  const first = firstAnswers.get(idempotencyName(idempotency));
  if (first === undefined) return undefined;
  const { sequence, digest, versions } = first;
  return repeatAnswer(idempotency, first, { log, sequence, digest }, versions);
}

/** The version of each event, and what each subject is left at: 0 after a tombstone. */
function checkVersions({ versions }: Tables, { writes }: PreparedAppend) {
  const left = new Map<string, number>();
  const given = writes.map(({ subject, expectedVersion, tombstone }) => {
    const actual = left.get(subject) ?? versions.get(subject) ?? 0;
    if (expectedVersion !== 'any' && expectedVersion !== actual)
      throw new VersionConflict(subject, expectedVersion, actual);
    left.set(subject, tombstone ? 0 : actual + 1);
    return actual + 1;
  });
  return { versions: given, left };
}

function keepAnswer(
  { firstAnswers, firstAnswerTimes }: Tables,
  append: PreparedAppend,
  key: IdempotencyKey,
  head: Place,
  versions: readonly number[],
  now: number,
): void {
  const name = idempotencyName(key);
  const { sequence, digest } = head;
  void firstAnswers.put(name, { ...firstAnswerOf(append, key), sequence, digest, versions });
  void firstAnswerTimes.put([now, name], '');
  // two go for each that comes, so that there is never a long sweep and never a growing rest
  const expired = firstAnswerTimes.getKeys({ end: [now - idempotencyTtlMs, ''], limit: 2 });
  for (const row of [...expired]) {
    void firstAnswers.remove(row[1]);
    void firstAnswerTimes.remove(row);
  }
}
