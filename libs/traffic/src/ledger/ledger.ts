import type { AnyRecordedEvent } from '@mcp/events';
import { formatWorkloadRef, type WorkloadRef } from '@mcp/mesh';
import type { LedgerRow } from './ledger-row.js';
import { type Coverage, inOrder, type LedgerRecord, LedgerWorkload } from './ledger-workload.js';

/**
 * The edge ledger: every caller that a workload has had, by the identity that it proved or the class that it is of, with port, protocol and route, first
 * and last seen, and what was let in and denied on each day. A fold of usage events and nothing else, so that the last event of each day
 * is all it needs; it holds no clock. It goes back as far as usage is remembered, and lags behind by as much as usage is recorded late.
 */
export class Ledger {
  readonly #workloads = new Map<string, LedgerWorkload>();

  evolve(event: AnyRecordedEvent): void {
    if (event.type === 'UsageRecorded') {
      this.#workloadOf(event.data.workload).record(event.data, event.occurredAt);
    } else if (event.type === 'UsageForgotten') {
      const end = event.subject.lastIndexOf('/');
      const name = event.subject.slice(event.subject.indexOf('/') + 1, end);
      const known = this.#workloads.get(name);
      known?.forget(event.subject.slice(end + 1));
      if (known?.isEmpty === true) this.#workloads.delete(name);
    }
  }

  /** How many rows there are. */
  get size(): number {
    let size = 0;
    for (const workload of this.#workloads.values()) size += workload.size;
    return size;
  }

  /** Undefined for a workload of which nothing is remembered. */
  coverageOf(workload: WorkloadRef): Coverage | undefined {
    return this.#workloads.get(formatWorkloadRef(workload))?.coverage();
  }

  /** Who calls the workloads of this namespace. In a stable order, as are the others. */
  *rowsIn(namespace: string): Generator<LedgerRow> {
    const there = [...this.#workloads].filter(([, { workload }]) => workload.namespace === namespace);
    for (const known of inOrder(there)) yield* known.rows();
  }

  /** The ledger must not take an event before the last was taken. */
  *rows(): Generator<LedgerRow> {
    for (const known of inOrder(this.#workloads)) yield* known.rows();
  }

  /** What `restore` makes the same ledger of, but for other namespaces. Plain data that stays as it is; in no order. */
  copyOf(namespaces: ReadonlySet<string>): readonly LedgerRecord[] {
    return [...this.#workloads.values()].flatMap((known) =>
      namespaces.has(known.workload.namespace) ? [...known.copied()] : [],
    );
  }

  *records(): Generator<LedgerRecord> {
    for (const known of inOrder(this.#workloads)) yield* known.records();
  }

  restore(record: LedgerRecord): void {
    this.#workloadOf(record[1]).restore(record);
  }

  #workloadOf(workload: WorkloadRef): LedgerWorkload {
    const name = formatWorkloadRef(workload);
    let known = this.#workloads.get(name);
    if (known === undefined) this.#workloads.set(name, (known = new LedgerWorkload(workload)));
    return known;
  }
}
