import { expect, it } from '@jest/globals';
import { trafficParts } from '@mcp/sources';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultMatchers, type QueryTerms } from './expression.js';
import { trafficQueries } from './traffic-queries.js';

const folder = new URL('../../../../docs/reference/', import.meta.url);
const file = fileURLToPath(new URL('promql.md', folder));

const terms: QueryTerms = { matchers: defaultMatchers, windowMs: 60_000, latencyWindowMs: 120_000 };

interface Described {
  readonly id: string;
  readonly gives: string;
  readonly cost: string;
  readonly detail?: true;
  readonly text: (terms: QueryTerms) => string;
}

const queriesOf = (part: keyof typeof trafficQueries): readonly Described[] => trafficQueries[part].queries;
const allQueries = trafficParts.flatMap(queriesOf);

function page(): string {
  const section = ({ id, gives, cost, detail, text }: Described) =>
    [
      `### ${id}`,
      gives,
      `Cost: ${cost}`,
      ...(detail ? ['A detail: without it the part is still there.'] : []),
      '```promql\n' + text(terms) + '\n```',
    ].join('\n\n') + '\n';
  return [
    '# What Prometheus is asked\n',
    'These queries make a reading of traffic; a message about one names it as it is named here. All of one reading are asked at one time. Windows are written for proxies that are scraped every 15 seconds or more often. Times are those of Prometheus 2.42 on two cores, with 100 client pods and 60 endpoints of 20 workloads: 385,000 series, scraped every 15 seconds. There requests-finished had 3,720 rows (1.4 MB), and latency-buckets has 26 for each pair of client pod and destination.\n',
    '<!-- Generated from libs/linkerd/src/promql: GOLDEN_UPDATE=1 npm run unit -- libs/linkerd/src/promql -->\n',
    ...trafficParts.flatMap((part) => [`## ${part}\n`, ...queriesOf(part).map(section)]),
  ].join('\n');
}

it('every query is in the reference, as it is asked', () => {
  if (process.env['GOLDEN_UPDATE'] === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, page());
  }
  expect(readFileSync(file, 'utf8')).toBe(page());
});

it('no two queries have one name', () => {
  const ids = allQueries.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
});

it('every query selects only what it is told to', () => {
  for (const { id, text } of allQueries) {
    const asked = text({ ...terms, matchers: 'job="x"' });
    expect([id, asked.split('{').length]).toEqual([id, asked.split('job="x"}').length]);
  }
});

it('every row names its proxy by what was scraped, never by a label that a pod can carry', () => {
  const ofProxies = allQueries.filter(({ id }) => id !== 'scrape-interval');
  for (const { id, text } of ofProxies) {
    const grouped = /by \(([^)]*)\)/.exec(text(terms))?.[1]?.split(', ') ?? [];
    expect([id, grouped.slice(0, 3)]).toEqual([id, ['namespace', 'pod', 'instance']]);
    expect(
      grouped.filter((name) => /^(deployment|statefulset|daemonset|workload_ns|app)$/.test(name)),
    ).toEqual([]);
  }
});

it('counters are read as they stand', () => {
  for (const { id, text } of queriesOf('counters'))
    expect([id, /rate\(|increase\(|\[/.test(text(terms))]).toEqual([id, false]);
});

it('traffic of the admin port and of an application to its own proxy is not asked for', () => {
  for (const part of ['requests', 'latency', 'connections', 'inbound', 'counters'] as const)
    for (const { text } of queriesOf(part))
      expect(text(terms)).toMatch(/target_port!="4191"|parent_kind="EgressNetwork"/);
  for (const { text } of queriesOf('connections')) expect(text(terms)).toContain('peer="dst"');
});

it('every label that a row turns on is watched for being displaced', () => {
  const watch =
    queriesOf('proxies')
      .find(({ id }) => id === 'displaced-labels')
      ?.text(terms) ?? '';
  for (const part of ['requests', 'latency', 'connections', 'inbound', 'counters', 'routes'] as const)
    for (const { text } of queriesOf(part)) {
      const asked = text(terms);
      const grouped = /by \(([^)]*)\)/.exec(asked)?.[1]?.split(', ').slice(3) ?? [];
      const matched = [...asked.matchAll(/([a-z0-9_]+)(?:=~|!~|!=|=)"/g)]
        .map(([, name]) => name)
        .filter((name) => name !== 'job');
      for (const name of [...grouped, ...matched]) expect(watch).toContain(`{exported_${name}!="",`);
    }
});
