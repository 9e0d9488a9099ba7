import type { Encoder, Family, HistogramFamily } from './family.js';
import { formatLabels } from './labels.js';
import { type Latency, shareWithin } from './latency.js';
import type { Registry, Series } from './registry.js';

/** What a family prints instead of its values, to be wrong: `NaN`, `-1`, `1e300`. */
export type Overwritten = ReadonlyMap<string, string>;

/** A page as a proxy serves it: its own encoder first, then that of prometheus-client, whose end is the end of the page. */
export function formatPage(registry: Registry, overwritten: Overwritten = new Map()): string {
  return [
    ...encoded(registry, 'legacy', overwritten),
    ...encoded(registry, 'client', overwritten),
    '# EOF\n',
  ].join('\n');
}

function* encoded(registry: Registry, encoder: Encoder, overwritten: Overwritten): Iterable<string> {
  for (const [family, series] of registry.families()) {
    if (family.encoder !== encoder) continue;
    yield `# HELP ${family.name} ${family.help}${encoder === 'client' ? '.' : ''}`;
    yield `# TYPE ${family.name} ${family.type}`;
    if (encoder === 'client' && family.name.endsWith('_seconds')) yield `# UNIT ${family.name} seconds`;
    for (const one of series) {
      for (const [name, labels, value] of samplesOf(family, one)) {
        yield `${name}${labels === '' ? '' : `{${labels}}`} ${overwritten.get(family.name) ?? value}`;
      }
    }
  }
}

type Sample = readonly [name: string, labels: string, value: string];

function samplesOf(family: Family, series: Series): readonly Sample[] {
  if (family.type === 'histogram') return histogram(family, series);
  const total = family.encoder === 'client' && family.type === 'counter' ? '_total' : '';
  return [[`${family.name}${total}`, formatLabels(series.labels), String(series.value)]];
}

function histogram(family: HistogramFamily, { labels, value: count, spreads }: Series): readonly Sample[] {
  const ofClient = family.encoder === 'client';
  const overSpreads = (ofOne: (latency: Latency, calls: number) => number): number =>
    [...spreads].reduce((sum, [latency, calls]) => sum + ofOne(latency, calls), 0);
  const bucket = (bound: number): Sample => {
    const le = bound === Infinity ? '+Inf' : ofClient ? asFloat(bound) : String(bound);
    const upTo = overSpreads((latency, calls) =>
      wholeCalls(shareWithin(latency, bound / family.perMs) * calls),
    );
    const all = ofClient ? { le, ...labels } : { ...labels, le };
    return [`${family.name}_bucket`, formatLabels(all), String(upTo)];
  };
  const sum = overSpreads((latency, calls) => latency.meanMs * family.perMs * calls);
  const text = formatLabels(labels);
  return [
    ...[...family.bounds, Infinity].map(bucket),
    [`${family.name}_count`, text, String(count)],
    [`${family.name}_sum`, text, ofClient ? asFloat(sum) : String(sum)],
  ];
}

/** What is 29 may be 28.999999999999996 in floating point. */
export const wholeCalls = (calls: number): number => Math.floor(calls + 1e-9);

const asFloat = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));
