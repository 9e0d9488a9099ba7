import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { referenceOf, type ServedMetric, servedMetrics } from '../operations/served-metrics.js';
import { AppsOnSimulation } from './apps-on-simulation.js';
import { appNames } from './three-apps.js';

const referencePath = 'docs/reference/metrics.md';

let system: AppsOnSimulation;
const pages = new Map<string, string>();
const served: ServedMetric[] = [];

beforeAll(async () => {
  system = await AppsOnSimulation.open();
  for (const name of appNames) {
    const page = await system.apps[name].metrics();
    pages.set(name, page);
    served.push(...servedMetrics(name, page));
  }
}, 120_000);

afterAll(() => system.close());

/** What promtool says of a page: nothing where it is as it should be. */
function lintOf(page: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('promtool', ['check', 'metrics'], (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
    child.stdin?.end(page);
  });
}

describe('the metrics of the three apps', () => {
  it.each(appNames)('are as Prometheus wants them, of the %s', async (name) => {
    const own = (pages.get(name) ?? '').split('\n').filter((line) => /^(# (HELP|TYPE) )?mcp_/.test(line));
    expect(own.length).toBeGreaterThan(5);
    expect(await lintOf(`${own.join('\n')}\n`)).toBe('');
  });

  it('have at least one series each from the start', () => {
    expect(served.filter(({ labels }) => labels === undefined)).toEqual([]);
  });

  it('are those of the reference, and no others', () => {
    const reference = referenceOf(served);
    if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(referencePath, reference);
    expect(readFileSync(referencePath, 'utf8')).toBe(reference);
  });

  it.each(['alert-rules.yaml', 'dashboard.json'])('have all that %s asks for', (file) => {
    const text = readFileSync(`helm/linkerd-mcp/files/${file}`, 'utf8');
    const asked = new Set([...text.matchAll(/\bmcp_[a-z_]+/g)].map(([name]) => name));
    const known = new Set(
      served.flatMap(({ name, type }) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_count`] : [name],
      ),
    );
    expect(asked.size).toBeGreaterThan(10);
    expect([...asked].filter((name) => !known.has(name))).toEqual([]);
  });
});
