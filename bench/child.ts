import { fork, type ChildProcess } from 'node:child_process';

/** Where this is set, each process leaves a profile of where its time went. */
const profileDir = process.env['BENCH_PROFILE_DIR'];
const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];

/** A part of a benchmark in a process of its own. It gets its input as its argument, and tells and is asked by messages. */
export class Child {
  readonly #told: unknown[] = [];
  #ended: string | undefined;
  #look: () => void = () => undefined;

  private constructor(
    private readonly module: string,
    private readonly process: ChildProcess,
  ) {
    process.on('message', (message) => {
      this.#told.push(message);
      this.#look();
    });
    process.on('exit', (code, signal) => {
      this.#ended = `${module} ended with ${code ?? signal ?? 'nothing'}`;
      this.#look();
    });
  }

  /** `module` is a file of `processes/`. */
  static start(module: string, input: unknown): Child {
    const path = new URL(`./processes/${module}.js`, import.meta.url);
    const process = fork(path, [JSON.stringify(input)], {
      serialization: 'advanced',
      execArgv: ['--expose-gc', ...profiling],
    });
    return new Child(module, process);
  }

  /** The next message. Fails when the process ends instead. */
  async next<T>(): Promise<T> {
    while (this.#told.length === 0) {
      if (this.#ended !== undefined) throw new Error(this.#ended);
      await new Promise<void>((resolve) => (this.#look = resolve));
    }
    return this.#told.shift() as T;
  }

  async ask<T>(question: unknown): Promise<T> {
    this.process.send(question as object);
    return this.next<T>();
  }

  async end(): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.disconnect();
    await gone;
  }
}

/** In the child: what it was started with. It ends with its parent. */
export function input(): unknown {
  process.on('disconnect', () => process.exit());
  return JSON.parse(process.argv[2] ?? 'null');
}

/** In the child. */
export function tell(message: unknown): void {
  process.send?.(message);
}

/** In the child: answers each question. */
export function answer(reply: (question: unknown) => unknown): void {
  process.on('message', (question) => {
    void Promise.resolve(reply(question)).then(tell);
  });
}
