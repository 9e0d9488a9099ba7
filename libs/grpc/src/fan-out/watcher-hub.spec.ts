import { describe, expect, it } from '@jest/globals';
import { WatcherHub, hubDefaults, type FeedEncoder, type HubLimits } from './watcher-hub.js';

/** A feed that counts: each delta adds one number to a list, a filter keeps the multiples of a number. */
function counting(limits: Partial<HubLimits> = {}, now?: () => number) {
  const state: number[] = [];
  const encodings = { deltas: 0, snapshots: 0 };
  const encoder: FeedEncoder<number, number> = {
    filterKey: String,
    delta: (delta, multiplesOf, position) => {
      encodings.deltas += 1;
      return delta % multiplesOf === 0 ? text(`delta ${delta} at ${position}`) : undefined;
    },
    snapshot: async (multiplesOf) => {
      encodings.snapshots += 1;
      const seen = state.filter((number) => number % multiplesOf === 0);
      await Promise.resolve();
      return [text(`state ${seen.join()}`), text('end')];
    },
    opening: (reason) => text(reason === '' ? 'opening' : `opening: ${reason}`),
    skipped: (deltas) => text(`skipped ${deltas}`),
    heartbeat: (position) => text(`heartbeat at ${position}`),
  };
  const hub = new WatcherHub(encoder, { offset: 0, position: 'p0' }, { ...hubDefaults, ...limits }, now);
  const publish = (...numbers: number[]): void => {
    for (const number of numbers) {
      state.push(number);
      hub.publish(number, { offset: number, position: `p${number}` }, 10);
    }
  };
  const stop = new AbortController();
  const watch = (
    request: { filter?: number; resumeAfter?: number; resyncReason?: string; bulletins?: boolean } = {},
  ) => {
    const messages = hub.watch({ filter: 1, ...request }, stop.signal);
    return async (count: number): Promise<string[]> => {
      const taken: string[] = [];
      while (taken.length < count) {
        const next = await messages.next();
        if (next.done === true) break;
        taken.push(Buffer.from(next.value).toString());
      }
      return taken;
    };
  };
  return { hub, state, publish, watch, stop, encodings };
}

const text = (words: string): Uint8Array => Buffer.from(words);

