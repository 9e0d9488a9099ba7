import type { AnyRecordedEvent } from '@mcp/events';
import { chunksOf, recordsIn } from './json-chunks.js';
import { Refusals, type RefusalSeen } from './refusals.js';

/** The refusals as a projection runs them. Equal ones are encoded alike. */
export const refusalsFold = {
  name: 'refusals',
  /** Of the encoded form and of the fold. */
  version: 1,
  initial: (): Refusals => new Refusals(),
  evolve(refusals: Refusals, event: AnyRecordedEvent): Refusals {
    refusals.evolve(event);
    return refusals;
  },
  encode: (refusals: Refusals): Iterable<Uint8Array> => chunksOf(refusals.all()),
  restore(refusals: Refusals, chunk: Uint8Array): Refusals {
    for (const refusal of recordsIn(chunk) as readonly RefusalSeen[]) refusals.restore(refusal);
    return refusals;
  },
};
