import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/**
 * The metrics of one process. Names are `mcp_<app>_<noun>_<unit|total>`; every label value comes from a closed set, and
 * every series exists from the start.
 */
export class Metrics {
  readonly #registry = new Registry();
  #pages = 0;

  constructor(options: { readonly ofProcess: boolean }) {
    if (options.ofProcess) collectDefaultMetrics({ register: this.#registry });
  }

  /** A counter with one label, at zero for each of its values. */
  counter<Value extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly Value[],
  ): (value: Value, by?: number) => void {
    const count = this.counterOf(
      name,
      help,
      values.map((value) => ({ [label]: value })),
    );
    return (value, by) => count({ [label]: value }, by);
  }

  /** A counter of these series, all at zero: each has the same labels, or none. */
  counterOf<Series extends Labels>(
    name: string,
    help: string,
    series: readonly Series[],
  ): (of: Series, by?: number) => void {
    const labelNames = Object.keys(series[0] ?? {});
    const counter = new Counter({ name, help, labelNames, registers: [this.#registry] });
    for (const labels of series) counter.inc(labels, 0);
    return (of, by = 1) => counter.inc(of, by);
  }

  /** A gauge that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read());
      },
    });
  }

  /** A gauge with one label; `read` gives the value of each. */
  gaugeBy<Value extends string>(
    name: string,
    help: string,
    label: string,
    read: () => Iterable<readonly [Value, number]>,
  ): void {
    this.gaugeOf(name, help, [label], function* () {
      for (const [value, number] of read()) yield [{ [label]: value }, number];
    });
  }

  /** A gauge with these labels; `read` gives all its series. */
  gaugeOf(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Iterable<readonly [Labels, number]>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        for (const [labels, number] of read()) this.set(labels, number);
      },
    });
  }

  /** What `look` answers, asked once for each page however many gauges show parts of it. */
  oncePerPage<T>(look: () => T): () => T {
    let last: { readonly page: number; readonly seen: T } | undefined;
    return () => {
      if (last?.page !== this.#pages) last = { page: this.#pages, seen: look() };
      return last.seen;
    };
  }

  /** A histogram of seconds, of these series: each has the same labels, or none. */
  histogramOf<Series extends Labels>(
    name: string,
    help: string,
    series: readonly Series[],
    buckets: readonly number[],
  ): (of: Series, seconds: number) => void {
    const labelNames = Object.keys(series[0] ?? {});
    const registers = [this.#registry];
    const histogram = new Histogram({ name, help, labelNames, buckets: [...buckets], registers });
    for (const labels of series) histogram.zero(labels);
    return (of, seconds) => histogram.observe(of, seconds);
  }

  /** The page, in Prometheus' text format. */
  async page(): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#pages += 1;
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
