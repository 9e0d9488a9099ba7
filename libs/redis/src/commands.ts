import { setTimeout as pause } from 'node:timers/promises';
import { isEventLogError, LogUnavailable } from '@mcp/event-log';
import type { Redis } from 'ioredis';
import { Connection } from './connection.js';
import type { MeshKeys } from './keys.js';
import type { RedisPlace } from './place.js';
import { hindranceOf, isRefusal } from './refusals.js';

/** A command is given up on its connection after this, and sent again on another. */
const replyTimeoutMs = 4000;
/** No new attempt begins after this. */
const patienceMs = 5000;
const pauseMs = 50;

/** The scripts as the client offers them: keys first, then arguments, in one list. */
export interface ScriptedRedis extends Redis {
  mcpBegin(args: readonly string[]): Promise<string>;
  mcpAppend(args: readonly (string | number)[]): Promise<[string, ...string[]]>;
  mcpClaim(args: readonly string[]): Promise<number>;
  mcpTrim(args: readonly (string | number)[]): Promise<[string, string]>;
  mcpDrop(args: readonly (string | number)[]): Promise<[string, string]>;
  mcpSeen(args: readonly (string | number)[]): Promise<number>;
  mcpAsk(args: readonly (string | number)[]): Promise<[string, string]>;
  mcpPutPages(args: readonly (string | number | Buffer)[]): Promise<0 | 1>;
}

export type Attempt<T> = (redis: ScriptedRedis, remainingMs: number) => Promise<T>;

/** How sending something ended when there was no answer. */
export class NotAnswered extends Error {
  constructor(
    /** Whether it may have reached the server. */
    readonly sent: boolean,
    override readonly cause: unknown,
  ) {
    super('the server did not answer', { cause });
  }
}

/** The connection for everything that does not block, shared by all who ask. */
export class Commands {
  readonly #connection: Connection;

  constructor(place: RedisPlace, keys: MeshKeys, name: string, connectTimeoutMs?: number) {
    this.#connection = new Connection({
      place,
      key: keys.meta,
      name,
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
    });
  }

  /** For what may be done twice: tries until there is an answer. Fails with `LogUnavailable`. */
  async ask<T>(attempted: string, attempt: Attempt<T>): Promise<T> {
    try {
      return await this.send(attempt);
    } catch (error) {
      if (error instanceof NotAnswered) throw new LogUnavailable(attempted, error.cause);
      if (isRefusal(error)) throw new LogUnavailable(attempted, error);
      throw error;
    }
  }

  /**
   * Tries, on a new connection each time one breaks, for as long as patience lasts. Fails with `NotAnswered`, or with the server's
   * refusal where no earlier attempt could have reached it.
   */
  async send<T>(attempt: Attempt<T>): Promise<T> {
    const deadline = Date.now() + patienceMs;
    let sent = false;
    for (;;) {
      try {
        await this.#connection.ready();
      } catch (error) {
        if (this.#isOver(deadline)) throw new NotAnswered(sent, error);
        await pause(pauseMs);
        continue;
      }
      try {
        const limitMs = Math.max(pauseMs, Math.min(replyTimeoutMs, deadline - Date.now()));
        return await this.#connection.within(limitMs, (redis) => attempt(redis as ScriptedRedis, limitMs));
      } catch (error) {
        // an answer, only not a welcome one
        if (isEventLogError(error)) throw error;
        if (isRefusal(error)) {
          // what is not done here yet may be done here or elsewhere in a moment
          const again = hindranceOf(error) !== undefined && !this.#isOver(deadline);
          if (!again && sent) throw new NotAnswered(sent, error);
          if (!again) throw error;
          await pause(pauseMs);
          continue;
        }
        sent = true;
        if (this.#isOver(deadline)) throw new NotAnswered(sent, error);
        await pause(pauseMs);
      }
    }
  }

  #isOver(deadline: number): boolean {
    return this.#connection.closed || Date.now() + pauseMs > deadline;
  }

  close(): void {
    this.#connection.close();
  }
}
