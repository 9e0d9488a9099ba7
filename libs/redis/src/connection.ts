import { LogUnavailable } from '@mcp/event-log';
import { Redis, type RedisOptions } from 'ioredis';
import { nameOf, type RedisPlace } from './place.js';
import { hindranceOf } from './refusals.js';
import { routeTo, type Route } from './route.js';
import { scripts } from './scripts.js';

export interface ConnectionOptions {
  readonly place: RedisPlace;
  /** Any key of the mesh: all of them are on one server. */
  readonly key: string;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** A connection that is not ready within this time is given up. */
  readonly connectTimeoutMs?: number;
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
  readonly #route: Route;

  get closed(): boolean {
    return this.#closed;
  }

  constructor(private readonly options: ConnectionOptions) {
    this.#route = routeTo(options.place, options.key);
  }

  /** The connection, ready to be written to. Fails with `LogUnavailable`. */
  ready(): Promise<Redis> {
    if (this.#opening === undefined && this.#current?.status === 'ready')
      return Promise.resolve(this.#current);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /**
   * Does something on the connection. One that is silent for longer than the limit is taken as dead and dropped, and so is one to a server
   * that says it is not the one.
   */
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
    } catch (error) {
      if (this.#current === redis && hindranceOf(error) === 'elsewhere') this.drop();
      throw error;
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
    const { place, connectTimeoutMs = 3000 } = this.options;
    try {
      return await this.#route.open((options) => this.#connect(options, connectTimeoutMs), connectTimeoutMs);
    } catch (error) {
      this.drop();
      throw new LogUnavailable(`connect to ${nameOf(place)}`, error);
    }
  }

  async #connect(options: RedisOptions, connectTimeoutMs: number): Promise<Redis> {
    if (this.#closed) throw new Error('closed');
    const redis = new Redis({
      connectTimeout: connectTimeoutMs,
      ...options,
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: null,
      enableOfflineQueue: false,
      connectionName: this.options.name,
      disableClientInfo: true,
      scripts,
      replyMapping: 'legacy',
    });
    let fault: unknown;
    redis.on('error', (error) => {
      fault = error;
    });
    // the client bounds the TCP connect only, not a server that accepts and is silent
    this.#current = redis;
    const timer = setTimeout(() => redis.disconnect(), connectTimeoutMs);
    try {
      await redis.connect();
      return redis;
    } catch (error) {
      redis.disconnect();
      throw connectingFault(fault ?? error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Of what the client says only the words: its errors carry the command, which here may be the one with the password. */
function connectingFault(fault: unknown): Error {
  const { message, code } = fault as Error & { code?: string };
  const told = certificateFaults.has(code ?? '')
    ? `the server's certificate is not of an authority that is trusted here (${message}); give the file of its authority`
    : message;
  return Object.assign(new Error(told), code !== undefined && { code });
}

const certificateFaults = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
