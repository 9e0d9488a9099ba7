import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayedImage } from './replay.js';

/**
 * Whether this machine lets us make namespaces, as an engine does. Without (in a container of an ordinary engine) a container is a process
 * of the image's user, who owns nothing and can write nothing of it.
 */
const isolated =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** Makes the root read-only but for one folder, then becomes the user for good. */
const becomeUser = `
mount --bind "$VOLUME" "$VOLUME"
mount -o remount,bind,ro /
exec setpriv --reuid "\${IMAGE_USER%:*}" --regid "\${IMAGE_USER#*:}" --clear-groups --no-new-privs "$@"`;

/**
 * What an engine makes of an image, as far as it matters: process 1, a root file system that is read-only but for one volume, the user of
 * the image, and no environment but what is given. Its network and the rest of its files are those of this machine.
 */
export class Container {
  #process: ChildProcess | undefined;
  #output = '';

  /** `node`: folder of the node of its base image. */
  constructor(
    private readonly image: ReplayedImage,
    private readonly node: string,
    private readonly volume: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  get output(): string {
    return this.#output;
  }

  start(): void {
    const child = this.#spawn(this.image.entrypoint);
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  /** As `docker exec` and a health check do: its exit code and what it printed. */
  async execute(
    ...argv: readonly string[]
  ): Promise<{ readonly code: number | null; readonly output: string }> {
    const child = this.#spawn(
      argv.map((word) => (word.startsWith('/app/') ? join(this.image.root, word) : word)),
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    return { code: child.exitCode, output };
  }

  /** Asks the health command until it says ready. */
  async healthy(...command: readonly string[]): Promise<string> {
    const until = Date.now() + 60_000;
    for (;;) {
      const { code, output } = await this.execute(...command);
      if (code === 0) return output;
      if (this.#process?.exitCode !== null || Date.now() > until)
        throw new Error(`not healthy: ${output}\n${this.#output}`);
      await sleep(200);
    }
  }

  /** As `docker stop` does; resolves with its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#process;
    if (child?.exitCode === null && child.signalCode === null) {
      process.kill(this.#first(), 'SIGTERM');
      await once(child, 'exit');
    }
    return child?.exitCode ?? null;
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  /** The process that is number 1 inside. */
  #first(): number {
    const pid = this.#process?.pid ?? 0;
    if (!isolated) return pid;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
  }

  #spawn([program = '', ...args]: readonly string[]): ChildProcess {
    const { user } = this.image;
    const [uid, gid] = user.split(':').map(Number);
    const environment = { PATH: `${this.node}:/usr/bin:/bin`, ...this.environment };
    const io = { cwd: this.image.root, stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] };
    if (!isolated) {
      const become = process.getuid?.() === 0 ? { uid, gid } : {};
      return spawn(program, args, { ...io, env: environment, ...become });
    }
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    return spawn('unshare', [...namespaces, 'sh', '-c', becomeUser, 'sh', program, ...args], {
      ...io,
      env: { ...environment, VOLUME: this.volume, IMAGE_USER: user },
    });
  }
}

/** The folder of a node that is of the version that the Dockerfile names; fails, saying what to run, where there is none. */
export function nodeOfImage(base: string, to: string): string {
  const version = /^node:([\d.]+)-/.exec(base)?.[1] ?? '';
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const node = process.env['NODE_OF_IMAGE'] ?? join(cache, 'linkerd-mcp-tests', `node-${version}`);
  if (!existsSync(node) || execFileSync(node, ['--version'], { encoding: 'utf8' }).trim() !== `v${version}`)
    throw new Error(`${node} is no node ${version}; run tools/test-set-up.sh --install`);
  // where it is, another user may not be let in
  execFileSync('install', ['-D', '-m', '755', node, join(to, 'node')]);
  return to;
}
