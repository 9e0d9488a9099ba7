import type { LogPosition, NewEvent, RecordedEvent, Subject } from '@mcp/events';
import type { StoredEvent } from './stored-event.js';

/**
 * All events of one mesh, in one total order.
 *
 * Guarantees: an append is recorded whole or not at all; an event that was acknowledged is delivered to every reader, once
 * and in order; sequences have no gap. How an acknowledged event survives a crash of the store is what `durability` says.
 * Failures are the classes of `errors.ts`.
 */
export interface EventLog {
  readonly mesh: string;

  /** Names this log and no other. Fails with `LogUnavailable`. */
  identity(): Promise<string>;

  /** The place after the newest event. */
  head(): Promise<LogPosition>;

  /** The oldest place after which the log has every event: its start, or where it was trimmed. */
  oldest(): Promise<LogPosition>;

  /**
   * The time at `oldest` (milliseconds since the epoch): the log has every event that was recorded later. Of a log that was never
   * trimmed that of its first event; undefined where it has none.
   */
  keptSince(): Promise<number | undefined>;

  /**
   * Records all events or none, in order.
   *
   * Fails with `VersionConflict` when a subject is not at its expected version: read again and decide again.
   * Fails with `DeposedWriter` when the epoch is not the newest of its role, or not of this holder.
   * Fails with `KeyReused` when the idempotency key was used with another body.
   * Fails with `EventTooLarge` before anything is sent.
   * Fails with `OutcomeUnknown` when the events may or may not be recorded: repeat with the same key or the same
   * expected versions, never with new ones.
   */
  append(append: Append): Promise<Appended>;

  /**
   * Every event after `from`, oldest first, in batches, up to the head at the time of the call or to `until`.
   * From the start means from the baseline, where the log has been trimmed.
   *
   * Fails with `PositionOfAnotherLog`, `PositionLost` (the log lost its tail and this position with it) or
   * `PositionTrimmed` (older than the log keeps, and not the start).
   * Fails with `UnknownEvent` or `MalformedEvent` at an event that this software cannot read: no reader may go on without it.
   */
  read(from: LogPosition, options?: ReadOptions): AsyncIterable<readonly RecordedEvent[]>;

  /** As `read`, of each event what the store keeps: in the version of its type that it was written in, and those that `read` fails at too. */
  readStored(from: LogPosition, options?: ReadOptions): AsyncIterable<readonly StoredEvent[]>;

  /**
   * As `read`, and then each new event as it comes, until the signal aborts; an abort ends it without error.
   * Survives a lost connection; on every reconnect it reads the last event it gave once more and fails with
   * `PositionLost` if that is no longer the one it gave. Within a baseline it goes on where it was, or fails with `PositionTrimmed`
   * where a later trim has replaced that baseline.
   * An empty batch says: nothing new now, contact is good. One is given when the end is first reached, and at least
   * every 10 s.
   */
  follow(from: LogPosition, signal: AbortSignal): AsyncIterable<readonly RecordedEvent[]>;

  /** -1, 0 or 1. Fails with `PositionOfAnotherLog`: positions of two logs have no order. */
  compare(a: LogPosition, b: LogPosition): -1 | 0 | 1;

  /** The place after the last event recorded at or before this time (milliseconds since the epoch). */
  positionAt(recordedAt: number): Promise<LogPosition>;

  /** The subject's version; 0 where it does not exist, or was ended by a tombstone. */
  versionOf(subject: Subject): Promise<number>;

  /** Raises the epoch of a role and gives it to this holder. From then on the appends of the former holder are refused. */
  claim(role: string, holder: string): Promise<Epoch>;

  /** What an acknowledged append survives, as the store really gives it now. */
  durability(): Promise<Durability>;

  readonly snapshots: SnapshotStore;

