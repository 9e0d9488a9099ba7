import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { WatchMeshGraphRequest, WatchMeshGraphResponse } from '@mcp/contracts';

interface Said {
  readonly open?: number;
  readonly ended?: number;
  readonly code?: number;
  readonly details?: string;
  readonly message?: string;
}

/** Watchers of the graph in another process, over one connection, that read only what they are told to. */
export class ReadingClient {
  readonly #said: Said[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#said.push(JSON.parse(line) as Said);
      for (const look of this.#waiting) look();
    });
  }

  static start(
    port: number,
    streams: number,
    options: { readonly resumeFrom?: string; readonly deadlineMs?: number } = {},
  ): ReadingClient {
    const { resumeFrom = '', deadlineMs = 0 } = options;
    const request = Buffer.from(
      WatchMeshGraphRequest.encode({ namespaces: [], resumeFrom, includeRates: false }).finish(),
    );
    return new ReadingClient(
      spawn(
        process.execPath,
        [
          new URL('./slow-reader.mjs', import.meta.url).pathname,
          String(port),
          String(streams),
          '/mcp.v1.MeshContext/WatchMeshGraph',
          request.toString('base64'),
          String(deadlineMs),
        ],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      ),
    );
  }

  /** Waits until so many streams have been answered: opened, or ended. */
  async answered(streams: number): Promise<{ open: number; endings: readonly Said[] }> {
    const opened = () => new Set(this.#said.flatMap(({ open }) => open ?? []));
    const endings = () => this.#said.filter(({ ended }) => ended !== undefined);
    const all = () => new Set([...opened(), ...endings().map(({ ended }) => ended)]);
    await this.#until(() => all().size >= streams);
    const ended = new Set(endings().map((ending) => ending.ended));
    return { open: [...opened()].filter((number) => !ended.has(number)).length, endings: endings() };
  }

  async ended(streams: number): Promise<readonly Said[]> {
    const endings = () => this.#said.filter(({ ended }) => ended !== undefined);
    await this.#until(() => endings().length >= streams);
    return endings();
  }

  /** Reads messages of the first stream until one fits. */
  async readUntil(
    fits: (message: WatchMeshGraphResponse) => boolean,
  ): Promise<readonly WatchMeshGraphResponse[]> {
    const read: WatchMeshGraphResponse[] = [];
    for (;;) {
      const seen = this.#messages().length;
      this.child.stdin.write('1\n');
      await this.#until(() => this.#messages().length > seen);
      const message = WatchMeshGraphResponse.decode(Buffer.from(this.#messages().at(-1) ?? '', 'base64'));
      read.push(message);
      if (fits(message)) return read;
    }
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  #messages(): string[] {
    return this.#said.flatMap(({ message }) => message ?? []);
  }

  async #until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}
