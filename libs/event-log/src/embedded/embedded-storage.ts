import { LogUnavailable } from '../errors.js';
import type { Doorbell, EventStorage, LogState, Place } from '../event-storage.js';
import type { StoredEvent } from '../stored-event.js';
import { fromRow } from './stored-rows.js';
import type { Tables } from './tables.js';

const heartbeatMs = 5000;

/** Reads the tables of an embedded log, up to the newest event that is safe on the disk, and wakes its followers. */
export class EmbeddedStorage implements EventStorage {
  closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(private readonly tables: Tables) {}

  state(): LogState {
    if (this.closed) throw new LogUnavailable('read of a closed log');
    const meta = this.tables.meta.get('meta');
    if (meta === undefined) throw new LogUnavailable('read');
    const { log, head, trimmed } = meta;
    return { log, head, ...(trimmed !== undefined && { trimmed }) };
  }

  async look(first: number, last: number) {
    const state = this.state();
    return { state, events: await this.page(first, Math.min(last, state.head.sequence)) };
  }

  async page(first: number, last: number): Promise<StoredEvent[]> {
    if (this.closed) throw new LogUnavailable('read of a closed log');
    const events: StoredEvent[] = [];
    if (first > last) return events;
    for (const { key, value } of this.tables.events.getRange({ start: first, end: last, inclusiveEnd: true }))
      events.push(fromRow(key, value));
    return events;
  }

  async baselinePage(id: string, first: number, count: number): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    const range = { start: [id, first] as [string, number], end: [id, first + count] as [string, number] };
    for (const { value } of this.tables.baselines.getRange(range)) {
      const space = value.indexOf(' ');
      events.push(fromRow(Number(value.slice(0, space)), value.slice(space + 1)));
    }
    return events;
  }

  /** There may be more to read. */
  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  close(): void {
    this.closed = true;
    this.wake();
  }

  doorbell(): Doorbell {
    return {
      wait: async (sequence, signal) => {
        const head: Place = this.state().head;
        if (head.sequence > sequence || signal.aborted) return;
        await new Promise<void>((resolve) => {
          const wake = () => {
            this.#waiting.delete(wake);
            clearTimeout(timer);
            signal.removeEventListener('abort', wake);
            resolve();
          };
          const timer = setTimeout(wake, heartbeatMs);
          this.#waiting.add(wake);
          signal.addEventListener('abort', wake);
        });
      },
      close: () => undefined,
    };
  }
}
