import { LogUnavailable } from '@mcp/event-log';
import { Redis } from 'ioredis';
import { scripts } from './scripts.js';

export interface ConnectionOptions {
  readonly url: string;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** A connection that is not ready within this time is given up. */
  readonly connectTimeoutMs?: number;
}

/** A reply of -ERR and the like: the server has understood and refused. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The refusal of an entry whose id is not above the top of its stream. */
export function isNotAboveTop(error: Error): boolean {
  return error.message.includes('equal or smaller');
}

/**
 * One connection to Redis, opened again on demand after it broke.
 *
 * The client's own reconnecting is off: it would send again what had no reply, at a time that nobody knows, also commands whose
 * caller has long been told that the outcome is unknown. Here whatever is pending fails when the connection breaks, and who asked
 * decides.
 */
export class Connection {
  #current: Redis | undefined;
  #opening: Promise<Redis> | undefined;
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  constructor(private readonly options: ConnectionOptions) {}

  /** The connection, ready to be written to. Fails with `LogUnavailable`. */
  ready(): Promise<Redis> {
    if (this.#current?.status === 'ready') return Promise.resolve(this.#current);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Does something on the connection. One that is silent for longer than the limit is taken as dead and dropped. */
  async within<T>(limitMs: number, action: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = await this.ready();
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no reply within ${limitMs} ms`));
        if (this.#current === redis) this.drop();
      }, limitMs);
    });
    try {
      return await Promise.race([action(redis), silent]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the connection; whatever is pending on it fails. The next use opens another. */
  drop(): void {
    this.#current?.disconnect();
    this.#current = undefined;
  }

  close(): void {
    this.#closed = true;
    this.drop();
  }

  async #open(): Promise<Redis> {
    const { url, name, connectTimeoutMs = 3000 } = this.options;
    const attempted = `connect to ${withoutPassword(url)}`;
    if (this.#closed) throw new LogUnavailable(`${attempted}: closed`);
    const redis = new Redis(url, {
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: null,
      enableOfflineQueue: false,
      connectionName: name,
      connectTimeout: connectTimeoutMs,
      scripts,
    });
    let fault: unknown;
    redis.on('error', (error) => {
      fault = error;
    });
    // the client bounds the TCP connect only, not a server that accepts and is silent
    this.#current = redis;
    const timer = setTimeout(() => this.drop(), connectTimeoutMs);
    try {
      await redis.connect();
      return redis;
    } catch (error) {
      if (this.#current === redis) this.drop();
      throw new LogUnavailable(attempted, fault ?? error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
