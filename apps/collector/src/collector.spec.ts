import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Append,
  collectorTopic,
  EmbeddedRequestBoard,
  type EventLog,
  LogCorrupt,
  LogUnavailable,
  openEmbeddedLog,
  OutcomeUnknown,
} from '@mcp/event-log';
import type { RecordedEvent, SourceIdentity } from '@mcp/events';
import type { ServiceAccountState } from '@mcp/mesh';
import { type Leadership, Metrics, silentLogger, SoleLeader, untraced } from '@mcp/runtime';
import type { ClusterObserver, ClusterSource, ObservedObject } from '@mcp/sources';
import { Collector } from './collector.js';
import { CollectorMetrics } from './collector.metrics.js';
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

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

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

/** What the log says of the cluster. That there is no traffic to be read is said beside it. */
async function everything(): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
    events.push(...batch.filter(({ type }) => type !== 'TelemetryChanged'));
  return events;
}

/** Runs a collector until the log has had this many events, or says nothing more for a moment. */
async function collect(
  source: ClusterSource,
  {
    leadership = new SoleLeader('test'),
    atLeast = 0,
  }: {
    readonly leadership?: Leadership;
    /** How many events there are afterwards. */
    readonly atLeast?: number;
  } = {},
): Promise<void> {
  const stop = new AbortController();
  const outside = { now: Date.now, newId: randomUUID, hash: hashOf };
  const retention = new Retention(log, { keepEvents: 1_000_000, keepMiB: 1024, keepDays: 30 }, silentLogger);
  const collector = new Collector(
    {
      log,
      board,
      source,
      traffic: { absent: 'not in this test' },
      retention,
      outside,
      logger: silentLogger,
      tracer: untraced,
      metrics: new CollectorMetrics(new Metrics({ ofProcess: false })),
    },
    leadership,
  );
  const running = collector.run(stop.signal);
  let before = -1;
  const ended = new AbortController();
  const end = (): void => ended.abort();
  running.then(end, end);
  while (!ended.signal.aborted) {
    const { sequence } = await log.head();
    if (sequence >= atLeast && sequence === before && collector.health().reason === 'recording') break;
    before = sequence;
    await sleep(100);
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

  it('records nothing in one term that was observed in the one before', async () => {
    let terms = 0;
    const source = new ToldSource((to) => {
      terms += 1;
      if (terms === 1) to.listed('ServiceAccount', [account('web', 'u1')]);
    });
    const twice: Leadership = {
      holder: 'test',
      leading: true,
      async run(signal, whileLeading) {
        // the first term ends before the log takes what was listed in it
        const first = new AbortController();
        const append = log.append.bind(log);
        log.append = async (request) => {
          if (request.writes.some(({ subject }) => subject.startsWith('ServiceAccount'))) {
            first.abort();
            throw new LogUnavailable('append');
          }
          return append(request);
        };
        await whileLeading(first.signal);
        log.append = append;
        await whileLeading(signal);
      },
    };
    await collect(source, { leadership: twice });
    expect(terms).toBe(2);
    expect(await types()).toEqual(['SourceIdentified source', 'ScopeDeclared scope']);
  });

  it('records once what it was told could not be recorded, or may have been', async () => {
    const append = log.append.bind(log);
    const faults = [
      async () => Promise.reject(new LogUnavailable('append')),
      async (request: Append) => append(request).then(() => Promise.reject(new OutcomeUnknown(undefined))),
    ];
    log.append = (request) => (faults.shift() ?? append)(request);
    await collect(new ToldSource((to) => to.listed('ServiceAccount', [account('web', 'u1')])));
    expect(faults).toEqual([]);
    expect(await types()).toEqual([
      'SourceIdentified source',
      'ScopeDeclared scope',
      'ServiceAccountObserved ServiceAccount/shop/web/u1',
    ]);
  });

  it('writes nothing more once another has claimed the role, and competes again', async () => {
    let elections = 0;
    const source = new ToldSource((to) => {
      void log.claim('collector', 'another').then(() => to.listed('ServiceAccount', [account('web', 'u1')]));
    });
    const once: Leadership = {
      holder: 'test',
      leading: true,
      async run(_signal, whileLeading) {
        elections += 1;
        await whileLeading(new AbortController().signal);
      },
    };
    await collect(source, { leadership: once });
    expect(elections).toBe(1);
    expect(await types()).toEqual(['SourceIdentified source', 'ScopeDeclared scope']);
  });

  it('ends on a log that it cannot read, instead of trying for ever', async () => {
    log.append = async () => Promise.reject(new LogCorrupt('a gap'));
    await expect(collect(new ToldSource(() => undefined))).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });

  it('trims a log that is longer than it is to be, and knows the same afterwards', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => account(`a${index}`, `u${index}`));
    const few = many.slice(0, 10);
    await collect(new ToldSource((to) => to.listed('ServiceAccount', many)), { atLeast: 2_000 });
    await collect(new ToldSource((to) => to.listed('ServiceAccount', few)), { atLeast: 3_990 });
    const before = await log.head();
    const retention = new Retention(log, { keepEvents: 1000, keepMiB: 1024, keepDays: 30 }, silentLogger);
    expect(await retention.trimIfLong(new AbortController().signal)).toBe(true);
    // a thousand events of the tail, and in the baseline the thousand objects that they end, the ten and the beginning
    expect((await log.size()).events).toBeLessThan(2050);
    await collect(new ToldSource((to) => to.listed('ServiceAccount', few)));
    expect(await log.head()).toEqual(before);
    // by one that has not seen the first trim too
    const another = new Retention(log, { keepEvents: 1000, keepMiB: 1024, keepDays: 30 }, silentLogger);
    expect(await another.trimIfLong(new AbortController().signal)).toBe(false);
  });

  it('trims a log whose events take more than they may', async () => {
    const many = Array.from({ length: 6000 }, (_, index) => account(`a${index}`, `u${index}`));
    await collect(new ToldSource((to) => to.listed('ServiceAccount', many)), { atLeast: 6_000 });
    await collect(new ToldSource((to) => to.listed('ServiceAccount', [])), { atLeast: 12_000 });
    const before = await log.size();
    expect(before.bytes).toBeGreaterThan(0.8 * 1024 ** 2);
    const retention = new Retention(log, { keepEvents: 1_000_000, keepMiB: 0.4, keepDays: 30 }, silentLogger);
    expect(await retention.trimIfLong(new AbortController().signal)).toBe(true);
    const after = await log.size();
    expect(after.bytes).toBeLessThan(0.5 * 1024 ** 2);
    // no more than was needed
    expect(after.bytes).toBeGreaterThan(0.3 * 1024 ** 2);
    expect(await retention.trimIfLong(new AbortController().signal)).toBe(false);
  });

  it('leaves a log alone that is as long as it may be', async () => {
    await collect(new ToldSource((to) => to.listed('ServiceAccount', [account('web', 'u1')])));
    expect(
      await new Retention(log, { keepEvents: 1000, keepMiB: 1, keepDays: 30 }, silentLogger).trimIfLong(
        new AbortController().signal,
      ),
    ).toBe(false);
  });
});
