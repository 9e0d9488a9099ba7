import { describe, expect, it } from '@jest/globals';
import type { TrafficPoll } from '@mcp/event-log';
import { NewestPoll } from './newest-poll.js';

const pollAt = (at: number): TrafficPoll => ({
  at,
  windowMs: 1,
  proxiesSeen: 1,
  meshedPods: 1,
  edges: new Map(),
});

/** A series that answers these, one after the other, and the last for good; a clock that goes on by a second for each. */
async function followed(answers: readonly (number | undefined | Error)[], staleAfterMs: number) {
  const [told, troubles]: [(number | undefined)[], unknown[]] = [[], []];
  let asked = 0;
  const stop = new AbortController();
  const series = {
    latest: async () => {
      await Promise.resolve();
      const answer = answers[asked];
      asked += 1;
      if (asked > answers.length) stop.abort();
      if (answer instanceof Error) throw answer;
      const last = answer ?? answers.findLast((one) => typeof one === 'number');
      return typeof last === 'number' ? pollAt(last) : undefined;
    },
  };
  const newest = new NewestPoll(
    series,
    (error) => troubles.push(error),
    { askEveryMs: 0, staleAfterMs },
    () => asked * 1_000,
  );
  await newest.run(async (poll) => {
    await Promise.resolve();
    told.push(poll?.at);
  }, stop.signal);
  return { told, troubles };
}

describe('the newest poll', () => {
  it('is told once', async () => {
    expect(await followed([1_000, 1_000, 3_000, 3_000], 60_000)).toEqual({
      told: [1_000, 3_000],
      troubles: [],
    });
  });

  it('is none any more once it is old', async () => {
    expect((await followed([1_000, 1_000, 1_000, 1_000, 1_000], 2_000)).told).toEqual([1_000, undefined]);
  });

  it('is not told where it is old from the beginning', async () => {
    expect((await followed([1, 1, 1], 500)).told).toEqual([]);
  });

  it('stays where the series does not answer, and the trouble is told', async () => {
    const fault = new Error('no contact');
    expect(await followed([1_000, fault, fault, 4_000], 60_000)).toEqual({
      told: [1_000, 4_000],
      troubles: [fault, fault],
    });
  });
});
