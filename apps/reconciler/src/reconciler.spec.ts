import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '@mcp/event-log';
import { reconcilerContract } from './reconciler.contract.js';

reconcilerContract('the embedded log', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-reconciler-'));
  return {
    log: await openEmbeddedLog({ dataDir, mesh: 'demo' }),
    cleanup: async () => rmSync(dataDir, { recursive: true }),
  };
});
