import { randomUUID } from 'node:crypto';
import {
  baselineChunks,
  comparePositions,
  DeposedWriter,
  followEvents,
  keptSince,
  LogCorrupt,
  LogUnavailable,
  ManifestedSnapshots,
  oldestPosition,
  placeOf,
  positionAt,
  positionOf,
  PositionTrimmed,
  prepareAppend,
  readEvents,
  readStoredEvents,
  type Append,
  type Appended,
  type Durability,
  type Epoch,
  type EventLog,
  type LogSize,
  type ReadOptions,
  type SnapshotStore,
  type StoredEvent,
} from '@mcp/event-log';
import type { LogPosition, RecordedEvent, Subject } from '@mcp/events';
import { epochFields, sendAppend } from './append.js';
import { Commands } from './commands.js';
import { DurabilityCheck } from './durability.js';
import { baselineFields } from './entries.js';
import { healthOf, type RedisHealth } from './health.js';
import { meshKeys, type MeshKeys } from './keys.js';
import type { RedisPlace } from './place.js';
import { redisSnapshots } from './redis-snapshots.js';
import { RedisStorage } from './redis-storage.js';
import { isNotAboveTop } from './refusals.js';

export type RedisLogOptions = RedisPlace & MeshLogOptions;

interface MeshLogOptions {
  readonly mesh: string;
  /** Replicas that must have an append before it is acknowledged: every one that may be promoted. Default 0. */
  readonly minReplicas?: number;
  readonly connectTimeoutMs?: number;
}

/** A baseline that is not finished within this time goes away by itself. */
const unfinishedTtlMs = 24 * 60 * 60 * 1000;
/** A trim drops this many events at a time, so that the server answers others in between. */
const dropAtOnce = 10_000;

/** The event log of a mesh on a Redis server. Begins one where there is none. Fails with `LogUnavailable`. */
export async function connectRedisLog(options: RedisLogOptions): Promise<RedisEventLog> {
  const keys = meshKeys(options.mesh);
  const commands = new Commands(options, keys, 'mcp-log', options.connectTimeoutMs);
  try {
    const log = await commands.ask('open the log', (redis) => redis.mcpBegin([keys.meta, randomUUID()]));
    return new RedisEventLog(options, commands, keys, log);
  } catch (error) {
    commands.close();
    throw error;
  }
}

/** An event log as one Redis Stream with entry ids `<sequence>-0`, written only by the script of `scripts.ts`. */
export class RedisEventLog implements EventLog {
  readonly mesh: string;
  readonly snapshots: SnapshotStore;
  readonly #storage: RedisStorage;
  readonly #durability = new DurabilityCheck();
  readonly #minReplicas: number;

