import type { WorkloadUsage } from '@mcp/events';
import type { WorkloadRef } from '@mcp/mesh';
import { type Caller, callerKey } from './caller.js';
import { dayNumber, LedgerRow } from './ledger-row.js';

/** How much of the day before its newest record the ledger can speak for. */
export interface Coverage {
  /** When the newest record was made; milliseconds since the epoch. */
  readonly until: number;
  /** Of the 24 hours before `until`, at least so many milliseconds were observed. */
  readonly observedMs: number;
  /** Calls of all remembered days whose callers are not in the ledger. */
  readonly dropped: number;
}

interface Day {
  readonly observedMs: number;
  readonly dropped: number;
  readonly recordedAt: number;
}

export type LedgerRecord =
  readonly ['day', WorkloadRef, number, Day] | readonly ['row', WorkloadRef, Caller, readonly number[]];

const dayMs = 24 * 3_600_000;

/** What the ledger has of one workload. */
export class LedgerWorkload {
  readonly #days = new Map<number, Day>();
  readonly #rows = new Map<string, LedgerRow>();

  constructor(readonly workload: WorkloadRef) {}

  get isEmpty(): boolean {
    return this.#days.size === 0;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** In the order of their keys. */
  rows(): readonly LedgerRow[] {
    return inOrder(this.#rows);
  }

  coverage(): Coverage {
    const newest = Math.max(...this.#days.keys());
    const today = this.#days.get(newest);
    const until = today?.recordedAt ?? 0;
    const sinceMidnight = Math.min(Math.max(0, until - newest * dayMs), dayMs);
    const observedToday = Math.min(today?.observedMs ?? 0, sinceMidnight);
    // of yesterday only the end counts, and what was not observed of it may all have been there
    const unobservedYesterday = dayMs - (this.#days.get(newest - 1)?.observedMs ?? 0);
    const observedYesterday = Math.max(0, dayMs - sinceMidnight - unobservedYesterday);
    const dropped = [...this.#days.values()].reduce((sum, day) => sum + day.dropped, 0);
    return { until, observedMs: observedToday + observedYesterday, dropped };
  }

  record({ day, observedMs, edges, dropped }: WorkloadUsage, recordedAt: number): void {
    const number = dayNumber(day);
    this.#days.set(number, { observedMs, dropped, recordedAt });
    const keys = new Set<string>();
    for (const edge of edges) {
      const key = callerKey(edge);
      keys.add(key);
      let row = this.#rows.get(key);
      if (row === undefined) this.#rows.set(key, (row = new LedgerRow(this.workload, edge)));
      row.set(number, edge);
    }
    this.#dropFrom(number, keys);
  }

  forget(day: string): void {
    const number = dayNumber(day);
    this.#days.delete(number);
    this.#dropFrom(number, new Set());
  }

  *records(): Generator<LedgerRecord> {
    const { workload } = this;
    for (const [number, day] of [...this.#days].sort(([a], [b]) => a - b))
      yield ['day', workload, number, day];
    for (const row of this.rows()) {
      const [caller, cells] = row.encoded();
      yield ['row', workload, caller, cells];
    }
  }

  /** In no order. They stay as they are when the ledger takes the next event. */
  *copied(): Generator<LedgerRecord> {
    const { workload } = this;
    for (const [number, day] of this.#days) yield ['day', workload, number, day];
    for (const row of this.#rows.values()) {
      const [caller, cells] = row.encoded();
      yield ['row', workload, caller, cells];
    }
  }

  restore(record: LedgerRecord): void {
    if (record[0] === 'day') this.#days.set(record[2], record[3]);
    else this.#rows.set(callerKey(record[2]), new LedgerRow(this.workload, record[2], record[3]));
  }

  #dropFrom(day: number, kept: ReadonlySet<string>): void {
    for (const [key, row] of this.#rows) {
      if (kept.has(key)) continue;
      row.drop(day);
      if (row.isEmpty) this.#rows.delete(key);
    }
  }
}

/** By the code units of the keys, which is the same everywhere. */
export function inOrder<T>(entries: Iterable<readonly [key: string, value: T]>): readonly T[] {
  return [...entries].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, value]) => value);
}
