import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { RedisServer, type RedisServerOptions } from './redis-server.js';

const master = 'mymaster';

/** A master, its replicas, and three real sentinels that take a server for dead after a second. */
export class SentinelTrio {
  readonly master = master;

  private constructor(
    readonly servers: readonly RedisServer[],
    /** Of the sentinels, without TLS. */
    readonly ports: readonly number[],
    private readonly servedPorts: readonly number[],
    private readonly dir: string,
    private readonly sentinels: readonly ChildProcess[],
  ) {}

  static async start({
    replicas,
    settings = {},
    tls,
  }: {
    readonly replicas: number;
    /** With it, all speak TLS to each other, and `addresses` are of TLS. */
    readonly tls?: RedisServerOptions['tls'];
    readonly settings?: Readonly<Record<string, string>>;
  }): Promise<SentinelTrio> {
    const options = { settings, ...(tls && { tls }) };
    const first = await RedisServer.start(options);
    const replicaOf = { port: first.servedPort };
    const others = await Promise.all(
      Array.from({ length: replicas }, () => RedisServer.start({ ...options, replicaOf })),
    );
    const dir = mkdtempSync(join(tmpdir(), 'mcp-sentinels-'));
    const ports = [await freePort(), await freePort(), await freePort()];
    const tlsPorts = tls && [await freePort(), await freePort(), await freePort()];
    const sentinels = ports.map((port, index) => {
      const file = join(dir, `${port}.conf`);
      const lines = [
        ...[`port ${port}`, 'bind 127.0.0.1', `dir ${dir}`],
        ...(tls === undefined
          ? []
          : [
              ...[`tls-port ${tlsPorts?.[index]}`, `tls-replication yes`, `tls-auth-clients optional`],
              ...[`tls-cert-file ${tls.certificatePath}`, `tls-key-file ${tls.keyPath}`],
              `tls-ca-cert-file ${tls.certificatePath}`,
            ]),
        `sentinel monitor ${master} 127.0.0.1 ${first.servedPort} 2`,
        ...[`sentinel down-after-milliseconds ${master} 1000`, `sentinel failover-timeout ${master} 5000`],
      ];
      writeFileSync(file, lines.join('\n'));
      return spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
    });
    const trio = new SentinelTrio([first, ...others], ports, tlsPorts ?? ports, dir, sentinels);
    await trio.#reaches(async () => {
      const known = await Promise.all(ports.map((port) => ask(port, `SENTINEL MASTER ${master}`)));
      return known.every(
        (told) =>
          told.includes(`num-slaves\r\n$1\r\n${replicas}`) && told.includes('num-other-sentinels\r\n$1\r\n2'),
      );
    });
    await trio.#reaches(async () =>
      (await first.command('INFO replication')).includes(`connected_slaves:${replicas}`),
    );
    return trio;
  }

  get addresses(): readonly { host: string; port: number }[] {
    return this.servedPorts.map((port) => ({ host: '127.0.0.1', port }));
  }

  /** The server that each sentinel names as the master; undefined while they differ. */
  async current(): Promise<RedisServer | undefined> {
    const told = await Promise.all(
      this.ports.map((port) => ask(port, `SENTINEL GET-MASTER-ADDR-BY-NAME ${master}`)),
    );
    return this.servers.find(({ servedPort }) =>
      told.every((reply) => reply.includes(`\r\n${servedPort}\r\n`)),
    );
  }

  /** `kill -9` of the master. Resolves with the one that took over, when the sentinels agree on it. */
  async failOver(): Promise<{ readonly killed: RedisServer; readonly promoted: RedisServer }> {
    const killed = await this.current();
    if (killed === undefined) throw new Error('there is no master');
    await killed.kill();
    let promoted: RedisServer | undefined;
    await this.#reaches(async () => {
      promoted = await this.current();
      return promoted !== undefined && promoted !== killed;
    });
    return { killed, promoted: promoted! };
  }

  async stop(): Promise<void> {
    for (const sentinel of this.sentinels) {
      const exited = once(sentinel, 'exit');
      sentinel.kill('SIGKILL');
      await exited;
    }
    await Promise.all(this.servers.map((server) => server.stop()));
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #reaches(reached: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await reached().catch(() => false))) {
      if (Date.now() > deadline) throw new Error('the sentinels do not agree within 60 s');
      await pause(50);
    }
  }
}

function ask(port: number, line: string): Promise<string> {
  return RedisServer.commandOn(port, line);
}
