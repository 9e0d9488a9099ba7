import type { CounterSeen } from '@mcp/sources';
import type { CountedProxy } from './counted-proxy.js';
import {
  type CounterDifference,
  type CounterPoll,
  defaultDifferenceLimits,
  differenceOf,
  type DifferenceLimits,
  nameOf,
  type NotCompared,
  readTogether,
} from './counter-difference.js';

interface KnownProxy {
  startedAt: number | undefined;
  sampledAt: number;
  comparedAt: number;
  /** Every counter that it had when it was last compared is in `series`: another one was 0 then. */
  complete: boolean;
  /** Of these that does not hold: they could not be read since it was first seen. By `readTogether`. */
  unread: ReadonlySet<string>;
  readonly series: Map<string, number>;
}

/** One line of a checkpoint. The names of series stand once, and proxies refer to them by their number. */
export type DifferenceRecord =
  | readonly ['polled', number]
  | readonly ['series', string]
  | readonly [
      'proxy',
      string,
      Omit<KnownProxy, 'series' | 'startedAt' | 'unread'> & {
        readonly startedAt?: number;
        readonly unread?: readonly string[];
      },
      readonly number[],
    ];

/**
 * What proxies counted since they were last compared, counter by counter. Exact, or not at all: what is not known is left out and
 * counted, nothing is counted twice, and nothing is ever negative.
 *
 * The epoch of a proxy's counters is the time when its process began. A counter of a proxy that was compared before is compared with its
 * last value; one that fell, or is of a new process, began anew and counts whole; one that was not there began at 0. Of a proxy
 * that was never compared, all counts where its process is younger than the last poll, and nothing otherwise. It makes no difference
 * how long a proxy was not seen, or some of its counters were not read, as long as it is the same process.
 *
 * Counters of a proxy that is scraped more than once are left alone until it is scraped once. Half of the sum would be wrong just after
 * a restart, when one scrape is of the old process and one of the new, and where only one of the jobs keeps the series. What was counted
 * meanwhile is in the next difference.
 */
export class CounterDifferences {
  readonly notCompared: NotCompared = { unknownBefore: 0, duplicated: 0, behind: 0, invalid: 0, tooMany: 0 };
  readonly #proxies = new Map<string, KnownProxy>();
  #polledAt: number | undefined;
  #series = 0;
  /** While a checkpoint is taken in: the names of series, by their number. */
  #names: string[] = [];

  constructor(private readonly limits: DifferenceLimits = defaultDifferenceLimits) {}

  /** Series that are remembered. */
  get size(): number {
    return this.#series;
  }

  /** Time of the last poll. */
  get polledAt(): number | undefined {
    return this.#polledAt;
  }

