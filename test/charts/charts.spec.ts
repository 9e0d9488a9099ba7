import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { services, valuesSchemaOf } from './values-schema.js';
import { valuesTable } from './values-table.js';

const charts = [...services, 'linkerd-mcp'] as const;
const read = (...path: readonly string[]): string => readFileSync(join('helm', ...path), 'utf8');
const version = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;

interface ChartFile {
  readonly description: string;
  readonly version: string;
  readonly appVersion?: string;
  readonly dependencies?: readonly { readonly name: string; readonly version: string }[];
}
const chartFile = (chart: string): ChartFile => parse(read(chart, 'Chart.yaml')) as ChartFile;

function readmeOf(chart: (typeof charts)[number]): string {
  const { description } = chartFile(chart);
  return [
    '<!-- Generated from Chart.yaml and values.yaml: GOLDEN_UPDATE=1 npm run unit -- test/charts -->',
    '',
    `# ${chart}`,
    '',
    description,
    '',
    '[docs/install.md](../../docs/install.md) says how to install, upgrade and remove it.',
    '',
    '## Values',
    '',
    valuesTable(read(chart, 'values.yaml')),
    '',
  ].join('\n');
}

/** With GOLDEN_UPDATE=1 the file is written; without, it must be there. */
function golden(path: string, text: string): string {
  if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(path, text);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

describe.each(charts)('the chart %s', (chart) => {
  it('takes the values that its schema has', () => {
    const text = `${JSON.stringify(valuesSchemaOf(chart), undefined, 2)}\n`;
    expect(golden(join('helm', chart, 'values.schema.json'), text)).toBe(text);
  });

  it('has a README with all of its values', () => {
    const text = readmeOf(chart);
    expect(golden(join('helm', chart, 'README.md'), text)).toBe(text);
  });

  it('has a default for each value that it takes, and takes each default', () => {
    const defaults = parse(read(chart, 'values.yaml')) as Record<string, unknown>;
    const schema = valuesSchemaOf(chart) as { properties: Record<string, unknown> };
    expect(Object.keys(defaults).sort()).toEqual(
      Object.keys(schema.properties)
        .filter((value) => value !== 'parts')
        .sort(),
    );
    const validate = new Ajv({ strict: false }).compile(schema);
    expect({ taken: validate(defaults), errors: validate.errors }).toEqual({ taken: true, errors: null });
  });

  it('is of the version of the product, and so is what it consists of', () => {
    const { appVersion, dependencies = [], ...file } = chartFile(chart);
    expect([file.version, appVersion, chartFile('parts').version]).toEqual([version, version, version]);
    expect(dependencies.map((each) => each.version)).toEqual(dependencies.map(() => version));
  });

  it('has what it consists of beside it, so that no repository is asked', () => {
    const { dependencies = [] } = chartFile(chart);
    const found = dependencies.map(({ name }) =>
      existsSync(join('helm', chart, 'charts', name, 'Chart.yaml')),
    );
    expect(found).toEqual(dependencies.map(() => true));
  });
});

it('what the charts must agree on has the same defaults in all of them', () => {
  const global = (chart: string): unknown =>
    (parse(read(chart, 'values.yaml')) as { global: unknown }).global;
  const alone = global('collector') as { redis: object };
  expect(services.map(global)).toEqual(services.map(() => alone));
  expect(global('linkerd-mcp')).toEqual({ ...alone, redis: { ...alone.redis, install: true } });
});
