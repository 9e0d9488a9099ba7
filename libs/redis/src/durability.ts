import type { Durability } from '@mcp/event-log';
import type { Redis } from 'ioredis';
import { isRefusal } from './refusals.js';

/** Settings can be changed while the server runs; an answer is at most this old. */
const freshMs = 10_000;

/** What the server that a connection leads to does with an append before it acknowledges it. */
export class DurabilityCheck {
  readonly #known = new WeakMap<Redis, { readonly since: number; readonly answer: Promise<Durability> }>();

  of(redis: Redis): Promise<Durability> {
    const known = this.#known.get(redis);
    if (known !== undefined && Date.now() - known.since < freshMs) return known.answer;
    const answer = askDurability(redis);
    this.#known.set(redis, { since: Date.now(), answer });
    answer.catch(() => this.#known.delete(redis));
    return answer;
  }
}

async function askDurability(redis: Redis): Promise<Durability> {
  try {
    // two questions: a server before 7.0 takes one name each
    const [appendOnly, fsync] = await Promise.all([
      redis.config('GET', 'appendonly'),
      redis.config('GET', 'appendfsync'),
    ]);
    if (appendOnly[1] !== 'yes') return 'memory';
    return fsync[1] === 'always' ? 'synced' : 'buffered';
  } catch (error) {
    if (isRefusal(error)) return 'unknown';
    throw error;
  }
}
