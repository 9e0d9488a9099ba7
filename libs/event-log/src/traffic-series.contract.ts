import { describe } from '@jest/globals';
import { seriesDamagedContract } from './contract/series-damaged.contract.js';
import { seriesPollsContract } from './contract/series-polls.contract.js';
import { seriesRoutesContract } from './contract/series-routes.contract.js';
import { seriesRollUpContract } from './contract/series-roll-up.contract.js';
import { seriesUnderTest, type TrafficSeriesHarness } from './contract/series-under-test.contract.js';

export type { SeriesDamage, TrafficSeriesHarness } from './contract/series-under-test.contract.js';

/** What every series of traffic must do. The factory gives an empty series, stored on its own. */
export function trafficSeriesContract(name: string, factory: () => Promise<TrafficSeriesHarness>): void {
  describe(`${name} keeps the contract of a traffic series:`, () => {
    const under = seriesUnderTest(factory);
    seriesPollsContract(under);
    seriesRollUpContract(under);
    seriesDamagedContract(under);
    seriesRoutesContract(under);
  });
}
