import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventLog } from '@mcp/event-log';
import {
  LogCorrupt,
  LogUnavailable,
  openEmbeddedLog,
  PositionLost,
  PositionOfAnotherLog,
} from '@mcp/event-log';
import type { AnyRecordedEvent, LogPosition, NewEvent, RecordedEvent } from '@mcp/events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fold } from './fold.js';
import type { ProjectionOptions } from './projection.js';
import { Projection } from './projection.js';

/** Reasons that events were recorded with, in order. */
interface Story {
  readonly reasons: string[];
}

const storyFold: Fold<Story> = {
  name: 'story',
  version: 1,
  initial: () => ({ reasons: [] }),
  evolve(story, event) {
    story.reasons.push(event.reason ?? '');
    return story;
  },
  *encode({ reasons }) {
    for (const reason of reasons) yield new TextEncoder().encode(JSON.stringify(reason));
  },
  restore(story, chunk) {
    story.reasons.push(JSON.parse(new TextDecoder().decode(chunk)) as string);
    return story;
  },
};

const never = new AbortController().signal;

describe('a projection', () => {
  let dataDir: string;
  let log: EventLog;
  let running: { readonly stop: () => Promise<void> }[];
  let recordedAt: number;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'projection-'));
    recordedAt = 1_000;
    log = await openEmbeddedLog({ dataDir, mesh: 'test', clock: () => recordedAt });
    running = [];
  });

  afterEach(async () => {
    await Promise.allSettled(running.map(({ stop }) => stop()));
    await log.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function append(...reasons: readonly string[]): Promise<LogPosition> {
    const writes = reasons.map((reason, index) => ({
      subject: 'source-state/Pod',
      expectedVersion: 'any' as const,
      event: event(`${reason}-${index}`, reason),
    }));
    return (await log.append({ writes })).position;
  }

  function event(id: string, reason: string): NewEvent<'SourceStateChanged'> {
    return {
      id,
      type: 'SourceStateChanged',
      version: 1,
      occurredAt: 1,
      actor: { name: 'test', provenBy: 'component' },
      reason,
      data: { kind: 'Pod', phase: 'live', reason },
    };
  }

  function start(options: Partial<ProjectionOptions<Story>> = {}) {
    const projection = new Projection<Story>({ log, fold: storyFold, replayCheck: true, ...options });
    const abort = new AbortController();
    const ended = projection.run(abort.signal);
    ended.catch(() => undefined);
    const stop = async (): Promise<void> => {
      abort.abort();
      await ended;
    };
    running.push({ stop });
    return { projection, stop, ended };
  }

  it('shows nothing until it has read all there is, and then each event as it comes', async () => {
    await append('a', 'b');
    const { projection } = start();
    expect(projection.now).toEqual({
      state: { reasons: [] },
      position: { log: '', sequence: 0, digest: '' },
      recordedAt: 0,
    });
    expect(projection.caughtUp).toBe(false);
    await projection.whenCaughtUp(never);
    expect(projection.caughtUp).toBe(true);
    expect(projection.now.state.reasons).toEqual(['a', 'b']);
    recordedAt = 2_000;
    const position = await append('c');
    await projection.reached(position, never);
    expect(projection.now).toEqual({ state: { reasons: ['a', 'b', 'c'] }, position, recordedAt: 2_000 });
  });

  it('tells of the events it takes once it is caught up, with the place after them', async () => {
    await append('before');
    const told: [readonly (string | undefined)[], number][] = [];
    const { projection } = start({
      onBatch: (events, { position }) => told.push([events.map(({ reason }) => reason), position.sequence]),
    });
    await projection.whenCaughtUp(never);
    await projection.reached(await append('a', 'b'), never);
    expect(told).toEqual([[['a', 'b'], 3]]);
  });

  it('settles who waits for it to move when it has moved, and rejects who no longer wants to know', async () => {
    const { projection } = start();
    await projection.whenCaughtUp(never);
    const { position } = projection.now;
    const moved = projection.movedFrom(position, never);
    const gaveUp = new AbortController();
    const unwanted = projection.movedFrom(position, gaveUp.signal);
    gaveUp.abort(new Error('enough'));
    await expect(unwanted).rejects.toThrow('enough');
    const place = await append('a');
    await moved;
    const cutOff = new LossyLog(log);
    cutOff.unreachable = true;
    const unread = start({ log: cutOff.log }).projection.reached(place, AbortSignal.timeout(50));
    await expect(unread).rejects.toMatchObject({ name: 'TimeoutError' });
    await projection.movedFrom(position, never);
    expect(projection.now.state.reasons).toEqual(['a']);
    await expect(projection.reached({ ...position, log: 'another' }, never)).rejects.toMatchObject({
      code: 'POSITION_OF_ANOTHER_LOG',
    });
  });

  it('goes on from a snapshot of an earlier run, and remembers when its last event was recorded', async () => {
    await append('a', 'b');
    const first = start();
    await first.projection.whenCaughtUp(never);
    await first.stop();
    recordedAt = 2_000;
    const taken: string[] = [];
    const second = start({
      replayCheck: false,
      fold: { ...storyFold, evolve: (story, each) => (taken.push(each.id), storyFold.evolve(story, each)) },
    });
    await second.projection.whenCaughtUp(never);
    expect(taken).toEqual([]);
    expect(second.projection.now).toMatchObject({ state: { reasons: ['a', 'b'] }, recordedAt: 1_000 });
    await second.projection.reached(await append('c'), never);
    expect(second.projection.now.state.reasons).toEqual(['a', 'b', 'c']);
  });

  it('saves a snapshot each time so many events were taken', async () => {
    const { projection } = start({ snapshotEveryEvents: 2 });
    await projection.whenCaughtUp(never);
    const saved = async () => (await log.snapshots.load('story', 1))?.position.sequence;
    await projection.reached(await append('a'), never);
    expect(await saved()).toBe(undefined);
    await projection.reached(await append('b'), never);
    await projection.reached(await append('c'), never);
    expect(await saved()).toBe(2);
  });

  it('tries again to save a snapshot that could not be saved', async () => {
    let refusals = 1;
    const troubles: string[] = [];
    const { projection } = start({
      log: instead(log, 'snapshots', {
        load: (...given) => log.snapshots.load(...given),
        save: async (snapshot) => {
          if (refusals-- > 0) throw new LogUnavailable('save a snapshot');
          await log.snapshots.save(snapshot);
        },
      }),
      snapshotEveryEvents: 2,
      onTrouble: ({ message }) => troubles.push(message),
    });
    await projection.whenCaughtUp(never);
    await projection.reached(await append('a', 'b'), never);
    await projection.reached(await append('c'), never);
    await projection.reached(await append('d'), never);
    const saved = (await log.snapshots.load('story', 1))?.position.sequence;
    expect([troubles, saved]).toEqual([['save a snapshot: the log is not reachable (LOG_UNAVAILABLE)'], 3]);
  });

  it('replays from zero what a snapshot of another version, or one that cannot be read, does not give', async () => {
    await append('a');
    const first = start();
    await first.projection.whenCaughtUp(never);
    await first.stop();
    const newer = start({ fold: { ...storyFold, version: 2 } });
    await newer.projection.whenCaughtUp(never);
    expect(newer.projection.now.state.reasons).toEqual(['a']);
    const troubles: string[] = [];
    const broken = start({
      fold: {
        ...storyFold,
        restore: () => {
          throw new Error('not mine');
        },
      },
      onTrouble: ({ message }) => troubles.push(message),
    });
    await broken.projection.whenCaughtUp(never);
    expect(broken.projection.now.state.reasons).toEqual(['a']);
    expect(troubles).toEqual(['the snapshot of story cannot be read']);
  });

  it('gives its state as it was at any place, by itself and from the nearest snapshot', async () => {
    const { projection } = start({ snapshotEveryEvents: 2 });
    await projection.whenCaughtUp(never);
    const places: LogPosition[] = [];
    for (const reason of ['a', 'b', 'c', 'd', 'e']) {
      places.push(await append(reason));
      await projection.reached(places.at(-1)!, never);
    }
    const all = ['a', 'b', 'c', 'd', 'e'];
    for (const [index, place] of places.entries())
      expect((await projection.at(place)).state.reasons).toEqual(all.slice(0, index + 1));
    (await projection.at(places[4]!)).state.reasons.push('changed');
    expect(projection.now.state.reasons).toEqual(all);
    const foreign = { ...places[1]!, digest: 'f'.repeat(16) };
    await expect(projection.at(foreign)).rejects.toMatchObject({ code: 'POSITION_LOST' });
    await expect(projection.at({ ...places[4]!, sequence: 9 })).rejects.toMatchObject({
      code: 'POSITION_LOST',
    });
  });

  it('is built anew from what the log has, and says so, when the log lost what was read', async () => {
    const reasons: string[] = [];
    const tail = new LossyLog(log);
    const { projection } = start({
      log: tail.log,
      onRebuilt: ({ code }) => reasons.push(code),
      replayCheck: false,
    });
    await projection.whenCaughtUp(never);
    await projection.reached(await append('a', 'b', 'c'), never);
    const { state, position } = projection.now;
    const moved = projection.movedFrom(position, never);
    tail.lose(new PositionLost(position));
    await moved;
    expect(reasons).toEqual(['POSITION_LOST']);
    expect(projection.rebuilt).toEqual({
      times: 1,
      reason: expect.stringContaining('POSITION_LOST') as unknown,
    });
    expect(projection.now.state).not.toBe(state);
    expect(projection.now.state.reasons).toEqual(['a', 'b', 'c']);
  });

  it('has not reached a place that the log lost, however far the log has grown since', async () => {
    const { projection } = start();
    await projection.whenCaughtUp(never);
    const place = await append('a', 'b');
    const lost = { ...place, digest: 'f'.repeat(16) };
    const early = projection.reached(lost, never);
    early.catch(() => undefined);
    const end = await append('c');
    await projection.reached(end, never);
    await projection.reached(place, never);
    await expect(early).rejects.toMatchObject({ code: 'POSITION_LOST' });
    await expect(projection.reached(lost, never)).rejects.toMatchObject({ code: 'POSITION_LOST' });
  });

  it('says at once of a place that is beyond the end of the log that it is lost', async () => {
    const { projection } = start();
    await projection.whenCaughtUp(never);
    const end = await append('a');
    const beyond = { ...end, sequence: end.sequence + 1 };
    await expect(projection.reached(beyond, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'POSITION_LOST',
    });
  });

  it('says of a place that the log loses while it is waited for that it is lost', async () => {
    const tail = new LossyLog(log);
    let beyondIsThere = true;
    const { projection } = start({
      log: instead(tail.log, 'read', (from, options) =>
        beyondIsThere ? nothing() : log.read(from, options),
      ),
      replayCheck: false,
    });
    await projection.whenCaughtUp(never);
    const end = await append('a');
    const waiting = projection.reached({ ...end, sequence: end.sequence + 1 }, AbortSignal.timeout(5_000));
    waiting.catch(() => undefined);
    await projection.reached(end, never);
    beyondIsThere = false;
    tail.lose(new PositionLost(end));
    await expect(waiting).rejects.toMatchObject({ code: 'POSITION_LOST' });
    expect(projection.rebuilt.times).toBe(1);
  });

  it('has not reached a place of the log while it shows a tail that the log lost instead', async () => {
    const tail = new LossyLog(log);
    tail.followedIsLost = true;
    const { projection } = start({ log: tail.log, replayCheck: false });
    await projection.whenCaughtUp(never);
    const empty = projection.now.position;
    const place = await append('a', 'b');
    await projection.movedFrom(empty, never);
    expect(projection.now.position.sequence).toBe(place.sequence);
    const rebuiltBefore = projection.reached(place, never).then(() => projection.rebuilt.times);
    tail.followedIsLost = false;
    tail.lose(new PositionLost(projection.now.position));
    expect(await rebuiltBefore).toBe(1);
  });

  it.each([
    [
      'is another one than at the start',
      new PositionOfAnotherLog({ log: 'a', sequence: 1, digest: '' }, 'b'),
    ],
    ['is damaged', new LogCorrupt('event 2 is missing')],
  ])('ends with the fault when the log %s: no later try can do better', async (_, fault) => {
    const tail = new LossyLog(log);
    const { projection, ended } = start({ log: tail.log });
    await projection.whenCaughtUp(never);
    tail.lose(fault);
    await expect(ended).rejects.toBe(fault);
  });

  it('keeps its state and is stale while the log is not reachable, and goes on when it is', async () => {
    let now = 10_000;
    const troubles: string[] = [];
    const tail = new LossyLog(log);
    await append('a');
    const { projection } = start({
      log: tail.log,
      clock: () => now,
      onTrouble: ({ message }) => troubles.push(message),
    });
    await projection.whenCaughtUp(never);
    expect(projection.lag()).toEqual({ phase: 'live', events: 0, ms: 0 });
    tail.unreachable = true;
    tail.lose(new LogUnavailable('follow'));
    while (troubles.length < 2) await pause(10);
    now += 20_000;
    expect(projection.lag()).toEqual({ phase: 'stale', events: 0, ms: 20_000 });
    expect(projection.caughtUp).toBe(true);
    expect(projection.now.state.reasons).toEqual(['a']);
    tail.unreachable = false;
    await projection.reached(await append('b'), never);
    expect(projection.now.state.reasons).toEqual(['a', 'b']);
    expect(projection.lag()).toMatchObject({ phase: 'live' });
  });

  it('says how far it is behind while it catches up', async () => {
    recordedAt = 5_000;
    await append('a', 'b', 'c');
    let lag: unknown;
    const { projection } = start({
      clock: () => 6_000,
      fold: {
        ...storyFold,
        evolve(story, each) {
          const next = storyFold.evolve(story, each);
          lag = projection.lag();
          return next;
        },
      },
    });
    await projection.whenCaughtUp(never);
    expect(lag).toEqual({ phase: 'catching-up', events: 3, ms: 0 });
  });

  it('fails at the end where its state is not what a replay from zero gives', async () => {
    let taken = 0;
    await append('a');
    const { projection, stop } = start({
      fold: {
        ...storyFold,
        evolve: (story, each: AnyRecordedEvent) =>
          storyFold.evolve(story, { ...each, reason: `${each.reason} ${taken++}` }),
      },
    });
    await projection.whenCaughtUp(never);
    await expect(stop()).rejects.toMatchObject({ code: 'REPLAY_MISMATCH' });
  });

  it('fails when the fold does', async () => {
    await append('a');
    const { ended } = start({
      fold: {
        ...storyFold,
        evolve: () => {
          throw new Error('a bug');
        },
      },
    });
    await expect(ended).rejects.toThrow('a bug');
  });

  it('lets others have the event loop during a long replay', async () => {
    for (let batch = 0; batch < 3; batch++)
      await append(...Array.from({ length: 400 }, (_, index) => `${batch}-${index}`));
    let turns = 0;
    const count = (): void => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const { projection } = start({
      replayCheck: false,
      fold: {
        ...storyFold,
        evolve(story, each) {
          const until = performance.now() + 0.1;
          while (performance.now() < until);
          return storyFold.evolve(story, each);
        },
      },
    });
    await projection.whenCaughtUp(never);
    clearImmediate(counting);
    expect(projection.now.state.reasons).toHaveLength(1_200);
    // 120 ms of work, by the clock, in parts of 15 ms and at most 64 events
    expect(turns).toBeGreaterThan(4);
  });
});