describe('a feed', () => {
  it('gives a new watcher the whole state and then each delta', async () => {
    const { publish, watch } = counting();
    publish(1, 2);
    const take = watch();
    const whole = await take(3);
    publish(3, 4);

    expect(whole).toEqual(['opening', 'state 1,2', 'end']);
    expect(await take(2)).toEqual(['delta 3 at p3', 'delta 4 at p4']);
  });

  it('lets others have their turn between many watchers, and has handed out when the last one took its delta', async () => {
    const { hub, publish, watch } = counting();
    const takes = Array.from({ length: 350 }, () => watch({ resumeAfter: 0 }));
    let taken = 0;
    const all = Promise.all(takes.map((take) => take(1).then(() => (taken += 1))));
    publish(1);
    const seen: number[] = [];
    const look = setInterval(() => seen.push(taken), 0);
    setImmediate(() => seen.push(taken));
    await hub.handedOut();
    clearInterval(look);

    expect(taken).toBe(350);
    expect(seen[0]).toBeLessThan(350);
    await all;
  });

  it('loses no delta that comes while the snapshot is built or sent', async () => {
    const { publish, watch } = counting();
    publish(1);
    const take = watch();
    const first = take(1);
    publish(2);
    await first;
    publish(3);

    expect(await take(4)).toEqual(['state 1', 'end', 'delta 2 at p2', 'delta 3 at p3']);
  });

  it('gives a watcher that resumes what came after its place, without a gap', async () => {
    const { publish, watch } = counting();
    publish(1, 2, 3);

    expect(await watch({ resumeAfter: 1 })(2)).toEqual(['delta 2 at p2', 'delta 3 at p3']);
  });

  it('takes a place between two deltas for the one before it', async () => {
    const { publish, watch } = counting();
    publish(10, 20);

    expect(await watch({ resumeAfter: 15 })(1)).toEqual(['delta 20 at p20']);
  });

  it('gives a watcher that is ahead of it only what is new to the watcher', async () => {
    const { publish, watch } = counting();
    publish(1);
    const next = watch({ resumeAfter: 3 })(1);
    publish(2, 3, 4);

    expect(await next).toEqual(['delta 4 at p4']);
  });

  it('gives the whole state, saying why, to a watcher whose place is no longer kept', async () => {
    const { publish, watch } = counting({ deltas: 2 });
    publish(1, 2, 3, 4);

    expect(await watch({ resumeAfter: 1 })(2)).toEqual([
      'opening: the position is older than this server keeps',
      'state 1,2,3,4',
    ]);
  });

  it('tells a slow watcher what it skipped and gives it one state of now', async () => {
    const { publish, watch, hub } = counting({ deltas: 2 });
    publish(1);
    const take = watch();
    await take(3);
    publish(2, 3, 4, 5);

    expect(await take(4)).toEqual(['skipped 4', 'opening', 'state 1,2,3,4,5', 'end']);
    expect(hub.figures.skippedDeltas).toBe(4);
    publish(6);
    expect(await take(1)).toEqual(['delta 6 at p6']);
  });

  it('sends nothing of a delta that the filter keeps nothing of', async () => {
    const { publish, watch } = counting();
    const take = watch({ filter: 2 });
    await take(3);
    publish(1, 2, 3, 4);

    expect(await take(2)).toEqual(['delta 2 at p2', 'delta 4 at p4']);
  });

  it('encodes a delta and a snapshot once for all watchers of one filter', async () => {
    const { publish, watch, encodings } = counting();
    publish(1);
    const watchers = [watch(), watch(), watch(), watch({ filter: 2 }), watch({ filter: 2 })];
    await Promise.all(watchers.map((take) => take(3)));
    publish(2);
    await Promise.all(watchers.map((take) => take(1)));

    expect(encodings).toEqual({ deltas: 2, snapshots: 2 });
  });

  it('starts all watchers anew when the state was rebuilt', async () => {
    const { publish, watch, hub, state } = counting();
    publish(1, 2);
    const take = watch();
    await take(3);
    state.splice(0, 2, 7);
    hub.restart({ offset: 7, position: 'p7' }, 'the log lost its tail');

    expect(await take(3)).toEqual(['opening: the log lost its tail', 'state 7', 'end']);
    publish(8);
    expect(await take(1)).toEqual(['delta 8 at p8']);
  });

  it('starts a watcher anew that was in the middle of a snapshot when the state was rebuilt', async () => {
    const { publish, watch, hub, state } = counting();
    publish(1);
    const take = watch();
    await take(2);
    state.splice(0, 1, 7);
    hub.restart({ offset: 7, position: 'p7' }, 'the log lost its tail');

    expect(await take(3)).toEqual(['opening: the log lost its tail', 'state 7', 'end']);
  });

  it('says that it is alive where nothing happens, and how far the watcher is', async () => {
    const { publish, watch } = counting({ heartbeatMs: 20 });
    publish(1);
    const take = watch();
    await take(3);

    expect(await take(2)).toEqual(['heartbeat at p1', 'heartbeat at p1']);
  });

  it('says how far the watcher is where the feed moves on without a delta', async () => {
    const { publish, watch, hub } = counting({ heartbeatMs: 20 });
    publish(1);
    const take = watch();
    await take(3);
    hub.advance({ offset: 5, position: 'p5' });

    expect(await take(1)).toEqual(['heartbeat at p5']);
    publish(6);
    expect(await watch({ resumeAfter: 5 })(1)).toEqual(['delta 6 at p6']);
  });

  it('says that it is alive where nothing passes the filter', async () => {
    let nowMs = 0;
    const { publish, watch } = counting({}, () => nowMs);
    const take = watch({ filter: 1_000 });
    await take(3);
    const next = take(1);
    publish(1, 2);
    await new Promise(setImmediate);
    nowMs = 12_000;
    publish(3);

    expect(await next).toEqual(['heartbeat at p2']);
  });

  it('ends each watch when it is told to', async () => {
    const { publish, watch, stop, hub } = counting();
    publish(1);
    const take = watch();
    await take(3);
    const waiting = take(1);
    stop.abort();

    expect(await waiting).toEqual([]);
    expect(hub.figures.watchers).toBe(0);
  });

  it('keeps no more than its limits, however many stalled watchers there are', async () => {
    const { publish, watch, hub } = counting({ deltas: 50, bytes: 300, snapshotBytes: 100 });
    const watchers: ((count: number) => Promise<string[]>)[] = [];
    for (let number = 1; number <= 300; number += 1) {
      publish(number);
      const take = watch({ filter: (number % 30) + 1 });
      await take(2);
      watchers.push(take);
    }

    expect(hub.figures.watchers).toBe(300);
    expect(hub.figures.ringBytes).toBeLessThanOrEqual(300);
    // the newest is kept even where it is beyond the budget by itself
    expect(hub.figures.snapshotBytes).toBeLessThan(1_200);
    // one whose snapshot was taken away starts again and gets to the end
    expect((await watchers[0]!(3)).at(-1)).toBe('end');
  });
});