  /** Proxy by proxy, so that the caller can pause in between; to be taken to its end. A poll that is not newer than the last gives nothing. */
  *compare(poll: CounterPoll): Generator<readonly CounterDifference[]> {
    if (this.#polledAt !== undefined && poll.at <= this.#polledAt) return;
    this.#names = [];
    for (const proxy of poll.proxies) {
      const differences = this.#compareProxy(proxy, poll);
      if (differences.length > 0) yield differences;
    }
    this.#polledAt = poll.at;
    for (const [pod, { comparedAt, series }] of this.#proxies) {
      if (poll.at - comparedAt <= this.limits.retentionMs) continue;
      this.#proxies.delete(pod);
      this.#series -= series.size;
    }
  }

  *records(): Generator<DifferenceRecord> {
    if (this.#polledAt !== undefined) yield ['polled', this.#polledAt];
    const numbers = new Map<string, number>();
    for (const [pod, { series, startedAt, unread, ...rest }] of this.#proxies) {
      const values: number[] = [];
      for (const [name, value] of series) {
        let number = numbers.get(name);
        if (number === undefined) {
          numbers.set(name, (number = numbers.size));
          yield ['series', name];
        }
        values.push(number, value);
      }
      const more = {
        ...(startedAt !== undefined && { startedAt }),
        ...(unread.size > 0 && { unread: [...unread] }),
      };
      yield ['proxy', pod, { ...rest, ...more }, values];
    }
  }

  /** Takes the records of another, in order, before the first poll. */
  restore(record: DifferenceRecord): void {
    switch (record[0]) {
      case 'polled':
        this.#polledAt = record[1];
        return;
      case 'series':
        this.#names.push(record[1]);
        return;
      case 'proxy': {
        const [, pod, { startedAt, unread = [], ...rest }, values] = record;
        const series = new Map<string, number>();
        for (let index = 0; index < values.length; index += 2)
          series.set(this.#names[values[index] ?? 0] ?? '', values[index + 1] ?? 0);
        this.#proxies.set(pod, { ...rest, startedAt, unread: new Set(unread), series });
        this.#series += series.size;
        return;
      }
    }
  }

  #compareProxy(proxy: CountedProxy, { at, whole, unread = [] }: CounterPoll): CounterDifference[] {
    const { startedAt, counters } = proxy;
    if (!proxy.up) return [];
    if (proxy.scrapes > 1) {
      this.notCompared.duplicated += counters.length;
      return [];
    }
    const sampledAt = at - (proxy.sampleAgeMs ?? 0);
    const known = this.#proxies.get(proxy.pod);
    if (known !== undefined && (sampledAt < known.sampledAt || isOlder(startedAt, known.startedAt))) {
      this.notCompared.behind += counters.length;
      return [];
    }
    const began =
      known === undefined ? isOlder(this.#polledAt, startedAt) : isOlder(known.startedAt, startedAt);
    const entry = known ?? newProxy(startedAt, at);
    if (began) {
      this.#series -= entry.series.size;
      entry.series.clear();
      entry.complete = true;
      entry.unread = nothing;
    }
    const wasZero = (row: CounterSeen): boolean => entry.complete && !entry.unread.has(readTogether(row));
    this.#proxies.set(proxy.pod, entry);
    const differences: CounterDifference[] = [];
    let kept = true;
    for (const row of counters) {
      const name = nameOf(row);
      const before = entry.series.get(name) ?? (wasZero(row) ? 0 : undefined);
      if (!this.#remember(entry, name, row.value)) {
        kept = false;
        continue;
      }
      if (before === undefined) this.notCompared.unknownBefore += 1;
      const count = before === undefined ? 0 : row.value < before ? row.value : row.value - before;
      if (count > 0) differences.push(differenceOf(proxy.workload, row, count));
    }
    const unreadNow = unread.map(readTogether);
    if (!entry.complete) entry.unread = new Set(unreadNow);
    else if (whole && entry.unread.size > 0)
      entry.unread = new Set(unreadNow.filter((name) => entry.unread.has(name)));
    entry.complete = kept && (entry.complete || whole);
    entry.startedAt = began ? startedAt : (entry.startedAt ?? startedAt);
    entry.sampledAt = sampledAt;
    entry.comparedAt = at;
    return differences;
  }

  #remember(proxy: KnownProxy, name: string, value: number): boolean {
    if (!Number.isFinite(value) || value < 0) {
      this.notCompared.invalid += 1;
      return false;
    }
    if (!proxy.series.has(name)) {
      if (this.#series >= this.limits.mostSeries) {
        this.notCompared.tooMany += 1;
        return false;
      }
      this.#series += 1;
    }
    proxy.series.set(name, value);
    return true;
  }
}

const nothing: ReadonlySet<string> = new Set();

function newProxy(startedAt: number | undefined, at: number): KnownProxy {
  return { startedAt, sampledAt: at, comparedAt: at, complete: false, unread: nothing, series: new Map() };
}

/** By more than the roundings of a time that is told in seconds. */
function isOlder(time: number | undefined, other: number | undefined): boolean {
  return time !== undefined && other !== undefined && other - time > 1_000;
}
