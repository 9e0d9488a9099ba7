import {
  isAborted,
  LogCorrupt,
  LogUnavailable,
  type Doorbell,
  type EventStorage,
  type LogState,
  type StoredEvent,
} from '@mcp/event-log';
import type { Commands } from './commands.js';
import { Connection } from './connection.js';
import { baselineEventOf, eventOf, type Entry } from './entries.js';
import type { MeshKeys } from './keys.js';
import type { RedisPlace } from './place.js';

const blockMs = 5000;
/** A blocked read that is this much late comes over a dead connection. */
const graceMs = 2000;

/** Reads one mesh's stream. The shared connection carries the reading; followers have one of their own each, to be woken on. */
export class RedisStorage implements EventStorage {
  closed = false;

  constructor(
    private readonly commands: Commands,
    private readonly keys: MeshKeys,
    private readonly place: RedisPlace,
  ) {}

  async state(): Promise<LogState> {
    return (await this.look(0, 0)).state;
  }

  async look(first: number, last: number) {
    const { log, meta } = this.keys;
    const replies = await this.commands.ask('read', (redis) =>
      redis.multi().hgetall(meta).call('XINFO', 'STREAM', log).xrange(log, first, last).exec(),
    );
    if (replies === null) throw new LogUnavailable('read');
    const [[stateError, fields] = [], [, info] = [], [rangeError, entries] = []] = replies;
    if (stateError ?? rangeError) throw new LogUnavailable('read', stateError ?? rangeError);
    const state = stateOf(fields as Record<string, string>);
    checkTop(info, state);
    return { state, events: (entries as Entry[]).map(eventOf) };
  }

  async page(first: number, last: number): Promise<StoredEvent[]> {
    // without `-0`, so that an entry that someone put between two events is seen
    const entries = await this.commands.ask('read', (redis) => redis.xrange(this.keys.log, first, last));
    return entries.map(eventOf);
  }

  async baselinePage(id: string, first: number, count: number): Promise<StoredEvent[]> {
    const key = this.keys.baseline(id);
    const entries = await this.commands.ask('read', (redis) => redis.xrange(key, first + 1, first + count));
    return entries.map(baselineEventOf);
  }

  doorbell(): Doorbell {
    const connection = new Connection({ place: this.place, key: this.keys.meta, name: 'mcp-follower' });
    return {
      wait: async (sequence, signal) => {
        const end = () => connection.close();
        signal.addEventListener('abort', end);
        try {
          if (signal.aborted || this.closed) return;
          await connection.within(blockMs + graceMs, (redis) =>
            redis.xread('COUNT', 1, 'BLOCK', blockMs, 'STREAMS', this.keys.log, sequence),
          );
        } catch (error) {
          if (!isAborted(signal)) throw new LogUnavailable('follow', error);
        } finally {
          signal.removeEventListener('abort', end);
        }
      },
      close: () => connection.close(),
    };
  }
}

function stateOf(fields: Record<string, string>): LogState {
  const { log, sequence, digest, recordedAt, trimmed, trimmedDigest, trimmedAt, baseline, baselineEvents } =
    fields;
  if (log === undefined || digest === undefined) throw new LogCorrupt('the log is gone from the server');
  const head = { sequence: Number(sequence), digest, recordedAt: Number(recordedAt) };
  if (trimmed === undefined || trimmedDigest === undefined || baseline === undefined) return { log, head };
  return {
    log,
    head,
    trimmed: {
      sequence: Number(trimmed),
      digest: trimmedDigest,
      recordedAt: Number(trimmedAt),
      baseline: { id: baseline, events: Number(baselineEvents) },
    },
  };
}

/** The top of the stream is what the log last wrote; anything else was put there by someone else. */
function checkTop(info: unknown, { head }: LogState): void {
  const top = Array.isArray(info) ? String(info[info.indexOf('last-generated-id') + 1]) : '0-0';
  if (top !== `${head.sequence}-0`)
    throw new LogCorrupt(`the stream ends with ${top} and the log with ${head.sequence}-0`);
}
