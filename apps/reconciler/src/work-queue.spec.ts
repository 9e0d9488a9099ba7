import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock, settled } from '@mcp/testing';
import { WorkQueue, type Outcome, type WorkQueueOptions } from './work-queue.js';

/** A queue whose passes end when the test says so, and a record of what happened when. */
function queueOf(options: Partial<WorkQueueOptions> = {}) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const story: string[] = [];
  const underWay = new Map<string, (outcome: Outcome | Error) => void>();
  const queue = new WorkQueue(
    (key) =>
      new Promise((resolve, reject) => {
        story.push(`${clock.now()} ${key}`);
        underWay.set(key, (outcome) => {
          underWay.delete(key);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        });
      }),
    { clock, random: () => 1, concurrency: 1, firstBackoffMs: 100, maxBackoffMs: 1000, ...options },
  );
  const running = queue.run(stop.signal);
  const end = async (key: string, outcome: Outcome | Error = { outcome: 'done' }): Promise<void> => {
    underWay.get(key)!(outcome);
    await settled();
  };
  return { clock, stop, story, queue, running, end, underWay };
}

const retry: Outcome = { outcome: 'retry' };

describe('the work queue', () => {
  it('works on keys in the order in which they were added, each once', async () => {
    const { queue, story, end } = queueOf();
    for (const key of ['a', 'b', 'c', 'b', 'c']) queue.add(key);
    for (const key of ['a', 'b', 'c']) await end(key);
    expect([story, queue.size]).toEqual([['0 a', '0 b', '0 c'], 0]);
  });

  it('works on as many keys at once as it may, and never on one key twice at once', async () => {
    const { queue, story, end } = queueOf({ concurrency: 2 });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    queue.add('a');
    const atFirst = [...story];
    await end('b');
    expect([atFirst, story]).toEqual([
      ['0 a', '0 b'],
      ['0 a', '0 b', '0 c'],
    ]);
  });

  it('gives a key that is added during its pass one more pass, behind those that wait', async () => {
    const { queue, story, end } = queueOf();
    queue.add('a');
    queue.add('b');
    queue.add('a');
    queue.add('a');
    for (const key of ['a', 'b', 'a']) await end(key);
    expect([story, queue.size]).toEqual([['0 a', '0 b', '0 a'], 0]);
  });

  it('retries after a backoff that doubles up to its limit, and starts over after a success', async () => {
    const { queue, story, end, clock } = queueOf();
    queue.add('a');
    for (let pass = 0; pass < 6; pass++) {
      await end('a', retry);
      await clock.advance(1000);
    }
    await end('a');
    queue.add('a');
    await end('a', retry);
    await clock.advance(1000);
    // Each pass ends at a whole second, at which its backoff begins: 100, 200, 400, 800, 1000, 1000.
    expect(story).toEqual([0, 100, 1200, 2400, 3800, 5000, 6000, 6000, 6100].map((at) => `${at} a`));
  });

  it.each([
    [0, 50],
    [0.5, 75],
  ])('draws the backoff from its upper half: at %d after %d ms', async (random, afterMs) => {
    const { queue, end, clock } = queueOf({ random: () => random });
    queue.add('a');
    await end('a', retry);
    expect(clock.wakesAt).toEqual([afterMs]);
  });

  it('retries exactly after the time that a pass asks for', async () => {
    const { queue, end, clock } = queueOf();
    queue.add('a');
    await end('a', { outcome: 'retry', afterMs: 7000 });
    expect(clock.wakesAt).toEqual([7000]);
  });

  it('knows how long its oldest key has been in it, retries included, and its longest pass', async () => {
    const { queue, end, clock } = queueOf();
    const ages = () => [queue.oldestMs, queue.longestPassMs];
    expect(ages()).toEqual([0, 0]);
    queue.add('a');
    await clock.advance(10);
    queue.add('b');
    await clock.advance(10);
    expect(ages()).toEqual([20, 20]);
    await end('a', retry);
    await clock.advance(30);
    // a waits for its retry, b is in its pass
    expect(ages()).toEqual([50, 30]);
    await end('b');
    expect(ages()).toEqual([50, 0]);
    queue.add('a');
    await clock.advance(5);
    expect(ages()).toEqual([55, 5]);
    await end('a');
    expect(ages()).toEqual([0, 0]);
  });

  it('takes a key that is added during a pass as old as that, once the pass is done', async () => {
    const { queue, end, clock } = queueOf();
    queue.add('a');
    await clock.advance(10);
    queue.add('a');
    await clock.advance(10);
    queue.add('a');
    expect(queue.oldestMs).toBe(20);
    await end('a');
    expect(queue.oldestMs).toBe(10);
    queue.add('a');
    await end('a', retry);
    // what the pass did not get done is as old as before
    expect(queue.oldestMs).toBe(10);
  });

  it('lets others pass while a key waits for its retry', async () => {
    const { queue, story, end } = queueOf();
    queue.add('a');
    queue.add('b');
    await end('a', retry);
    expect(story).toEqual(['0 a', '0 b']);
  });

  it('works at once on a key that is added while it waits for its retry, and then not again', async () => {
    const { queue, story, end, clock } = queueOf();
    queue.add('a');
    await end('a', retry);
    await clock.advance(30);
    queue.add('a');
    await end('a');
    await clock.advance(1000);
    expect(story).toEqual(['0 a', '30 a']);
  });

  it('does not forget by an add how often a key was retried', async () => {
    const { queue, end, clock } = queueOf();
    queue.add('a');
    await end('a', retry);
    queue.add('a');
    await end('a', retry);
    expect(clock.wakesAt).toEqual([200]);
  });

  it('forgets how often a key was retried once a pass of it is done, also where the next one follows at once', async () => {
    const { queue, end, clock } = queueOf();
    queue.add('a');
    await end('a', retry);
    queue.add('a');
    queue.add('a');
    await end('a');
    await end('a', retry);
    expect(clock.wakesAt).toEqual([100]);
  });

  it('leaves no timer behind at the end', async () => {
    const { queue, end, clock, stop, running } = queueOf({ concurrency: 2 });
    queue.add('a');
    queue.add('b');
    await end('a', retry);
    stop.abort();
    await settled();
    const left = clock.wakesAt;
    await end('b', retry);
    await running;
    expect([left, clock.wakesAt]).toEqual([[], []]);
  });

  it('does not retry what has ended for good', async () => {
    const { queue, end, clock } = queueOf();
    queue.add('a');
    await end('a', { outcome: 'terminal', reason: 'REJECTED' });
    expect([queue.size, clock.wakesAt]).toEqual([0, []]);
  });

  it('retries a pass that threw, tells of it, and goes on with the others', async () => {
    const faults: unknown[] = [];
    const { queue, story, end, clock } = queueOf({ onFault: (key, error) => faults.push([key, error]) });
    queue.add('a');
    queue.add('b');
    const bug = new Error('bug');
    await end('a', bug);
    await end('b');
    await clock.advance(100);
    expect([faults, story]).toEqual([[['a', bug]], ['0 a', '0 b', '100 a']]);
  });

  it('begins nothing after the end, and ends with the passes that are under way', async () => {
    const { queue, story, end, clock, stop, running } = queueOf();
    let ended = false;
    void running.then(() => (ended = true));
    queue.add('a');
    queue.add('b');
    stop.abort();
    queue.add('c');
    await settled();
    const endedEarly = ended;
    await end('a', retry);
    await clock.advance(10_000);
    expect([endedEarly, ended, story, clock.wakesAt]).toEqual([false, true, ['0 a'], []]);
  });

  it('begins a whole pass of a key after its last add, whatever happens; never two at once', async () => {
    const action = fc.oneof(
      fc.record({ add: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ end: fc.constantFrom('a', 'b', 'c'), how: fc.constantFrom('done', 'retry', 'throw') }),
      fc.record({ pass: fc.integer({ min: 1, max: 300 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        async (actions, concurrency) => {
          const { queue, end, clock, underWay, story, stop, running } = queueOf({ concurrency });
          const begun = (key: string): number => story.filter((line) => line.endsWith(key)).length;
          const owed = new Map<string, number>();
          let most = 0;
          for (const each of actions) {
            if ('add' in each) {
              owed.set(each.add, begun(each.add));
              queue.add(each.add);
            } else if ('pass' in each) await clock.advance(each.pass);
            else if (underWay.has(each.end)) {
              await end(each.end, each.how === 'throw' ? new Error('bug') : { outcome: each.how as 'done' });
            }
            most = Math.max(most, underWay.size);
          }
          while (queue.size > 0) {
            for (const key of [...underWay.keys()]) await end(key);
            await clock.advance(1000);
          }
          stop.abort();
          await running;
          const unpaid = [...owed].filter(([key, before]) => begun(key) <= before);
          expect([unpaid, most <= concurrency]).toEqual([[], true]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
