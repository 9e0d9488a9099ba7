import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '@mcp/testing';
import { AppProcess } from '../e2e/app-process.js';
import type { ComposeFile, ComposeService } from './compose-file.js';

const run = promisify(execFile);

/** The ports that something listens on in its container: the variable that says which, where there is one, and its default. */
const portVariables = { MCP_HTTP_PORT: 10901, MCP_GRPC_PORT: 10900, MCP_SIMULATION_PORT: 10902 } as const;
const fixedPorts = { redis: 6379, prometheus: 9090 } as const;

/** What another program is called on Debian. */
const programs: Readonly<Record<string, string>> = {
  'valkey-server': 'redis-server',
  'valkey-cli': 'redis-cli',
};

/**
 * What docker-compose.yml describes, without Docker: every service is a process of this machine, started in the order and under the
 * conditions of the file, with its command, environment and health check. Other than in containers are only the addresses, since all
 * share one loopback, and the places of files. A service that is reached under a name that is not in the file is not reached here.
 */
export class LocalStack {
  readonly #folder = mkdtempSync(join(tmpdir(), 'compose-'));
  readonly #ports = new Map<string, number>();
  readonly #started = new Map<string, Promise<void>>();
  readonly #stops: (() => Promise<unknown>)[] = [];
  /** In the order in which they were healthy, or had ended well. */
  readonly ready: string[] = [];
  readonly outputs = new Map<string, string>();
  readonly apps = new Map<string, AppProcess>();

  constructor(private readonly file: ComposeFile) {
    for (const volume of Object.keys(file.volumes)) mkdirSync(join(this.#folder, volume));
  }

  /** Where a port of a service is to be found on this machine. */
  address(service: string, port: number): string {
    return `127.0.0.1:${this.#ports.get(`${service}:${port}`) ?? 'none'}`;
  }

  /** `docker compose up`: all services without a profile, and those of the profiles that are named. */
  async up(...profiles: readonly string[]): Promise<void> {
    for (const name of Object.keys(this.file.services)) {
      for (const port of [...Object.values(portVariables), ...Object.values(fixedPorts)])
        this.#ports.set(`${name}:${port}`, this.#ports.get(`${name}:${port}`) ?? (await freePort()));
    }
    const wanted = Object.entries(this.file.services).filter(([, { profiles: of = [] }]) =>
      of.length === 0 ? profiles.length === 0 : of.some((profile) => profiles.includes(profile)),
    );
    await Promise.all(wanted.map(([name]) => this.#start(name)));
  }

  async down(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(name: string): Promise<void> {
    const begun = this.#started.get(name) ?? this.#startAfterOthers(name);
    this.#started.set(name, begun);
    return begun;
  }

  async #startAfterOthers(name: string): Promise<void> {
    const service = this.file.services[name];
    if (service === undefined) throw new Error(`there is no service ${name}`);
    const { depends_on: others = {}, healthcheck } = service;
    for (const [other, { condition }] of Object.entries(others)) {
      const ends = this.file.services[other]?.healthcheck === undefined;
      if (ends !== (condition === 'service_completed_successfully'))
        throw new Error(`${name} waits for ${other} to be what it never will be: ${condition}`);
    }
    await Promise.all(Object.keys(others).map((other) => this.#start(other)));
    if (healthcheck === undefined) await this.#runToItsEnd(name, service);
    else {
      await this.#keepRunning(name, service);
      await this.#healthy(name, service, healthcheck.test.slice(1));
    }
    this.ready.push(name);
  }

  async #runToItsEnd(name: string, service: ComposeService): Promise<void> {
    const [program = '', ...args] = (service.entrypoint ?? []).map((word) => this.#here(name, service, word));
    const { stdout } = await run(program, args);
    this.outputs.set(name, stdout);
  }

  async #keepRunning(name: string, service: ComposeService): Promise<void> {
    const app = /^linkerd-mcp\/([^:]+):/.exec(service.image)?.[1];
    if (app !== undefined) {
      const process = new AppProcess(app, this.#environmentOf(name, service));
      this.apps.set(name, process);
      this.#stops.push(() => process.crash());
      return process.start();
    }
    const [program = '', ...args] = (service.command ?? []).map((word) => this.#here(name, service, word));
    const started =
      program === 'redis-server'
        ? spawn(program, [...args, '--port', this.#portOf(name, 6379), '--dir', join(this.#folder, 'redis')])
        : spawn('prometheus', [program, ...args, `--web.listen-address=${this.address(name, 9090)}`]);
    this.#stops.push(() => killed(started));
  }

  async #healthy(name: string, service: ComposeService, test: readonly string[]): Promise<void> {
    const words = test.map((word) => this.#here(name, service, word));
    const until = Date.now() + 60_000;
    for (;;) {
      try {
        await this.#check(name, service, words);
        return;
      } catch (error) {
        if (Date.now() > until) throw new Error(`${name} is not healthy`, { cause: error });
        await sleep(200);
      }
    }
  }

  async #check(
    name: string,
    service: ComposeService,
    [program = '', ...args]: readonly string[],
  ): Promise<void> {
    // not every machine has a wget
    const url = args.find((word) => word.startsWith('http://'));
    if (program === 'wget' && url !== undefined) {
      if (!(await fetch(url)).ok) throw new Error(url);
      return;
    }
    const port = program === 'redis-cli' ? ['-p', this.#portOf(name, 6379)] : [];
    const env = { PATH: process.env['PATH'], ...this.#environmentOf(name, service) };
    const { stdout } = await run(program, [...port, ...args], { env });
    if (program === 'redis-cli' && stdout.trim() !== 'PONG') throw new Error(stdout);
  }

  #environmentOf(name: string, service: ComposeService): Record<string, string> {
    const given = Object.entries({ ...portVariables, ...service.environment }).map(([variable, value]) => {
      const port = variable in portVariables ? this.#ports.get(`${name}:${value}`) : undefined;
      return [variable, port === undefined ? this.#here(name, service, String(value)) : String(port)];
    });
    return Object.fromEntries(given) as Record<string, string>;
  }

  #portOf(name: string, port: number): string {
    return String(this.#ports.get(`${name}:${port}`));
  }

  /** A word of the file, with the addresses and paths of this machine. */
  #here(name: string, { volumes = [] }: ComposeService, word: string): string {
    let text = programs[word] ?? this.#addressesHere(name, word);
    text = text.replace(/^\/app\//, `${resolve('tools/image')}/`);
    for (const volume of volumes) {
      const [source = '', target = ''] = volume.split(':');
      text = text.replace(
        new RegExp(`(^|=)${target}(?=/|$)`),
        (_, before: string) => `${before}${this.#placeOf(source)}`,
      );
    }
    return text;
  }

  #addressesHere(name: string, text: string): string {
    const named = text.replace(/\b([a-z-]+):(\d{4,5})\b/g, (whole, host: string, port: string) => {
      const found = this.#ports.get(`${host === 'localhost' ? name : host}:${port}`);
      return found === undefined ? whole : `127.0.0.1:${found}`;
    });
    return named === '0.0.0.0' ? '127.0.0.1' : named;
  }

  /** A file of the repository is what it says, with the addresses of this machine. */
  #placeOf(source: string): string {
    if (source in this.file.volumes) return join(this.#folder, source);
    if (source.startsWith('/')) return source;
    const copy = join(this.#folder, basename(source));
    writeFileSync(copy, this.#addressesHere('', readFileSync(source, 'utf8')));
    return copy;
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