  /**
   * Writes a baseline and then drops every event up to `below`. A reader from the start gets the baseline's events, in their
   * recorded form and order, then the rest of the log. The baseline is durable before anything is dropped. The event at `below`
   * itself is always kept, as the baseline's last, so that a reader of the baseline stands at exactly `below`.
   *
   * Fails with `PositionTrimmed` when the log is already trimmed beyond it.
   * Fails with `DeposedWriter` when the epoch, where one is given, is not the newest of its role, or not of this holder.
   * Fails with `LogUnavailable` or `OutcomeUnknown` when contact is lost on the way: the log is whole, trimmed or not.
   */
  trim(
    below: LogPosition,
    baseline: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
    epoch?: Epoch,
  ): Promise<void>;

  size(): Promise<LogSize>;

  close(): Promise<void>;
}

/** How much the log holds now. */
export interface LogSize {
  /** Those of the baseline included. */
  readonly events: number;
  /** The sequence up to which a baseline stands for the events; 0 where the log was never trimmed. */
  readonly trimmedTo: number;
  /** What the events after the baseline take where they lie, about. */
  readonly bytes: number;
}

export interface Append {
  readonly writes: readonly Write[];
  /** For desired and outcome events: makes a repeated append one. Kept at least 24 h. */
  readonly idempotency?: IdempotencyKey;
  /** Who is allowed to write this, where one process leads. */
  readonly epoch?: Epoch;
}

/**
 * One event about one subject. Several writes of one append may be about the same subject, in order; then each
 * expects the version that the one before it leaves.
 */
export interface Write {
  readonly subject: Subject;
  /** The version the subject is at. 0: it must not exist. `any`: whatever it is. */
  readonly expectedVersion: number | 'any';
  readonly event: NewEvent;
  /** The subject ends with this event: its version is dropped. */
  readonly tombstone?: boolean;
}

/** `bodyHash` covers what was asked; the same key with another hash is refused. */
export interface IdempotencyKey {
  readonly scope: string;
  readonly key: string;
  readonly bodyHash: string;
}

export interface Appended {
  /** The place after the last event of this append. */
  readonly position: LogPosition;
  /** The version each event has in its subject, in the order of the writes. */
  readonly versions: readonly number[];
  /** This append had been recorded before, under the same idempotency key; `first` names its events. */
  readonly duplicate: boolean;
  readonly eventIds: readonly string[];
  readonly correlation?: string;
  readonly durability: Durability;
}

export interface Epoch {
  readonly role: string;
  readonly holder: string;
  readonly number: number;
}

/**
 * `synced`: flushed to disk before it was acknowledged. `buffered`: a crash of the machine may lose the last second.
 * `memory`: a restart loses it. `unknown`: the store will not tell.
 */
export type Durability = 'synced' | 'buffered' | 'memory' | 'unknown';

export interface ReadOptions {
  /** Events per batch, at most. Default 1,000. */
  readonly batchSize?: number;
  readonly until?: LogPosition;
  readonly signal?: AbortSignal;
  /**
   * How closely the chained digest is checked: on the edges of each page (default), which finds whatever the ways of a store can
   * do to a log, or on every event, which also finds one that was altered in place and costs about as much as decoding it.
   */
  readonly verify?: 'pages' | 'every-event';
}

/**
 * Disposable copies of a projection's state: losing one costs a replay. Chunked; the manifest is written last and carries
 * checksums, so that a torn snapshot is not seen.
 */
export interface SnapshotStore {
  /**
   * `version` is the projection's own: a snapshot of another version is not loaded.
   *
   * Keeps the newest two, and older ones as checkpoints of the past: at most twelve in all, without those whose neighbours are no
   * more than `every` events apart, and those from which the log cannot be read on any more. Those of older versions go once
   * there are two of this one.
   */
  save(snapshot: {
    readonly projection: string;
    readonly version: number;
    readonly position: LogPosition;
    readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
    readonly every: number;
  }): Promise<void>;

  /**
   * The newest whole snapshot at or before `atMost` (default: the newest), or undefined. One that is torn, of another version, or
   * of a tail that the log has lost is passed over.
   */
  load(
    projection: string,
    version: number,
    atMost?: LogPosition,
  ): Promise<{ readonly position: LogPosition; readonly chunks: readonly Uint8Array[] } | undefined>;
}

/** The largest event that a log takes, as JSON in UTF-8. */
export const maxEventBytes = 1024 * 1024;
