import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.js';

export interface RedisServerOptions {
  /** Further settings, as in redis.conf: `{ appendfsync: 'always' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The master, or a proxy that leads to it. */
  readonly replicaOf?: { readonly port: number };
  /**
   * Listens with TLS too, on `tlsPort`, and speaks TLS to other servers: `replicaOf` is a port of TLS then. A client that shows a
   * certificate must have one of the same authority.
   */
  readonly tls?: { readonly certificatePath: string; readonly keyPath: string };
  /** A node of a Redis Cluster, without slots and alone. */
  readonly cluster?: true;
}

/**
 * A real redis-server on a free loopback port, with its data in a folder of its own and the append-only file on. It keeps port
 * and data through `kill` and `restart`; `stop` removes the data.
 */
export class RedisServer {
  #process: ChildProcess | undefined;
  readonly #dir = mkdtempSync(join(tmpdir(), 'mcp-redis-'));

  private constructor(
    readonly port: number,
    /** Of TLS and of the cluster's bus; nothing listens there without. */
    readonly tlsPort: number,
    readonly busPort: number,
    private readonly options: RedisServerOptions,
  ) {}

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await freePort(), await freePort(), options);
    await server.restart();
    return server;
  }

  /** Where other servers, and clients as they are sent on, find it. */
  get servedPort(): number {
    return this.options.tls === undefined ? this.port : this.tlsPort;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again on what it had on disk. Resolves when it answers and has loaded its data. */
  async restart(): Promise<void> {
    const { replicaOf, tls, cluster, settings } = this.options;
    const args = {
      port: String(this.port),
      bind: '127.0.0.1',
      dir: this.#dir,
      save: '',
      appendonly: 'yes',
      ...(replicaOf !== undefined && { replicaof: `127.0.0.1 ${replicaOf.port}` }),
      'repl-diskless-sync-delay': '0',
      ...(tls !== undefined && {
        'tls-port': String(this.tlsPort),
        'tls-cert-file': tls.certificatePath,
        'tls-key-file': tls.keyPath,
        'tls-ca-cert-file': tls.certificatePath,
        'tls-auth-clients': 'optional',
        'tls-replication': 'yes',
        ...(cluster && { 'tls-cluster': 'yes' }),
      }),
      ...(cluster && {
        'cluster-enabled': 'yes',
        'cluster-port': String(this.busPort),
        'cluster-node-timeout': '1500',
      }),
      ...settings,
    };
    this.#process = spawn(
      'redis-server',
      Object.entries(args).flatMap(([name, value]) => [
        `--${name}`,
        ...(value === '' ? [''] : value.split(' ')),
      ]),
      { stdio: 'ignore' },
    );
    const deadline = Date.now() + 60_000;
    while (!(await this.command('PING').catch(() => '')).startsWith('+PONG')) {
      if (this.#process.exitCode !== null)
        throw new Error(`redis-server ended with ${this.#process.exitCode}`);
      if (Date.now() > deadline) throw new Error('redis-server does not answer within 60 s');
      await pause(20);
    }
  }

  /** `kill -9`: nothing is flushed that was not. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }

  /** SIGSTOP: connections stay open and nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Sends one inline command and gives the raw reply, as far as it comes in one packet. */
  command(line: string): Promise<string> {
    return RedisServer.commandOn(this.port, line);
  }

  static async commandOn(port: number, line: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.write(`${line}\r\n`);
      const [reply] = (await once(socket, 'data')) as [Buffer];
      return reply.toString('utf8');
    } finally {
      socket.destroy();
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