  /** Through `connectRedisLog`. */
  constructor(
    options: RedisLogOptions,
    private readonly commands: Commands,
    private readonly keys: MeshKeys,
    private readonly log: string,
  ) {
    this.mesh = options.mesh;
    this.#minReplicas = options.minReplicas ?? 0;
    this.#storage = new RedisStorage(commands, keys, options);
    this.snapshots = new ManifestedSnapshots(redisSnapshots(commands, keys), this.#storage);
  }

  async identity(): Promise<string> {
    return this.log;
  }

  async head(): Promise<LogPosition> {
    const { log, head } = await this.#storage.state();
    return positionOf(log, head);
  }

  async append(append: Append): Promise<Appended> {
    const { commands, keys, log } = this;
    const to = { commands, keys, log, durability: this.#durability, minReplicas: this.#minReplicas };
    return sendAppend(to, prepareAppend(append));
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
    return comparePositions(this.log, a, b);
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
    return Number(await this.commands.ask('read', (redis) => redis.hget(this.keys.versions, subject)));
  }

  async claim(role: string, holder: string): Promise<Epoch> {
    const args = [this.keys.epochs, role, holder];
    return {
      role,
      holder,
      number: await this.commands.ask(`claim ${role}`, (redis) => redis.mcpClaim(args)),
    };
  }

  durability(): Promise<Durability> {
    return this.commands.ask('read the settings of the server', (redis) => this.#durability.of(redis));
  }

  /** Whether the server is one that a log can be kept on, and if not why. Fails with `LogUnavailable`. */
  health(): Promise<RedisHealth> {
    return this.commands.ask('read the state of the server', (redis) => healthOf(redis, this.#minReplicas));
  }

  async trim(
    below: LogPosition,
    baseline: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
    epoch?: Epoch,
  ): Promise<void> {
    const { state, events } = await this.#storage.look(below.sequence, below.sequence);
    const place = placeOf(below, state, events);
    if (place.sequence === 0 || place.sequence === state.trimmed?.sequence) return;
    const [eventAtBelow] = events;
    if (eventAtBelow === undefined) throw new LogCorrupt(`event ${below.sequence} is missing`);

    const id = randomUUID();
    const key = this.keys.baseline(id);
    let written = 0;
    for await (const chunk of baselineChunks(below, eventAtBelow, baseline)) {
      const first = written + 1;
      written += chunk.length;
      await this.commands.ask('trim', async (redis) => {
        const transaction = redis.multi();
        for (const [index, event] of chunk.entries())
          transaction.xadd(key, `${first + index}-0`, ...baselineFields(event));
        checkTaken(await transaction.pexpire(key, unfinishedTtlMs).exec());
      });
    }
    const { sequence, digest, recordedAt } = place;
    const args = [
      this.keys.meta,
      key,
      this.keys.epochs,
      state.log,
      sequence,
      digest,
      recordedAt,
      id,
      written,
    ];
    args.push(...epochFields(epoch));
    const [outcome, detail] = await this.commands.ask('trim', (redis) => redis.mcpTrim(args));
    if (outcome === 'DEPOSED') throw new DeposedWriter(epoch?.role ?? '', epoch?.holder ?? '');
    if (outcome === 'TRIMMED') throw new PositionTrimmed(below, Number(detail));
    if (outcome === 'TORN')
      throw new LogUnavailable(
        'trim',
        new Error(`the server has ${detail} events of the baseline's ${written}`),
      );
    if (outcome !== 'DONE') throw this.#replacedBy(detail);
    await this.#dropUpTo(sequence);
  }

  async size(): Promise<LogSize> {
    const { trimmed } = await this.#storage.state();
    const { log } = this.keys;
    return this.commands.ask('read the size of the log', async (redis) => ({
      events: (await redis.xlen(log)) + (trimmed?.baseline.events ?? 0),
      trimmedTo: trimmed?.sequence ?? 0,
      bytes: (await redis.memory('USAGE', log)) ?? 0,
    }));
  }

  async close(): Promise<void> {
    this.#storage.closed = true;
    this.commands.close();
  }

  async #dropUpTo(sequence: number): Promise<void> {
    const args = [this.keys.log, this.keys.meta, this.log, sequence, dropAtOnce];
    for (let dropped = 1; dropped > 0;) {
      const [outcome, detail] = await this.commands.ask('trim', (redis) => redis.mcpDrop(args));
      if (outcome === 'UNTRIMMED')
        throw new LogUnavailable(
          'trim',
          new Error('the server does not have the trim that was acknowledged'),
        );
      if (outcome !== 'DONE') throw this.#replacedBy(detail);
      dropped = Number(detail);
    }
  }

  #replacedBy(log: string): LogCorrupt {
    return new LogCorrupt(`the server has log ${log || 'none'} where ${this.log} was`);
  }
}

/** Fails with `LogUnavailable` unless every entry of a chunk is there. */
function checkTaken(results: readonly (readonly [Error | null, unknown])[] | null): void {
  if (results === null) throw new LogUnavailable('trim');
  for (const [error] of results) {
    // an entry that is there already, from a sending whose reply was lost
    if (error === null || isNotAboveTop(error)) continue;
    throw new LogUnavailable('trim', error);
  }
}
