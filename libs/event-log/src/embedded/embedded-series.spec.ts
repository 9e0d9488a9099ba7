import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { trafficSeriesContract } from '../traffic-series.contract.js';
import { openEmbeddedSeries } from './embedded-series.js';

trafficSeriesContract('the embedded series', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-series-'));
  return {
    open: async (retention) => openEmbeddedSeries({ dataDir, ...(retention && { retention }) }),
    damage: async (series, damage) => {
      await series.close();
      const root = open({ path: join(dataDir, 'traffic'), maxDbs: 3 });
      const pages = root.openDB<Buffer, [string, number, number]>('pages', { encoding: 'binary' });
      if (damage.kind === 'lose puts') await root.openDB('puts', {}).clearAsync();
      else {
        const key: [string, number, number] = [damage.resolution, damage.shard, damage.at];
        const page = Buffer.from(pages.get(key)!);
        if (damage.kind === 'lose page') await pages.remove(key);
        else {
          page[page.length >> 1]! ^= 0x10;
          await pages.put(key, page);
        }
      }
      await root.close();
      return openEmbeddedSeries({ dataDir });
    },
    cleanup: async () => rmSync(dataDir, { recursive: true }),
  };
});
