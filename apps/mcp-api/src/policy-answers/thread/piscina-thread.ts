import { Piscina } from 'piscina';
import type { PolicyReply, PolicyTask, PolicyThread } from './policy-task.js';

/** A thread that is not asked anything is given up after this time, and what it knows with it. */
const idleMs = 10 * 60_000;

/** One thread, started when it is first needed. A task whose signal aborts ends the thread; the next one gets a new one. */
export class PiscinaThread implements PolicyThread {
  readonly #pool = new Piscina<PolicyTask, PolicyReply>({
    filename: new URL('./policy-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleMs,
  });

  run(task: PolicyTask, signal: AbortSignal): Promise<PolicyReply> {
    return this.#pool.run(task, { signal });
  }

  /** Called by Nest at the end. */
  onModuleDestroy(): Promise<void> {
    return this.#pool.destroy();
  }
}
