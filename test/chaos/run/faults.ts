import { setTimeout as sleep } from 'node:timers/promises';
import type { CutProxy, KubeApiServer, RedisServer } from '@mcp/testing';
import type { AppProcess } from '../../e2e/app-process.js';
import type { Choices } from './random.js';

/** A lease is over 15 s after it was last renewed. */
const longerThanLeaseMs = 17_000;

/** What goes wrong, one at a time. Each is over when its promise settles. */
export class Faults {
  /** What was done, in words: for whoever reads why a run failed. */
  readonly done: string[] = [];

  constructor(
    private readonly apps: readonly AppProcess[],
    private readonly redis: RedisServer,
    /** Through which the apps reach Redis. */
    private readonly toRedis: CutProxy,
    private readonly kube: KubeApiServer,
  ) {}

  async run(choices: Choices, signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(choices.between(1_000, 4_000), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const app = this.apps[choices.between(0, this.apps.length - 1)]!;
      const forMs = choices.between(200, 3_000);
      await choices.one([
        [5, () => this.#crash(app, forMs)],
        [2, () => this.#pause(app, longerThanLeaseMs)],
        [2, () => this.#pause(app, forMs)],
        [2, () => this.#killRedis(forMs)],
        [2, () => this.#pauseRedis(forMs)],
        [2, () => this.#cutConnections()],
        [2, () => this.#stallConnections(forMs)],
        [2, () => this.#killApiServer(forMs)],
      ])();
    }
  }

  async #crash(app: AppProcess, forMs: number): Promise<void> {
    this.done.push(`${app.name} killed for ${forMs} ms`);
    await app.crash();
    await sleep(forMs);
    await app.start();
  }

  async #pause(app: AppProcess, forMs: number): Promise<void> {
    this.done.push(`${app.name} paused for ${forMs} ms`);
    app.pause();
    await sleep(forMs);
    app.resume();
  }

  async #killRedis(forMs: number): Promise<void> {
    this.done.push(`Redis killed for ${forMs} ms`);
    await this.redis.kill();
    await sleep(forMs);
    await this.redis.restart();
  }

  async #pauseRedis(forMs: number): Promise<void> {
    this.done.push(`Redis paused for ${forMs} ms`);
    this.redis.pause();
    await sleep(forMs);
    this.redis.resume();
  }

  #cutConnections(): Promise<void> {
    this.done.push('connections to Redis cut');
    this.toRedis.cut();
    return Promise.resolve();
  }

  /** What is sent meanwhile is lost, both ways. */
  async #stallConnections(forMs: number): Promise<void> {
    this.done.push(`connections to Redis stalled for ${forMs} ms`);
    this.toRedis.stall();
    await sleep(forMs);
    this.toRedis.recover();
  }

  async #killApiServer(forMs: number): Promise<void> {
    this.done.push(`the API server killed for ${forMs} ms`);
    await this.kube.kill();
    await sleep(forMs);
    await this.kube.restart();
  }
}
