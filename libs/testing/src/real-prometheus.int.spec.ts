import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RealPrometheus } from './real-prometheus.js';
import { ScrapedPage } from './scraped-page.js';

const page = (value: number) => `apples_total ${value}\n`;
let target: ScrapedPage;
let prometheus: RealPrometheus | undefined;

beforeEach(async () => {
  target = await ScrapedPage.start(page(3));
});

afterEach(async () => {
  await prometheus?.stop();
  await target.stop();
});

const jobs = () => [{ name: 'fruit', targets: [{ address: target.address, labels: { pod: 'tree' } }] }];

async function valuesOf(query: string): Promise<readonly string[]> {
  const answer = await fetch(`${prometheus!.url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result.map(({ value }) => value[1]);
}

describe('a real Prometheus', () => {
  it('scrapes its targets under their job and labels, until they fail', async () => {
    prometheus = await RealPrometheus.start({ jobs: jobs() });
    await prometheus.until('apples_total{job="fruit",pod="tree"} == 3');
    target.text = undefined;
    await prometheus.until('up == 0');
    expect(await valuesOf('apples_total')).toEqual([]);
  });

  it('relabels as it is told, and scrapes other targets when told', async () => {
    const relabelings = [{ target_label: 'namespace', replacement: 'orchard' }];
    const metricRelabelings = [{ source_labels: ['__name__'], regex: 'apples_total', action: 'drop' }];
    prometheus = await RealPrometheus.start({ jobs: jobs().map((job) => ({ ...job, relabelings })) });
    await prometheus.until('apples_total{namespace="orchard"}');
    await prometheus.setJobs(jobs().map((job) => ({ ...job, metricRelabelings })));
    await prometheus.until('absent(up{namespace="orchard"}) and on () up{namespace=""}');
    expect(await valuesOf('count(apples_total) or up')).toEqual(['1']);
  });

  it.each([
    ['kept', ['3']],
    ['lost', []],
  ] as const)('has its history when it was killed and restarted with history %s', async (history, seen) => {
    prometheus = await RealPrometheus.start({ jobs: jobs() });
    await prometheus.until('apples_total');
    // else a scrape after the restart might answer for the history
    target.text = 'pears_total 1\n';
    await prometheus.until('pears_total');
    await prometheus.kill();
    await expect(fetch(prometheus.url)).rejects.toThrow('fetch failed');
    await prometheus.restart({ history });
    expect(await valuesOf('max_over_time(apples_total[5m])')).toEqual(seen);
  });

  it('says what it said last when it does not start', async () => {
    await expect(RealPrometheus.start({ jobs: jobs(), flags: { 'no.such.flag': '1' } })).rejects.toThrow(
      'unknown long flag',
    );
  });

  it('says what to run where there is none on this machine', async () => {
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    try {
      await expect(RealPrometheus.start({ jobs: [] })).rejects.toThrow(
        'Run `tools/test-set-up.sh --install`',
      );
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});
