import type {
  InstantQueries,
  KnownRows,
  PrometheusFailure,
  VectorAnswer,
  VectorSample,
} from '@mcp/prometheus';
import { setImmediate as breathe } from 'node:timers/promises';

export interface FakeSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What `rate` gives of a counter; else as it stands. */
  readonly value: number;
  readonly ageSeconds?: number;
  readonly samplesIn5m?: number;
}

/**
 * A Prometheus that knows a table and the few forms of PromQL that we ask.
 *
 * Known lies: nothing changes with time, and every window, offset and look-back gives the same; `rate` is the value that the table has, and the raw
 * counter too; `or` adds up and `and` is its left side; an empty matcher of a regular expression is not refused; rows come in the order of the table.
 */
export class FakeInstantQueries implements InstantQueries {
  serverTimeMs = 1_787_000_000_000;
  series: readonly FakeSeries[] = [];
  warnings: readonly string[] = [];
  /** Why a query fails; undefined where it does not. */
  failing: (query: string) => PrometheusFailure | undefined = () => undefined;
  readonly asked: { readonly query: string; readonly timeMs: number }[] = [];
  mostAtOnce = 0;
  #atOnce = 0;

  async now(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const failure = this.failing('time()');
    if (failure !== undefined) throw failure;
    return this.serverTimeMs;
  }

  async instant<Meaning>(
    query: string,
    at: { readonly timeMs: number; readonly signal: AbortSignal },
    known: KnownRows<Meaning>,
    take: (meaning: Meaning, value: number) => void,
  ): Promise<VectorAnswer> {
    this.asked.push({ query, timeMs: at.timeMs });
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      await breathe();
      at.signal.throwIfAborted();
      const failure = this.failing(query);
      if (failure !== undefined) throw failure;
      const rows = this.#rows(query, at.timeMs);
      answer(rows, known, take);
      return { rows: rows.length, warnings: this.warnings };
    } finally {
      this.#atOnce -= 1;
    }
  }

  #rows(query: string, timeMs: number): readonly VectorSample[] {
    const form = /^(300 \/ )?(sum|max|min|count) by \(([^)]*)\) \((.*?)\)( - time\(\))?$/.exec(query);
    if (form === null) throw new Error(`not a form that is asked: ${query}`);
    const [, inverse, aggregation = '', by = '', inner = '', untilNow] = form;
    const selected = [...inner.matchAll(/([a-z_]*)\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\}/g)]
      .slice(0, inner.includes(' and ') ? 1 : undefined)
      .flatMap(([, name, matchers = '']) =>
        this.series.filter((series) => matches(series, name ?? '', matchers)),
      );

    const groups = new Map<string, { labels: Record<string, string>; values: number[] }>();
    for (const series of selected) {
      const labels = grouped(series.labels, by.split(', '));
      const key = JSON.stringify(labels);
      const group = groups.get(key) ?? { labels, values: [] };
      groups.set(key, group);
      group.values.push(valueOf(series, inner));
    }
    return [...groups.values()].map(({ labels, values }) => {
      const value = aggregated(aggregation, values);
      if (inverse !== undefined) return { labels, value: 300 / value };
      return { labels, value: untilNow === undefined ? value : value - timeMs / 1000 };
    });
  }
}

/** By way of bytes, as a server does: what is known from the last time is not read again. */
function answer<Meaning>(
  rows: readonly VectorSample[],
  known: KnownRows<Meaning>,
  take: (meaning: Meaning, value: number) => void,
): void {
  const reading = known.reading();
  for (const { labels, value } of rows) {
    const text = String(value).replace('Infinity', '+Inf').replace('-+', '-');
    const row = `{"metric":${JSON.stringify(labels)},"value":[1787000000,"${text}"]}`;
    if (!reading.addPlain(Buffer.from(row))) reading.add(labels, value);
  }
  known.know(reading);
  for (let index = 0; index < reading.length; index += 1) reading.give(index, take);
}

function valueOf({ value, ageSeconds = 0, samplesIn5m = 0 }: FakeSeries, inner: string): number {
  if (inner.startsWith('time() - timestamp(')) return ageSeconds;
  return inner.startsWith('count_over_time(') ? samplesIn5m : value;
}

function matches(series: FakeSeries, name: string, matchers: string): boolean {
  if (name !== '' && series.name !== name) return false;
  return [...matchers.matchAll(/([a-z0-9_]+)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")/g)].every(
    ([, label = '', operator = '', text = '""']) => {
      const value = series.labels[label] ?? '';
      const wanted = JSON.parse(text) as string;
      const fits = operator.endsWith('~') ? new RegExp(`^(?:${wanted})$`).test(value) : value === wanted;
      return fits !== operator.startsWith('!');
    },
  );
}

/** Prometheus leaves out labels that are empty. */
function grouped(labels: Readonly<Record<string, string>>, by: readonly string[]): Record<string, string> {
  return Object.fromEntries(by.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
}

function aggregated(aggregation: string, values: readonly number[]): number {
  switch (aggregation) {
    case 'count':
      return values.length;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    default:
      return values.reduce((sum, value) => sum + value, 0);
  }
}
