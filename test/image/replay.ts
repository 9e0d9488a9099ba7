import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { readDockerIgnore } from './docker-ignore.js';
import { readDockerfile, type Stage, type Step } from './dockerfile.js';

const execute = promisify(execFile);

/** What an image is: a folder in place of its root, who runs it, and how it is started. */
export interface ReplayedImage {
  readonly root: string;
  readonly user: string;
  /** Where its files are meant, these are they. */
  readonly entrypoint: readonly string[];
}

/**
 * Does what the Dockerfile says, step by step and with no engine: each stage has a folder that is empty at first, and gets only what COPY
 * names. Layers of the base image are those of this machine, with the image's own Node first on the path.
 */
export class DockerfileReplay {
  readonly #folder = mkdtempSync(join(tmpdir(), 'image-'));
  readonly #stages = readDockerfile();
  readonly #given = readDockerIgnore();
  readonly #built = new Map<string, Promise<string>>();

  /** `node`: folder of the node that the base image has. */
  constructor(private readonly node: string) {
    // of a temporary folder only its owner may see anything
    chmodSync(this.#folder, 0o755);
  }

  /** The image that `docker build --build-arg APP=<app>` makes. */
  async build(app: string): Promise<ReplayedImage> {
    const stage = this.#stages.at(-1);
    if (stage === undefined) throw new Error('the Dockerfile has no stage');
    const root = await this.#stage(stage, app);
    const { user } = lastOf(stage, 'user');
    const { argv } = lastOf(stage, 'entrypoint');
    return { root, user, entrypoint: argv.map((word) => (word.startsWith('/') ? join(root, word) : word)) };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A stage that is not told which app is the same for all of them. */
  #stage(stage: Stage, app: string): Promise<string> {
    const key = this.#isToldTheApp(stage) ? `${stage.name}-${app}` : stage.name;
    const built = this.#built.get(key) ?? this.#make(stage, app, join(this.#folder, key));
    this.#built.set(key, built);
    return built;
  }

  #isToldTheApp({ base, steps }: Stage): boolean {
    const others = steps.map((step) => (step.kind === 'copy' ? step.from : undefined));
    return (
      steps.some((step) => step.kind === 'arg' && step.name === 'APP') ||
      [base, ...others].some((name) => {
        const other = this.#named(name);
        return other !== undefined && this.#isToldTheApp(other);
      })
    );
  }

  #named(name: string | undefined): Stage | undefined {
    return this.#stages.find((stage) => stage.name === name);
  }

  async #make(stage: Stage, app: string, root: string): Promise<string> {
    const base = this.#named(stage.base);
    if (base === undefined) mkdirSync(root);
    else await execute('cp', ['-al', await this.#stage(base, app), root]);
    const environment: Record<string, string> = {};
    for (const step of stage.steps) {
      if (step.kind === 'arg' && step.name === 'APP') environment['APP'] = app;
      if (step.kind === 'copy') await this.#copy(step, app, root);
      if (step.kind === 'run') await this.#run(step.argv, root, environment);
    }
    return root;
  }

  async #copy({ from, sources, target }: Step & { kind: 'copy' }, app: string, root: string): Promise<void> {
    const stage = this.#named(from);
    if (from !== undefined && stage === undefined) throw new Error(`COPY --from=${from}: no such stage`);
    const origin = stage === undefined ? process.cwd() : await this.#stage(stage, app);
    for (const source of sources.map((name) => join(origin, name))) {
      const isFolder = statSync(source).isDirectory();
      const to = join(root, target);
      mkdirSync(to, { recursive: true });
      // of a folder COPY takes what is in it
      if (stage !== undefined) await execute('cp', ['-al', isFolder ? `${source}/.` : source, to]);
      else {
        const filter = (path: string): boolean => this.#given(relative(origin, path));
        cpSync(source, isFolder ? to : join(to, basename(source)), { recursive: true, filter });
      }
    }
  }

  async #run(argv: readonly string[], root: string, environment: Record<string, string>): Promise<void> {
    const [program = '', ...args] = argv;
    // the network is that of this machine: its proxies, certificates and caches
    const env = { ...process.env, ...environment, PATH: `${this.node}:${process.env['PATH'] ?? ''}` };
    await execute(join(root, program), args, { cwd: root, env, maxBuffer: 64 * 1024 * 1024 });
  }
}

function lastOf<K extends Step['kind']>({ steps }: Stage, kind: K): Extract<Step, { kind: K }> {
  const found = steps.findLast((step): step is Extract<Step, { kind: K }> => step.kind === kind);
  if (found === undefined) throw new Error(`the image has no ${kind}`);
  return found;
}
