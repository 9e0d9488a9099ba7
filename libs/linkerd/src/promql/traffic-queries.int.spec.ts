import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultMatchers, oneOf, type QueryTerms } from './expression.js';
import { trafficQueries } from './traffic-queries.js';

const terms: QueryTerms = { matchers: defaultMatchers, windowMs: 60_000, latencyWindowMs: 120_000 };
const inAShard = { ...terms, matchers: `${oneOf('namespace', ['shop', 'a.b"c\\d'])},${terms.matchers}` };

/** Prometheus's own parser, by promtool. Its answer, or its complaint. */
function parsed(queries: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-promql-'));
  const rules = queries.map((expr, i) => ({ record: `query_${i}`, expr }));
  const file = join(folder, 'rules.json');
  try {
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'traffic', rules }] }));
    return execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return String((error as { readonly stderr?: unknown }).stderr ?? error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it('Prometheus can read every query, whole and in pieces', () => {
  const queries: readonly { readonly text: (terms: QueryTerms) => string }[] = Object.values(
    trafficQueries,
  ).flatMap((part): readonly { readonly text: (terms: QueryTerms) => string }[] => part.queries);
  expect(parsed(queries.flatMap(({ text }) => [text(terms), text(inAShard)]))).toContain(
    `SUCCESS: ${queries.length * 2} rules found`,
  );
});

it('and says what it cannot read', () => {
  expect(parsed(['sum by (a) rate(x{job="y"}[60s])'])).toContain('parse error');
});
