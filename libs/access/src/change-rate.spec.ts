import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Actor } from '@mcp/events';
import fc from 'fast-check';
import { ChangeRate } from './change-rate.js';

const ada: Actor = { name: 'ada', provenBy: 'kubernetes' };
const bob: Actor = { name: 'bob', provenBy: 'kubernetes' };

let nowMs: number;
beforeEach(() => {
  nowMs = 1_000_000;
});
const open = (perMinute: number) => new ChangeRate(perMinute, () => nowMs);

/** Milliseconds: bursts, and long rests between them. */
const pausesOfACaller = fc.array(fc.oneof(fc.constant(0), fc.nat(30_000), fc.constant(600_000)), {
  maxLength: 60,
  size: 'max',
});

/** Undefined where the caller may. */
function refusal(rate: ChangeRate, actor = ada): unknown {
  try {
    rate.take(actor);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('the changes of a caller', () => {
  it('are a minute’s at once, and then as many as a minute gives', () => {
    const rate = open(3);
    expect([1, 2, 3].map(() => refusal(rate))).toEqual([undefined, undefined, undefined]);
    expect(refusal(rate)).toMatchObject({ code: 'TOO_MANY_CHANGES', retryAfterMs: 20_000 });
    nowMs += 19_999;
    expect(refusal(rate)).toMatchObject({ retryAfterMs: 1 });
    nowMs += 1;
    expect([refusal(rate), refusal(rate)]).toEqual([undefined, expect.anything()]);
  });

  it.each([9, 17, 42])('are a minute’s at once where a minute’s %i do not divide it', (perMinute) => {
    nowMs = 1_764_000_000_123;
    const rate = open(perMinute);
    nowMs += 12_345;
    const refusals = Array.from({ length: perMinute + 1 }, () => refusal(rate));
    expect(refusals.findIndex((each) => each !== undefined)).toBe(perMinute);
  });

  it('are not those of another', () => {
    const rate = open(1);
    expect([refusal(rate), refusal(rate, bob)]).toEqual([undefined, undefined]);
    expect(refusal(rate, { ...ada, provenBy: 'token' })).toBeUndefined();
    expect(refusal(rate)).toBeDefined();
  });

  it('are never more than two minutes’ in any minute, and may be asked for when it was said', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), pausesOfACaller, (perMinute, pauses) => {
        const rate = open(perMinute);
        const taken: number[] = [];
        for (const pause of pauses) {
          nowMs += pause;
          const refused = refusal(rate) as { retryAfterMs: number } | undefined;
          if (refused !== undefined) {
            nowMs += Math.ceil(refused.retryAfterMs) + 1;
            expect(refusal(rate)).toBeUndefined();
          }
          taken.push(nowMs);
          const lastMinute = taken.filter((at) => at > nowMs - 60_000);
          expect(lastMinute.length).toBeLessThanOrEqual(2 * perMinute);
        }
      }),
    );
  });
});
