import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectorTopic, EmbeddedRequestBoard } from '@mcp/event-log';
import { CollectorWatch } from './collector-watch.js';

const stop = new AbortController();
const board = new EmbeddedRequestBoard();
afterEach(() => stop.abort());

describe('watching for a collector', () => {
  it('tells whether one is at work, and since when none is', async () => {
    const watch = new CollectorWatch(board, { askEveryMs: 10, answerWithinMs: 500 });
    void watch.run(stop.signal);
    const until = async (atWork: boolean): Promise<void> => {
      while (watch.presence.atWork !== atWork) await sleep(5);
    };
    await sleep(30);
    expect(watch.presence).toEqual({ atWork: false, lastSeen: undefined });

    const collector = new AbortController();
    void board.serve(collectorTopic, async () => ({}), collector.signal);
    await until(true);
    expect(watch.presence).toEqual({ atWork: true, lastSeen: undefined });

    const before = Date.now();
    collector.abort();
    await until(false);
    const { lastSeen } = watch.presence;
    expect(Math.abs((lastSeen?.getTime() ?? 0) - before)).toBeLessThan(2_000);
  });
});
