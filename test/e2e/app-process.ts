import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** One of the apps as it is deployed: its own process, told everything by its environment. */
export class AppProcess {
  #process: ChildProcess | undefined;
  #output = '';

  constructor(
    readonly name: string,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly node = process.execPath,
  ) {}

  /** What it printed, for the message of a test that fails. */
  get output(): string {
    return this.#output;
  }

  /** Its page of metrics, as Prometheus gets it. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.#url}/metrics`)).text();
  }

  /** The sum of the series of this name that have this label: `count('mcp_x_total', 'outcome="whole"')`. Fails where there is none. */
  async count(name: string, label = ''): Promise<number> {
    const series = (await this.metrics())
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .filter((line) => line.includes(label));
    if (series.length === 0) throw new Error(`${this.name} has no series ${name} with ${label}`);
    return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /** Where it answers as the API. */
  get address(): string {
    return `127.0.0.1:${this.environment['MCP_GRPC_PORT'] ?? ''}`;
  }

  /** What its parts say of themselves, with the status. */
  async readiness(): Promise<string> {
    const response = await fetch(`${this.#url}/readyz`);
    return `${response.status} ${await response.text()}`;
  }

  get #url(): string {
    return `http://127.0.0.1:${this.environment['MCP_HTTP_PORT'] ?? ''}`;
  }

  async start(): Promise<void> {
    const main = join(process.cwd(), 'dist', 'apps', this.name, 'src', 'main.js');
    const child = spawn(this.node, [main], {
      // at its end every projection is rebuilt from zero and compared; a difference fails the process
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        REPLAY_CHECK: '1',
        ...this.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on(
        'data',
        (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-100_000)),
      );
    }
    await this.#ready();
  }

  async #ready(): Promise<void> {
    let last = 'no answer';
    const until = Date.now() + 60_000;
    while (Date.now() < until) {
      await sleep(100);
      if (this.#process?.exitCode !== null) break;
      try {
        const response = await fetch(`${this.#url}/readyz`);
        if (response.ok) return;
        last = await response.text();
      } catch {
        continue;
      }
    }
    throw new Error(`${this.name} is not ready: ${last}\n${this.#output}`);
  }

  /** Ends it without a word, as a crash does. */
  async crash(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops it without ending it: its connections stay open. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Waits until it ends by itself; resolves with its exit code. */
  async ended(): Promise<number | null> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null)
      await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    child.kill(signal);
    await once(child, 'exit');
    return child.exitCode;
  }
}
