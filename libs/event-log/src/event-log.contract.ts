import { describe } from '@jest/globals';
import { appendContract } from './contract/append.contract.js';
import { damagedContract } from './contract/damaged.contract.js';
import { epochContract } from './contract/epoch.contract.js';
import { followContract } from './contract/follow.contract.js';
import { idempotencyContract } from './contract/idempotency.contract.js';
import { logUnderTest, type EventLogHarness } from './contract/log-under-test.contract.js';
import { modelContract } from './contract/model.contract.js';
import { positionsContract } from './contract/positions.contract.js';
import { readContract } from './contract/read.contract.js';
import { snapshotsContract } from './contract/snapshots.contract.js';
import { trimmedContract } from './contract/trimmed.contract.js';

export type { Damage, EventLogHarness } from './contract/log-under-test.contract.js';

/** What every event log must do. The factory gives an empty log, stored on its own. */
export function eventLogContract(name: string, factory: () => Promise<EventLogHarness>): void {
  describe(`${name} keeps the contract of an event log:`, () => {
    const under = logUnderTest(factory);
    appendContract(under);
    idempotencyContract(under);
    epochContract(under);
    readContract(under);
    followContract(under);
    positionsContract(under);
    snapshotsContract(under);
    modelContract(under);
  });
  trimmedContract(name, factory);
  damagedContract(name, factory);
}
