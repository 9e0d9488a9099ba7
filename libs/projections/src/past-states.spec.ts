import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { openEmbeddedLog } from '@mcp/event-log';
import { pastStatesContract } from './past-states.contract.js';

describe('the past of a projection, on an embedded log,', () => {
  pastStatesContract(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'past-states-'));
    const log = await openEmbeddedLog({ dataDir, mesh: 'test' });
    const close = async () => {
      await log.close();
      rmSync(dataDir, { recursive: true });
    };
    return { log, close };
  });
});
