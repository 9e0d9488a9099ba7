import { describe, expect, it } from '@jest/globals';
import { Metrics, SoleLeader } from '@mcp/runtime';
import { type CollectorFigures, CollectorMetrics } from './collector.metrics.js';

describe('the metrics of a collector', () => {
  it('show one look at its objects on each page', async () => {
    const metrics = new Metrics({ ofProcess: false });
    let looks = 0;
    const collector = {
      waiting: 3,
      get figures(): CollectorFigures {
        looks += 1;
        return { known: 10 * looks, unreadable: looks, phases: new Map([['Pod', 'live']]) };
      },
    };
    new CollectorMetrics(metrics).observe(collector, new SoleLeader('test'));
    const pageOf = async () => (await metrics.page()).body.split('\n');
    const values = (page: readonly string[]) =>
      page.filter((line) => /^mcp_collector_(waiting|known_objects|unreadable_objects) /.test(line));
    const first = await pageOf();
    expect(values(first)).toEqual([
      'mcp_collector_waiting 3',
      'mcp_collector_known_objects 10',
      'mcp_collector_unreadable_objects 1',
    ]);
    expect(first.filter((line) => /^mcp_collector_kind_phase.* 1$/.test(line))).toEqual([
      'mcp_collector_kind_phase{kind="Pod",phase="live"} 1',
    ]);
    expect(values(await pageOf())).toEqual([
      'mcp_collector_waiting 3',
      'mcp_collector_known_objects 20',
      'mcp_collector_unreadable_objects 2',
    ]);
  });
});
