import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mostPins, NoResponder, type RequestBoard } from './index.js';

/** Two ends of one board, the same object where it lives in one process. */
export interface RequestBoardHarness {
  readonly asking: RequestBoard;
  readonly serving: RequestBoard;
  readonly cleanup: () => Promise<void>;
}

/** What every request board must do. */
export function requestBoardContract(name: string, factory: () => Promise<RequestBoardHarness>): void {
  describe(`${name} keeps the contract of a request board:`, () => {
    let harness: RequestBoardHarness;
    let ending = new AbortController();
    let served: Promise<void>[] = [];
    beforeAll(async () => {
      harness = await factory();
    });
    afterEach(async () => {
      ending.abort();
      await Promise.all(served);
      ending = new AbortController();
      served = [];
    });
    afterAll(async () => {
      await harness.cleanup();
    });

    const serve = async (topic: string, answer: (body: unknown, signal: AbortSignal) => Promise<unknown>) => {
      served.push(harness.serving.serve(topic, answer, ending.signal));
      // until it is seen to serve
      for (;;) {
        const seen = await harness.asking
          .ask({ topic, id: randomUUID(), body: 'there?', timeoutMs: 2000 })
          .then(() => true)
          .catch((error: unknown) => !(error instanceof NoResponder));
        if (seen) return;
        await pause(10);
      }
    };
    const ask = (topic: string, body: unknown, id: string = randomUUID(), timeoutMs = 5000) =>
      harness.asking.ask({ topic, id, body, timeoutMs });

    it('says at once that nobody serves a topic, when nobody ever did', async () => {
      await expect(ask(randomUUID(), 1)).rejects.toMatchObject({
        code: 'NO_RESPONDER',
        lastSeenAt: undefined,
      });
    });

    it('brings a question to who serves its topic, and the answer back, as plain JSON', async () => {
      const topic = randomUUID();
      await serve(topic, async (body) => ({ echo: body, nothing: undefined }));
      expect(await ask(topic, { spec: ['ü', null, 1.5] })).toEqual({ echo: { spec: ['ü', null, 1.5] } });
    });

    it('keeps topics apart', async () => {
      const [one, other] = [randomUUID(), randomUUID()];
      await serve(one, async () => 'one');
      await serve(other, async () => 'other');
      expect(await Promise.all([ask(one, 1), ask(other, 1)])).toEqual(['one', 'other']);
    });

    it('goes on being asked at once when one of two that serve a topic stops', async () => {
      const topic = randomUUID();
      const leaving = new AbortController();
      const left = harness.serving.serve(topic, async () => 'leaves', leaving.signal);
      await serve(topic, async () => 'stays');
      leaving.abort();
      await left;
      const answers: unknown[] = [];
      for (let asked = 0; asked < 10; asked += 1) answers.push(await ask(topic, asked));
      expect(answers).toEqual(Array.from({ length: 10 }, () => 'stays'));
    });

    it('works once on an id and gives everyone who asks it the same answer', async () => {
      const topic = randomUUID();
      const worked: unknown[] = [];
      await serve(topic, async (body) => {
        await pause(50);
        worked.push(body);
        return worked.length;
      });
      worked.length = 0;
      const id = randomUUID();
      const answers = await Promise.all([ask(topic, 'q', id), ask(topic, 'q', id)]);
      expect([...answers, await ask(topic, 'q', id)]).toEqual([1, 1, 1]);
      expect(worked).toEqual(['q']);
    });

    it('gives an answer that is kept, though nobody serves any more', async () => {
      const topic = randomUUID();
      await serve(topic, async () => 'kept');
      const id = randomUUID();
      await ask(topic, 1, id);
      const before = Date.now();
      ending.abort();
      await Promise.all(served);
      expect(await ask(topic, 1, id)).toBe('kept');
      const refused = ask(topic, 1);
      await expect(refused).rejects.toMatchObject({ code: 'NO_RESPONDER' });
      const { lastSeenAt } = (await refused.catch((error: unknown) => error)) as NoResponder;
      expect(Math.abs(lastSeenAt! - before)).toBeLessThan(5000);
    });

    it('ends a question at its deadline, and answers the next one', async () => {
      const topic = randomUUID();
      await serve(topic, async (body) => {
        await pause(body === 'slow' ? 400 : 0);
        return body;
      });
      await expect(ask(topic, 'slow', randomUUID(), 100)).rejects.toMatchObject({ code: 'NO_ANSWER' });
      expect(await ask(topic, 'quick')).toBe('quick');
    });

    it('tells who asked when the responder failed, and goes on serving', async () => {
      const topic = randomUUID();
      await serve(topic, async (body) => {
        if (body === 'bad') throw new Error('no such object');
        return 'fine';
      });
      await expect(ask(topic, 'bad')).rejects.toMatchObject({
        code: 'ANSWER_FAILED',
        message: expect.stringContaining('no such object'),
      });
      expect(await ask(topic, 'good')).toBe('fine');
    });

    it('answers many questions at once, one after the other', async () => {
      const topic = randomUUID();
      let atOnce = 0;
      let most = 0;
      await serve(topic, async (body) => {
        most = Math.max(most, (atOnce += 1));
        await pause(1);
        atOnce -= 1;
        return body;
      });
      const numbers = Array.from({ length: 30 }, (_, index) => index);
      expect(await Promise.all(numbers.map((number) => ask(topic, number)))).toEqual(numbers);
      expect(most).toBe(1);
    });

    it('keeps what is pinned for everyone, as plain JSON, for as long as it was to be', async () => {
      const id = randomUUID();
      await harness.asking.pin({ scope: 'ada', id, body: { spec: ['ü', null] }, forMs: 60_000 });
      await harness.asking.pin({ scope: 'ada', id: `${id}/short`, body: 1, forMs: 1 });
      await pause(20);
      expect(await harness.serving.pinned(id)).toEqual({ spec: ['ü', null] });
      expect(await harness.serving.pinned(`${id}/short`)).toBeUndefined();
      expect(await harness.serving.pinned(randomUUID())).toBeUndefined();
    });

    it('lets go of the oldest notes of a scope that pins many, and of no other', async () => {
      const [crowd, other] = [randomUUID(), randomUUID()];
      await harness.asking.pin({ scope: other, id: other, body: 'other', forMs: 60_000 });
      for (let note = 0; note < mostPins + 2; note += 1)
        await harness.asking.pin({ scope: crowd, id: `${crowd}/${note}`, body: note, forMs: 60_000 });
      const kept = (note: number) => harness.serving.pinned(`${crowd}/${note}`);
      expect([await kept(0), await kept(1), await kept(2), await kept(mostPins + 1)]).toEqual([
        ...[undefined, undefined, 2, mostPins + 1],
      ]);
      expect(await harness.serving.pinned(other)).toBe('other');
    });
  });
}
