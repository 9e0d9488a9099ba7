import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  answerTtlMs,
  maxWaitingQuestions,
  mostPins,
  NoAnswer,
  NoResponder,
  openReply,
  replyTo,
  type BoardNote,
  type BoardReply,
  type BoardRequest,
  type RequestBoard,
} from '@mcp/event-log';
import { Commands } from './commands.js';
import { Connection } from './connection.js';
import { meshKeys, type MeshKeys } from './keys.js';
import type { RedisPlace } from './place.js';

export type RedisBoardOptions = RedisPlace & {
  readonly mesh: string;
  /** Told why a responder does not serve just now, or was not seen to; it tries again by itself. */
  readonly onTrouble?: (trouble: unknown) => void;
};

const heartbeatMs = 2000;
/** A responder that has been silent for five heartbeats is taken as gone. */
const longestSilenceMs = 5 * heartbeatMs;
const blockMs = 5000;
const graceMs = 2000;
const firstPollMs = 5;
const slowestPollMs = 200;
const retryMs = 500;

/** One group and one name in it: whoever serves takes over what the one before had taken and not answered. */
const group = 'responders';
const consumer = 'responder';

/** Entries as XREADGROUP gives them; one that was pushed out of the stream since it was taken has no fields. */
type Taken = [key: string, entries: [id: string, fields: string[] | null][]][];

/**
 * A board on a Redis server: questions in a bounded stream for each topic, each answer in a key of its own that goes away after ten
 * minutes. Who asks polls for the answer: dry runs are few, and a poll survives whatever the connection does.
 *
 * A responder that is killed at work is followed by one that works on the question again, if its deadline has not passed.
 */
export class RedisRequestBoard implements RequestBoard {
  readonly #commands: Commands;
  readonly #keys: MeshKeys;
  readonly #closing = new AbortController();

  constructor(private readonly options: RedisBoardOptions) {
    this.#keys = meshKeys(options.mesh);
    this.#commands = new Commands(options, this.#keys, 'mcp-board');
  }

  async ask({ topic, id, body, timeoutMs }: BoardRequest): Promise<unknown> {
    const deadline = Date.now() + timeoutMs;
    const keys = this.#keys;
    const reply = keys.reply(topic, id);
    const [outcome, detail] = await this.#commands.ask(`ask ${topic}`, (redis) =>
      redis.mcpAsk([
        ...[keys.questions(topic), keys.responders(topic), keys.asked(topic, id), reply],
        ...[id, JSON.stringify(body ?? null), timeoutMs, longestSilenceMs, maxWaitingQuestions],
      ]),
    );
    if (outcome === 'REPLY') return openReply(topic, JSON.parse(detail) as BoardReply);
    if (outcome === 'NOBODY') throw new NoResponder(topic, Number(detail) > 0 ? Number(detail) : undefined);
    for (let pollMs = firstPollMs; ; pollMs = Math.min(slowestPollMs, pollMs * 1.5)) {
      const remainingMs = deadline - Date.now();
      if (remainingMs <= 0 || this.#closing.signal.aborted) throw new NoAnswer(topic, timeoutMs);
      await pause(Math.min(pollMs, remainingMs));
      const text = await this.#commands.ask(`ask ${topic}`, (redis) => redis.get(reply));
      if (text !== null) return openReply(topic, JSON.parse(text) as BoardReply);
    }
  }

  async serve(
    topic: string,
    answer: (body: unknown, signal: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    const questions = new Connection({ place: this.options, key: this.#keys.meta, name: 'mcp-responder' });
    const end = () => questions.close();
    ended.addEventListener('abort', end);
    const responder = randomUUID();
    const tell = (trouble: unknown) => {
      if (!ended.aborted) this.options.onTrouble?.(trouble);
    };
    const beat = setInterval(() => {
      this.#seen(topic, responder, true).catch(tell);
    }, heartbeatMs);
    try {
      while (!ended.aborted) {
        try {
          await this.#seen(topic, responder, true);
          await this.#answerAll(topic, questions, answer, ended);
        } catch (error) {
          tell(error);
          // contact was lost, most likely; what was taken and not answered is taken again
          await pause(retryMs, undefined, { signal: ended }).catch(() => undefined);
        }
      }
    } finally {
      clearInterval(beat);
      ended.removeEventListener('abort', end);
      questions.close();
      // where that cannot be told, silence will
      await this.#seen(topic, responder, false).catch(() => undefined);
    }
  }

  async pin({ scope, id, body, forMs }: BoardNote): Promise<void> {
    const [pin, pins] = [this.#keys.pin(id), this.#keys.pins(scope)];
    await this.#commands.ask('pin', async (redis) => {
      // done again after a lost answer, it does the same
      const results = await redis
        .multi()
        .set(pin, JSON.stringify(body), 'PX', forMs)
        .lrem(pins, 0, pin)
        .lpush(pins, pin)
        .lrange(pins, mostPins, -1)
        .ltrim(pins, 0, mostPins - 1)
        .pexpire(pins, forMs)
        .exec();
      const failed = results?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
      const old = (results?.[3]?.[1] ?? []) as readonly string[];
      if (old.length > 0) await redis.unlink(...old);
    });
  }

  async pinned(id: string): Promise<unknown> {
    const text = await this.#commands.ask('read a pin', (redis) => redis.get(this.#keys.pin(id)));
    return text === null ? undefined : (JSON.parse(text) as unknown);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#commands.close();
  }

  /** Returns on abort and fails when contact is lost. */
  async #answerAll(
    topic: string,
    questions: Connection,
    answer: (body: unknown, signal: AbortSignal) => Promise<unknown>,
    ended: AbortSignal,
  ): Promise<void> {
    const key = this.#keys.questions(topic);
    await this.#commands
      .ask('serve', (redis) => redis.xgroup('CREATE', key, group, '0', 'MKSTREAM'))
      .catch((error: unknown) => {
        if (!String((error as Error).cause).includes('BUSYGROUP')) throw error;
      });
    // first what was taken before and not answered, then what nobody took
    for (let from = '0'; !ended.aborted;) {
      const taken = await questions.within<unknown>(blockMs + graceMs, (redis) =>
        redis.xreadgroup('GROUP', group, consumer, 'COUNT', 1, 'BLOCK', blockMs, 'STREAMS', key, from),
      );
      const entry = (taken as Taken | null)?.[0]?.[1][0];
      if (entry === undefined) {
        from = '>';
        continue;
      }
      const [entryId, fields] = entry;
      const [, id = '', , body = 'null', , deadline = 0] = fields ?? [];
      if (Number(deadline) > (await this.#serverTime())) {
        const reply = JSON.stringify(await replyTo(JSON.parse(body), answer, ended));
        await this.#commands.ask('answer', (redis) =>
          redis.set(this.#keys.reply(topic, id), reply, 'PX', answerTtlMs, 'NX'),
        );
      }
      await this.#commands.ask('answer', (redis) =>
        redis.multi().xack(key, group, entryId).xdel(key, entryId).exec(),
      );
    }
  }

  async #seen(topic: string, responder: string, serving: boolean): Promise<void> {
    const args = [this.#keys.responders(topic), responder, serving ? 1 : 0];
    await this.#commands.ask('serve', (redis) => redis.mcpSeen(args));
  }

  async #serverTime(): Promise<number> {
    const [seconds, microseconds] = await this.#commands.ask('serve', (redis) => redis.time());
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }
}