/** A log with one thing in the place of its own. */
function instead<K extends keyof EventLog>(log: EventLog, changed: K, value: EventLog[K]): EventLog {
  return new Proxy(log, {
    get: (target, name) => {
      if (name === changed) return value;
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

/** A log whose followers can be made to fail, as those of a log that lost its tail do. All else is the real log's. */
class LossyLog {
  unreachable = false;
  /** What followers are given is not what the log has now: it has other events in these places. */
  followedIsLost = false;
  #fail: ((error: Error) => void) | undefined;
  readonly log: EventLog;

  constructor(real: EventLog) {
    this.log = instead(real, 'follow', (from, signal) => this.#follow(real, from, signal));
  }

  lose(error: Error): void {
    this.#fail?.(error);
  }

  async *#follow(real: EventLog, from: LogPosition, signal: AbortSignal) {
    if (this.unreachable) throw new LogUnavailable('follow');
    const failed = new Promise<never>((_, reject) => (this.#fail = reject));
    failed.catch(() => undefined);
    const stop = new AbortController();
    const batches = real.follow(from, AbortSignal.any([signal, stop.signal]))[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await Promise.race([batches.next(), failed]);
        if (next.done === true) return;
        yield this.followedIsLost ? next.value.map(elsewhere) : next.value;
      }
    } finally {
      stop.abort();
    }
  }
}

function elsewhere(event: RecordedEvent): RecordedEvent {
  return { ...event, position: { ...event.position, digest: 'f'.repeat(64) } };
}

async function* nothing(): AsyncGenerator<never> {}
