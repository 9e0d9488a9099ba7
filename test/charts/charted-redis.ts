import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '@mcp/testing';
import type { Manifest } from './helm.js';
import { podOf } from './restricted.js';

const run = promisify(execFile);

/**
 * The Redis of the chart without a cluster: Debian's redis-server with the chart's configuration, and with the list of users that the chart's
 * own script makes of its passwords. Other than in the cluster is where the files are.
 */
export class ChartedRedis {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly probe: readonly string[],
  ) {}

  /** Resolves when the chart's readiness probe says so. */
  static async start(
    chart: readonly Manifest[],
    passwords: Readonly<Record<string, string>>,
  ): Promise<ChartedRedis> {
    const folder = mkdtempSync(join(tmpdir(), 'charted-redis-'));
    const file = (...path: readonly string[]): string => join(folder, ...path);
    for (const name of ['data', 'etc', 'passwords', 'run']) mkdirSync(file(name));
    const { data } = chart.find(({ kind }) => kind === 'ConfigMap') as unknown as {
      data: Record<string, string>;
    };
    for (const [name, text] of Object.entries(data)) writeFileSync(file('etc', name), text);
    for (const [user, password] of Object.entries(passwords))
      writeFileSync(file('passwords', user), password);

    const places = {
      '/etc/redis': file('etc'),
      '/run/redis': file('run'),
      '/passwords': file('passwords'),
      '/data': file('data'),
    };
    const here = (text: string): string =>
      Object.entries(places).reduce(
        (words, [from, to]) => words.replaceAll(new RegExp(`${from}(?=/|\\s|$)`, 'g'), to),
        text,
      );
    const pod = chart.flatMap((manifest) =>
      manifest.kind === 'StatefulSet' ? (podOf(manifest) ?? []) : [],
    )[0];
    const [program = '', ...script] = pod?.initContainers?.[0]?.command ?? [];
    await run(program, script.map(here));

    const port = await freePort();
    writeFileSync(
      file('etc', 'redis.conf'),
      `${here(data['redis.conf'] ?? '')}\nport ${port}\nbind 127.0.0.1\n`,
    );
    const { readinessProbe } = pod?.containers[0] as unknown as {
      readinessProbe: { exec: { command: string[] } };
    };
    const redis = new ChartedRedis(port, folder, readinessProbe.exec.command.slice(1));
    redis.#process = spawn('redis-server', [file('etc', 'redis.conf')], { stdio: 'ignore' });
    await redis.#ready();
    return redis;
  }

  async #ready(): Promise<void> {
    const until = Date.now() + 15_000;
    while (Date.now() < until) {
      await sleep(50);
      if (this.#process?.exitCode !== null) break;
      const pong = await run('redis-cli', ['-p', String(this.port), ...this.probe]).catch(() => undefined);
      if (pong?.stdout === 'PONG\n') return;
    }
    throw new Error('the redis-server of the chart does not answer');
  }

  passwordFile(user: string): string {
    return join(this.folder, 'passwords', user);
  }

  /** What the server says to a command of a user. */
  async command(user: string, password: string, ...words: readonly string[]): Promise<string> {
    const login = ['-p', String(this.port), '--user', user, '--pass', password, '--no-auth-warning'];
    const { stdout } = await run('redis-cli', [...login, ...words]);
    return stdout.trim();
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(this.folder, { recursive: true });
  }
}
