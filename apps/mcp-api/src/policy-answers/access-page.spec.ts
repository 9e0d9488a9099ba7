import { describe, expect, it } from '@jest/globals';
import { PolicyIndex } from '@mcp/policy';
import type { AccessAnswer } from './access-answers.js';
import { accessPage } from './access-page.js';
import { outOfScopeGoal } from './goals.js';

const index = new PolicyIndex({ namespaces: new Map(), settings: {}, notLive: new Map(), scope: [] });
const decision = { verdict: 'unknown', creditedAnyOf: [], satisfied: [], unknown: [] } as const;

/** An answer of this many parts. */
function answerOf(parts: number): AccessAnswer {
  return {
    callers: [],
    addresses: [],
    seen: {
      client: { tls: 'unknown', address: undefined },
      because: { code: 'NOT_KNOWN', message: 'not known' },
    },
    goals: [outOfScopeGoal({ namespace: 'shop', kind: 'Deployment', name: 'api' }, 80)],
    answer: {
      reach: 'unknown',
      parts: Array.from({ length: parts }, () => ({ what: 'route', decision, mayBeEmpty: true })),
    },
  };
}

describe('a page of answers', () => {
  const answers = [answerOf(3), answerOf(70), answerOf(1)];
  const { signal } = new AbortController();
  const told = async (start: number, bytes: number) => {
    const page = await accessPage(index, answers, { start, bytes }, signal);
    return [page.answers.map(({ parts, moreParts }) => [parts.length, moreParts]), page.next];
  };

  it('begins and ends within an answer, and leaves out what is too much of one', async () => {
    expect(await told(0, 1_000_000)).toEqual([
      [
        [3, 0],
        [64, 6],
        [1, 0],
      ],
      undefined,
    ]);
    expect(await told(2, 1)).toEqual([[[1, 0]], 3]);
    expect(await told(66, 1_000_000)).toEqual([
      [
        [1, 6],
        [1, 0],
      ],
      undefined,
    ]);
  });

  it('is given up when nobody waits for it', async () => {
    const page = accessPage(index, answers, { start: 0, bytes: 1 }, AbortSignal.abort());
    await expect(page).rejects.toThrow('aborted');
  });
});
