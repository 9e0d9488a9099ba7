import { randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import type { LogPosition, RecordedEvent, Subject } from '@mcp/events';
import { baselineChunks } from '../baseline.js';
import {
  isEventLogError,
  LogCorrupt,
  LogInUse,
  LogUnavailable,
  OutcomeUnknown,
  PositionTrimmed,
} from '../errors.js';
import type {
  Append,
  Appended,
  Durability,
  Epoch,
  EventLog,
  LogSize,
  ReadOptions,
  SnapshotStore,
} from '../event-log.js';
import { positionOf } from '../event-storage.js';
import { followEvents } from '../follow.js';
import { comparePositions, keptSince, oldestPosition, positionAt } from '../places.js';
import { prepareAppend } from '../prepared-append.js';
import { placeOf, readEvents, readStoredEvents } from '../read.js';
import { ManifestedSnapshots } from '../snapshots.js';
import type { StoredEvent } from '../stored-event.js';
import { checkEpoch, recordAppend } from './embedded-append.js';
import { embeddedSnapshots } from './embedded-snapshots.js';
import { EmbeddedStorage } from './embedded-storage.js';
import { leaveOwnership, takeOwnership } from './ownership.js';
import { toRow } from './stored-rows.js';
import { openTables, type Tables } from './tables.js';

export interface EmbeddedLogOptions {
  /** Folder of this log; made if absent. */
  readonly dataDir: string;
  readonly mesh: string;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/**
 * An event log in a folder, for one process. Every acknowledged append is on the disk.
 *
 * Fails with `LogInUse` when another process has it open or the folder holds a log of another mesh.
 */
export async function openEmbeddedLog({
  dataDir,
  mesh,
  clock = Date.now,
}: EmbeddedLogOptions): Promise<EventLog> {
  mkdirSync(dataDir, { recursive: true });
  const path = realpathSync(dataDir);
  const tables = openTables(path);
  try {
    takeOwnership(tables, path);
  } catch (error) {
    await tables.root.close();
    throw error;
  }
  const found = tables.meta.get('meta');
  if (found !== undefined && found.mesh !== mesh) {
    leaveOwnership(tables, path);
    await tables.root.close();
    throw new LogInUse(`the folder ${path} holds the log of mesh ${found.mesh}, not of ${mesh} (LOG_IN_USE)`);
  }
  if (found === undefined) {
    const head = { sequence: 0, digest: '', recordedAt: 0 };
    await tables.meta.put('meta', { log: randomUUID(), mesh, head, snapshot: 0 });
  }
  return new EmbeddedLog(tables, path, mesh, clock);
}

class EmbeddedLog implements EventLog {
  readonly snapshots: SnapshotStore;
  readonly #storage: EmbeddedStorage;
  readonly #log: string;

  constructor(
    private readonly tables: Tables,
    private readonly path: string,
    readonly mesh: string,
    private readonly clock: () => number,
  ) {
    this.#storage = new EmbeddedStorage(tables);
    this.#log = this.#storage.state().log;
    this.snapshots = new ManifestedSnapshots(embeddedSnapshots(tables), this.#storage);
  }

  async identity(): Promise<string> {
    return this.#log;
  }

  async head(): Promise<LogPosition> {
    return positionOf(this.#log, this.#storage.state().head);
  }

  async append(append: Append): Promise<Appended> {
    const prepared = prepareAppend(append);
    const recorded = await this.#write('append', () => recordAppend(this.tables, prepared, this.clock()));
    this.#storage.wake();
    return { ...recorded, durability: 'synced' };
  }

  read(from: LogPosition, options?: ReadOptions): AsyncIterable<readonly RecordedEvent[]> {
    return readEvents(this.#storage, from, options);
  }

  readStored(from: LogPosition, options?: ReadOptions): AsyncIterable<readonly StoredEvent[]> {
    return readStoredEvents(this.#storage, from, options);
  }

  follow(from: LogPosition, signal: AbortSignal): AsyncIterable<readonly RecordedEvent[]> {
    return followEvents(this.#storage, from, signal);
  }

  compare(a: LogPosition, b: LogPosition): -1 | 0 | 1 {
    return comparePositions(this.#log, a, b);
  }

  oldest(): Promise<LogPosition> {
    return oldestPosition(this.#storage);
  }

  keptSince(): Promise<number | undefined> {
    return keptSince(this.#storage);
  }

  positionAt(recordedAt: number): Promise<LogPosition> {
    return positionAt(this.#storage, recordedAt);
  }

  async versionOf(subject: Subject): Promise<number> {
    return this.tables.versions.get(subject) ?? 0;
  }

  claim(role: string, holder: string): Promise<Epoch> {
    const { epochs } = this.tables;
    return this.#write('claim', () => {
      const epoch = { holder, number: (epochs.get(role)?.number ?? 0) + 1 };
      void epochs.put(role, epoch);
      return { role, ...epoch };
    });
  }

  async durability(): Promise<Durability> {
    return 'synced';
  }

  async trim(
    below: LogPosition,
    baseline: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
    epoch?: Epoch,
  ): Promise<void> {
    const { meta, events, baselines } = this.tables;
    const { state, events: looked } = await this.#storage.look(below.sequence, below.sequence);
    const place = placeOf(below, state, looked);
    const [eventAtBelow] = looked;
    if (place.sequence === 0 || place.sequence === state.trimmed?.sequence) return;
    if (eventAtBelow === undefined) throw new LogCorrupt(`event ${below.sequence} is missing`);

    const id = randomUUID();
    let index = 0;
    for await (const chunk of baselineChunks(below, eventAtBelow, baseline)) {
      await this.#write('trim', () => {
        for (const event of chunk) void baselines.put([id, index++], `${event.sequence} ${toRow(event)}`);
      });
    }
    await this.#write('trim', () => {
      checkEpoch(this.tables, epoch);
      const row = meta.get('meta');
      if (row === undefined) throw new Error('the log has no state');
      if (row.trimmed !== undefined && row.trimmed.sequence > place.sequence)
        throw new PositionTrimmed(below, row.trimmed.sequence);
      const { sequence, digest, recordedAt } = place;
      void meta.put('meta', {
        ...row,
        trimmed: { sequence, digest, recordedAt, baseline: { id, events: index } },
      });
    });
    await this.#removeAll(events, { end: place.sequence + 1 });
    // every other baseline: the one before, and any that a crash left half written
    await this.#removeAll(baselines, { end: [id] });
    await this.#removeAll(baselines, { start: [id, Infinity] });
  }

  async size(): Promise<LogSize> {
    const { head, trimmed } = this.#storage.state();
    const trimmedTo = trimmed?.sequence ?? 0;
    return {
      events: head.sequence - trimmedTo + (trimmed?.baseline.events ?? 0),
      trimmedTo,
      bytes: bytesOf(this.tables.events),
    };
  }

  async close(): Promise<void> {
    if (this.#storage.closed) return;
    this.#storage.close();
    await this.tables.root.committed;
    leaveOwnership(this.tables, this.path);
    await this.tables.root.close();
  }

  async #write<T>(attempted: string, action: () => T): Promise<T> {
    if (this.#storage.closed) throw new LogUnavailable(`${attempted} on a closed log`);
    try {
      return await this.tables.root.transaction(action);
    } catch (error) {
      if (isEventLogError(error) || error instanceof TypeError) throw error;
      throw new OutcomeUnknown(error);
    }
  }

  /** In small transactions, so that appends come in between. */
  async #removeAll(table: Tables['events'] | Tables['baselines'], range: object): Promise<void> {
    for (;;) {
      const keys = [...(table as Tables['events']).getKeys({ ...range, limit: 2000 })];
      if (keys.length === 0) return;
      await this.tables.root.transaction(() => {
        for (const key of keys) void (table as Tables['events']).remove(key);
      });
    }
  }
}

/** Of the pages that a table has; the file has free ones besides, and never shrinks. */
function bytesOf(events: Tables['events']): number {
  const stats = events.getStats() as Record<'pageSize' | 'treeLeafPageCount' | 'overflowPages', number>;
  return (stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
}
