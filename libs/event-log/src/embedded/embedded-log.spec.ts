import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventLogContract, type EventLogHarness } from '../event-log.contract.js';
import { openEmbeddedLog } from './embedded-log.js';
import { fromRow, toRow } from './stored-rows.js';
import { openTables } from './tables.js';

async function embeddedHarness(): Promise<EventLogHarness> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-log-'));
  const open = () => openEmbeddedLog({ dataDir, mesh: 'demo' });
  return {
    open,
    damage: async (log, damage) => {
      await log.close();
      const { root, events, chunks } = openTables(dataDir);
      switch (damage.kind) {
        case 'remove event':
          await events.remove(damage.sequence);
          break;
        case 'alter event': {
          const stored = fromRow(damage.sequence, events.get(damage.sequence)!);
          const body = stored.body.replace('shop', 'shed');
          await events.put(damage.sequence, toRow({ ...stored, body }));
          break;
        }
        case 'tear snapshot': {
          const newest = [...chunks.getKeys()]
            .filter(([projection]) => projection === damage.projection)
            .at(-1);
          await chunks.remove(newest!);
        }
      }
      await root.close();
      return open();
    },
    cleanup: async () => rmSync(dataDir, { recursive: true }),
  };
}

eventLogContract('the embedded log', embeddedHarness);
