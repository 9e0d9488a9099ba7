import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectorPresence } from '@mcp/contracts';
import { collectorTopic, NoResponder, type RequestBoard } from '@mcp/event-log';

/** Between two questions whether a collector is at work, and how long one may take; in milliseconds. */
const timing = { askEveryMs: 5_000, answerWithinMs: 2_000 };

/** Knows whether a collector is at work: what the log alone cannot tell after a crash. */
export class CollectorWatch {
  #presence: CollectorPresence = { atWork: false, lastSeen: undefined };
  #lastAnswer: Date | undefined;

  constructor(
    private readonly board: RequestBoard,
    private readonly times = timing,
  ) {}

  /** As of the last question, a few seconds ago at most. */
  get presence(): CollectorPresence {
    return this.#presence;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#presence = await this.#ask();
      await sleep(this.times.askEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #ask(): Promise<CollectorPresence> {
    const question = {
      topic: collectorTopic,
      id: randomUUID(),
      body: null,
      timeoutMs: this.times.answerWithinMs,
    };
    try {
      await this.board.ask(question);
      this.#lastAnswer = new Date();
      return { atWork: true, lastSeen: undefined };
    } catch (error) {
      // no answer, or a board that cannot be asked: either way nobody is known to be at work
      const seen = error instanceof NoResponder ? error.lastSeenAt : undefined;
      return { atWork: false, lastSeen: seen === undefined ? this.#lastAnswer : new Date(seen) };
    }
  }
}
