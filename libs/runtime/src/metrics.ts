import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The metrics of one process. Names are `mcp_<app>_<noun>_<unit|total>`; every label value comes from a closed set, and
 * every series exists from the start.
 */
export class Metrics {
  readonly #registry = new Registry();

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
    const counter = new Counter({ name, help, labelNames: [label], registers: [this.#registry] });
    for (const value of values) counter.inc({ [label]: value }, 0);
    return (value, by = 1) => counter.inc({ [label]: value }, by);
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
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        for (const [value, number] of read()) this.set({ [label]: value }, number);
      },
    });
  }

  /** A histogram of seconds with one label. */
  histogram(
    name: string,
    help: string,
    label: string,
    buckets: readonly number[],
  ): (value: string, seconds: number) => void {
    const histogram = new Histogram({
      name,
      help,
      labelNames: [label],
      buckets: [...buckets],
      registers: [this.#registry],
    });
    return (value, seconds) => histogram.observe({ [label]: value }, seconds);
  }

  /** The page, in Prometheus' text format. */
  async page(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