describe('a bulletin', () => {
  /** Bulletins that say their number, and how often they were encoded. */
  function announcing() {
    const feed = counting();
    const encoded: string[] = [];
    const said = (words: string, multiplesOf: number) => {
      encoded.push(`${words} for ${multiplesOf}`);
      return multiplesOf === 3 ? [] : [text(words), text('and more')];
    };
    const announce = (number: number): void =>
      feed.hub.announce({
        news: (filter) => said(`news ${number}`, filter),
        whole: (filter) => said(`all ${number}`, filter),
      });
    return { ...feed, announce, encoded };
  }

  it('comes whole after the state, and then as news, to who wants it', async () => {
    const { publish, watch, announce } = announcing();
    announce(1);
    const [take, other] = [watch({ bulletins: true }), watch()];
    expect(await take(5)).toEqual(['opening', 'state ', 'end', 'all 1', 'and more']);
    await other(3);
    announce(2);
    publish(7);
    announce(3);
    expect(await other(1)).toEqual(['delta 7 at p7']);
    // bulletin 2 was replaced before it was taken, so that news of 3 would leave a hole
    expect(await take(3)).toEqual(['delta 7 at p7', 'all 3', 'and more']);
    announce(4);
    expect(await take(2)).toEqual(['news 4', 'and more']);
  });

  it('is encoded once for each filter, and is no message where nothing passes the filter', async () => {
    const { publish, watch, announce, encoded } = announcing();
    announce(1);
    const takes = [1, 1, 3].map((filter) => watch({ filter, bulletins: true }));
    await Promise.all(takes.map((take, index) => take(index === 2 ? 3 : 5)));
    const waiting = Promise.all(takes.map((take) => take(1)));
    await new Promise(setImmediate);
    announce(2);
    await new Promise(setImmediate);
    publish(3);
    expect(await waiting).toEqual(
      [[text('news 2')], [text('news 2')], [text('delta 3 at p3')]].map((m) => m.map(String)),
    );
    expect(encoded).toEqual(['all 1 for 1', 'all 1 for 3', 'news 2 for 1', 'news 2 for 3']);
  });

  it('moves no position: who resumes gets the deltas since, and the whole bulletin', async () => {
    const { publish, watch, announce } = announcing();
    publish(1);
    announce(1);
    publish(2);
    announce(2);
    expect(await watch({ resumeAfter: 1, bulletins: true })(3)).toEqual([
      'delta 2 at p2',
      'all 2',
      'and more',
    ]);
  });
});
