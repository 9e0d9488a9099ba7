import type { Family, HistogramFamily, ValueFamily } from './family.js';
import { formatLabels, type Labels } from './labels.js';
import type { Latency } from './latency.js';
import { covers, type Release } from './release.js';

export interface Series {
  readonly labels: Labels;
  /** Of a histogram, how many were observed. */
  value: number;
  /** Of a histogram, how many were observed of each spread. */
  readonly spreads: Map<Latency, number>;
  /** When it last counted something. */
  touchedAt: number;
}

/** What one proxy process has counted. A series is there from its first event on; equal label sets are one series. */
export class Registry {
  readonly #families = new Map<Family, Map<string, Series>>();

  constructor(readonly release: Release) {}

  /** 0 makes the series be there. A family that this release lacks takes nothing. */
  add(family: ValueFamily, labels: Labels, n: number, at: number): void {
    const series = this.#series(family, labels, at);
    if (series !== undefined) series.value += n;
  }

  observe(family: HistogramFamily, labels: Labels, n: number, latency: Latency, at: number): void {
    const series = this.#series(family, labels, at);
    if (series === undefined) return;
    series.value += n;
    series.spreads.set(latency, (series.spreads.get(latency) ?? 0) + n);
  }

  set(family: ValueFamily, labels: Labels, value: number, at: number): void {
    const series = this.#series(family, labels, at);
    if (series !== undefined) series.value = value;
  }

  /** In the order of their first events. */
  *families(): Iterable<readonly [Family, Iterable<Series>]> {
    for (const [family, series] of this.#families) yield [family, series.values()];
  }

  /**
   * Drops the series, of the families that expire, which counted nothing since then; those of a transport with an open connection stay.
   * They come back from 0 with their next event.
   */
  expire(untouchedSince: number): void {
    const open = this.#openTransports();
    for (const [family, all] of this.#families) {
      if (family.expires === undefined) continue;
      for (const [key, { touchedAt, labels }] of all) {
        if (touchedAt < untouchedSince && !open.has(transportOf(labels))) all.delete(key);
      }
      if (all.size === 0) this.#families.delete(family);
    }
  }

  #openTransports(): Set<string> {
    const open = new Set<string>();
    for (const [family, all] of this.#families) {
      if (family.name !== 'tcp_open_connections') continue;
      for (const { labels, value } of all.values()) if (value > 0) open.add(transportOf(labels));
    }
    return open;
  }

  #series(family: Family, labels: Labels, at: number): Series | undefined {
    if (!covers(family, this.release)) return undefined;
    const all = this.#families.get(family) ?? new Map<string, Series>();
    this.#families.set(family, all);
    const key = formatLabels(labels);
    const series = all.get(key) ?? { labels, value: 0, spreads: new Map<Latency, number>(), touchedAt: at };
    series.touchedAt = at;
    all.set(key, series);
    return series;
  }
}

/** Empty for what is no transport. */
function transportOf({ errno: _errno, ...labels }: Labels): string {
  return labels['peer'] === undefined ? '' : formatLabels(labels);
}
