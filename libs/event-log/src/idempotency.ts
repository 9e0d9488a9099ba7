import type { LogPosition } from '@mcp/events';
import { hash } from 'node:crypto';
import { KeyReused } from './errors.js';
import type { Appended, IdempotencyKey } from './event-log.js';
import type { PreparedAppend } from './prepared-append.js';

/** What a store keeps under an idempotency key: enough to give the first answer again. */
export interface FirstAnswer {
  readonly bodyHash: string;
  readonly eventIds: readonly string[];
  readonly correlation?: string;
}

/** How long a key is kept: the 24 h that are promised, and an hour for clocks that differ. */
export const idempotencyTtlMs = 25 * 60 * 60 * 1000;

/** Name under which a store keeps a key; a client's key may be of any length and have any characters. */
export function idempotencyName({ scope, key }: IdempotencyKey): string {
  return hash('sha256', JSON.stringify([scope, key]), 'hex');
}

export function firstAnswerOf(append: PreparedAppend, { bodyHash }: IdempotencyKey): FirstAnswer {
  const { eventIds, correlation } = append;
  return { bodyHash, eventIds, ...(correlation !== undefined && { correlation }) };
}

/** The first answer once more. Fails with `KeyReused` when the key was used for something else. */
export function repeatAnswer(
  { key, bodyHash }: IdempotencyKey,
  first: FirstAnswer,
  position: LogPosition,
  versions: readonly number[],
): Omit<Appended, 'durability'> {
  if (first.bodyHash !== bodyHash) throw new KeyReused(key, first.correlation);
  const { eventIds, correlation } = first;
  return {
    position,
    versions,
    duplicate: true,
    eventIds,
    ...(correlation !== undefined && { correlation }),
  };
}
