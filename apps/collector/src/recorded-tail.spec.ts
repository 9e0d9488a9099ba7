import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, LogUnavailable, PositionLost } from '@mcp/event-log';
import type { LogPosition, RecordedEvent } from '@mcp/events';
import { RecordedTail } from './recorded-tail.js';

const place = (sequence: number, digest = 'a'): LogPosition => ({
  log: 'l',
  sequence,
  digest: `${digest}${sequence}`.padEnd(64, '0'),
});

/** A log that tells its follower what the test has it tell, and in which no place but `has` can be read. */
class ToldLog implements Pick<EventLog, 'follow' | 'read'> {
  readonly #told: (readonly RecordedEvent[] | Error)[] = [];
  readonly followedFrom: number[] = [];
  has: readonly LogPosition[] = [];

  tell(...batch: readonly LogPosition[]): void {
    this.#told.push(batch.map((position) => ({ position }) as RecordedEvent));
  }

  fail(error: Error): void {
    this.#told.push(error);
  }

  get isTold(): boolean {
    return this.#told.length === 0;
  }

  async *follow(from: LogPosition, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[]> {
    this.followedFrom.push(from.sequence);
    while (!signal.aborted) {
      const [next] = this.#told;
      if (next instanceof Error) {
        this.#told.shift();
        throw next;
      }
      if (next !== undefined) yield next;
      // what was yielded is taken in when the next is asked for
      if (next !== undefined) this.#told.shift();
      else await sleep(1);
    }
  }

  async *read(from: LogPosition): AsyncGenerator<readonly RecordedEvent[]> {
    if (!this.has.some(({ digest }) => digest === from.digest)) throw new PositionLost(from);
    yield [];
  }
}

describe('the tail of what was recorded', () => {
  let log: ToldLog;
  let tail: RecordedTail;
  let stop: AbortController;
  let watching: Promise<void>;

  beforeEach(() => {
    log = new ToldLog();
    tail = new RecordedTail(log, place(1));
    stop = new AbortController();
    watching = tail.watch(stop.signal);
    watching.catch(() => undefined);
  });
  afterEach(async () => {
    stop.abort();
    await watching.catch(() => undefined);
  });

  const told = async (): Promise<void> => {
    while (!log.isTold) await sleep(1);
  };

  it('is lost where the log has another event in the place', async () => {
    tail.relyOn(place(3));
    log.tell(place(2), place(3, 'b'));
    await expect(watching).rejects.toMatchObject({ code: 'POSITION_LOST', position: place(3) });
  });

  it('is lost where that was passed before the place was told of', async () => {
    log.tell(place(2), place(3, 'b'));
    await told();
    tail.relyOn(place(3));
    log.tell();
    await expect(watching).rejects.toMatchObject({ code: 'POSITION_LOST', position: place(3) });
  });

  it('is lost where the log ends before it, and not while it may be on its way', async () => {
    tail.relyOn(place(3));
    log.tell(place(2));
    await told();
    log.has = [place(3)];
    log.tell();
    await told();
    log.has = [];
    log.tell();
    await expect(watching).rejects.toMatchObject({ code: 'POSITION_LOST', position: place(3) });
  });

  it('is there where the log has it, however short the digest that was told, and is not asked for again', async () => {
    tail.relyOn({ ...place(2), digest: place(2).digest.slice(0, 16) });
    log.tell(place(2), place(3));
    await told();
    tail.relyOn(place(3));
    log.tell();
    log.tell();
    await told();
    stop.abort();
    await expect(watching).resolves.toBeUndefined();
  });

  it('is watched on from where it was when the log can be asked again', async () => {
    log.tell(place(2));
    log.fail(new LogUnavailable('follow'));
    tail.relyOn(place(3));
    log.tell(place(3, 'b'));
    await expect(watching).rejects.toMatchObject({ code: 'POSITION_LOST' });
    expect(log.followedFrom).toEqual([1, 2]);
  });
});
