import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectorTopic, EmbeddedRequestBoard, type EventLog, openEmbeddedLog } from '@mcp/event-log';
import type { RecordedEvent, SourceIdentity } from '@mcp/events';
import type { ServiceAccountState } from '@mcp/mesh';
import { silentLogger, SoleLeader } from '@mcp/runtime';
import type { ClusterObserver, ClusterSource, ObservedObject } from '@mcp/sources';
import { Collector } from './collector.js';
import { Retention } from './retention.js';

/** A source that says what the test tells it to. */
class ToldSource implements ClusterSource {
  scope: readonly string[] | 'all' = 'all';
  constructor(
    private readonly tell: (observer: ClusterObserver) => void,
    private readonly id: SourceIdentity = { source: 'kubernetes', id: 'cluster-1' },
  ) {}

  async identity(): Promise<SourceIdentity> {
    return this.id;
  }

  async run(observer: ClusterObserver, signal: AbortSignal): Promise<void> {
    this.tell(observer);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

const account = (name: string, uid: string): ObservedObject => {
  const state: ServiceAccountState = { namespace: 'shop', name, uid, createdAt: 1 };
  return {
    kind: 'ServiceAccount',
    key: { kind: 'ServiceAccount', namespace: 'shop', name },
    resourceVersion: '1',
    state,
  };
};

let log: EventLog;
let board: EmbeddedRequestBoard;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collector-'));
  log = await openEmbeddedLog({ dataDir: folder, mesh: 'test' });
  board = new EmbeddedRequestBoard();
});
afterEach(async () => {
  await board.close();
  await log.close();
  await rm(folder, { recursive: true });
});

async function everything(): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
    events.push(...batch);
  return events;
}

/** Runs a collector until the log has had this many events, or says nothing more for a moment. */
async function collect(source: ClusterSource, keepEvents = 1_000_000): Promise<void> {
  const stop = new AbortController();
  const metrics = { observed: () => undefined, recorded: () => undefined, appendFailed: () => undefined };
  const collector = new Collector(
    log,
    board,
    source,
    new SoleLeader('test'),
    new Retention(log, keepEvents, silentLogger),
    { now: Date.now, newId: randomUUID, hash: (text) => `h${text.length}` },
    { logger: silentLogger, metrics },
  );
  const running = collector.run(stop.signal);
  let before = -1;
  for (;;) {
    const { sequence } = await log.head();
    if (sequence === before && (collector.health().reason === 'recording' || sequence === 0)) break;
    before = sequence;
    await Promise.race([sleep(100), running]);
  }
  stop.abort();
  await running;
}

const types = async (): Promise<string[]> =>
  (await everything()).map(({ type, subject }) => `${type} ${subject}`);

describe('the collector', () => {
  it('begins a log with whose mesh it is and what is looked at', async () => {
    await collect(new ToldSource(() => undefined));
    expect(await types()).toEqual(['SourceIdentified source', 'ScopeDeclared scope']);
  });

  it('appends only the difference after it was away, what was deleted meanwhile included', async () => {
    await collect(
      new ToldSource((to) => to.listed('ServiceAccount', [account('web', 'u1'), account('api', 'u2')])),
    );
    const before = (await types()).length;
    await collect(
      new ToldSource((to) => to.listed('ServiceAccount', [account('web', 'u1'), account('db', 'u3')])),
    );
    expect((await types()).slice(before)).toEqual([
      'ServiceAccountDeleted ServiceAccount/shop/api/u2',
      'ServiceAccountObserved ServiceAccount/shop/db/u3',
    ]);
  });

  it('records nothing when nothing has happened', async () => {
    const same = new ToldSource((to) => to.listed('ServiceAccount', [account('web', 'u1')]));
    await collect(same);
    const before = await types();
    await collect(same);
    expect(await types()).toEqual(before);
  });

  it('says that what it followed is stale when it stops', async () => {
    await collect(
      new ToldSource((to) => {
        to.listed('ServiceAccount', []);
        to.phaseChanged('ServiceAccount', 'live', '');
      }),
    );
    expect((await everything()).at(-1)?.data).toEqual({
      kind: 'ServiceAccount',
      phase: 'stale',
      reason: 'the collector has stopped',
    });
  });

  it('answers that it is at work while it is, and not afterwards', async () => {
    const ask = () => board.ask({ topic: collectorTopic, id: randomUUID(), body: null, timeoutMs: 1000 });
    const answers: unknown[] = [];
    await collect(
      new ToldSource((to) => {
        to.listed('ServiceAccount', [account('web', 'u1')]);
        void sleep(20)
          .then(ask)
          .then((answer) => answers.push(answer));
      }),
    );
    expect(answers).toEqual([{ known: expect.any(Number) }]);
    await expect(ask()).rejects.toMatchObject({ code: 'NO_RESPONDER' });
  });

  it('refuses a log of another source and writes nothing to it', async () => {
    await collect(new ToldSource(() => undefined));
    const before = await types();
    const other = new ToldSource(() => undefined, { source: 'kubernetes', id: 'cluster-2' });
    await expect(collect(other)).rejects.toMatchObject({ code: 'SOURCE_MISMATCH' });
    expect(await types()).toEqual(before);
  });

  it('records a change of what is looked at', async () => {
    await collect(new ToldSource(() => undefined));
    const narrowed = new ToldSource(() => undefined);
    narrowed.scope = ['shop'];
    await collect(narrowed);
    expect((await everything()).at(-1)).toMatchObject({
      type: 'ScopeDeclared',
      data: { namespaces: ['shop'] },
    });
  });

  it('trims a log that is longer than it is to be, and knows the same afterwards', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => account(`a${index}`, `u${index}`));
    const few = many.slice(0, 10);
    await collect(new ToldSource((to) => to.listed('ServiceAccount', many)));
    await collect(new ToldSource((to) => to.listed('ServiceAccount', few)));
    const before = await log.head();
    const retention = new Retention(log, 1000, silentLogger);
    expect(await retention.trimIfLong(new AbortController().signal)).toBe(true);
    // a thousand events of the tail, and in the baseline the thousand objects that they end, the ten and the beginning
    expect((await log.size()).events).toBeLessThan(2050);
    await collect(new ToldSource((to) => to.listed('ServiceAccount', few)));
    expect(await log.head()).toEqual(before);
  });

  it('leaves a log alone that is as long as it may be', async () => {
    await collect(new ToldSource((to) => to.listed('ServiceAccount', [account('web', 'u1')])));
    expect(await new Retention(log, 1000, silentLogger).trimIfLong(new AbortController().signal)).toBe(false);
  });
});
