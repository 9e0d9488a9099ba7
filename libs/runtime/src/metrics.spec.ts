import { describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.js';

async function linesOf(metrics: Metrics): Promise<readonly string[]> {
  const { body } = await metrics.page();
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the metrics of a process', () => {
  it('have every series of a counter from the start', async () => {
    const metrics = new Metrics({ ofProcess: false });
    const count = metrics.counterOf('mcp_test_total', 'Tests.', [
      { outcome: 'done', code: '' },
      { outcome: 'refused', code: 'LATE' },
    ]);
    count({ outcome: 'refused', code: 'LATE' }, 3);
    expect(await linesOf(metrics)).toEqual([
      'mcp_test_total{outcome="done",code=""} 0',
      'mcp_test_total{outcome="refused",code="LATE"} 3',
    ]);
  });

  it('count without labels', async () => {
    const metrics = new Metrics({ ofProcess: false });
    const count = metrics.counterOf('mcp_test_total', 'Tests.', [{}]);
    expect(await linesOf(metrics)).toEqual(['mcp_test_total 0']);
    count({});
    expect(await linesOf(metrics)).toEqual(['mcp_test_total 1']);
  });

  it('look once for each page at what several gauges show', async () => {
    const metrics = new Metrics({ ofProcess: false });
    let looks = 0;
    const seen = metrics.oncePerPage(() => (looks += 1));
    metrics.gauge('mcp_test_first', 'Looks.', () => seen());
    metrics.gauge('mcp_test_second', 'Looks.', () => seen());
    expect(await linesOf(metrics)).toEqual(['mcp_test_first 1', 'mcp_test_second 1']);
    expect(await linesOf(metrics)).toEqual(['mcp_test_first 2', 'mcp_test_second 2']);
  });

  it('have every series of a histogram from the start', async () => {
    const metrics = new Metrics({ ofProcess: false });
    const took = metrics.histogramOf('mcp_test_seconds', 'Time.', [{ rpc: 'a' }, { rpc: 'b' }], [1]);
    took({ rpc: 'b' }, 0.5);
    expect(await linesOf(metrics)).toEqual([
      'mcp_test_seconds_bucket{le="1",rpc="a"} 0',
      'mcp_test_seconds_bucket{le="+Inf",rpc="a"} 0',
      'mcp_test_seconds_sum{rpc="a"} 0',
      'mcp_test_seconds_count{rpc="a"} 0',
      'mcp_test_seconds_bucket{le="1",rpc="b"} 1',
      'mcp_test_seconds_bucket{le="+Inf",rpc="b"} 1',
      'mcp_test_seconds_sum{rpc="b"} 0.5',
      'mcp_test_seconds_count{rpc="b"} 1',
    ]);
  });
});
