import type { AnyRecordedEvent } from '@mcp/events';
import { chunksOf, recordsIn } from './json-chunks.js';
import { Ledger } from './ledger.js';
import type { LedgerRecord } from './ledger-workload.js';

/** The edge ledger as a projection runs it. Equal ledgers are encoded alike. */
export const ledgerFold = {
  name: 'edge-ledger',
  /** Of the encoded form and of the fold. */
  version: 1,
  initial: (): Ledger => new Ledger(),
  evolve(ledger: Ledger, event: AnyRecordedEvent): Ledger {
    ledger.evolve(event);
    return ledger;
  },
  encode: (ledger: Ledger): Iterable<Uint8Array> => chunksOf(ledger.records()),
  restore(ledger: Ledger, chunk: Uint8Array): Ledger {
    for (const record of recordsIn(chunk) as readonly LedgerRecord[]) ledger.restore(record);
    return ledger;
  },
};
