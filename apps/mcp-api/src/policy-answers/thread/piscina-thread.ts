import { Piscina } from 'piscina';
import type { PolicyReply, PolicyTask, PolicyThread } from './policy-task.js';

/** A thread that is not asked anything is given up after this time, and what it knows with it. */
const idleMs = 10 * 60_000;

/**
 * One thread for the mesh, and one for manifests, which are no questions about it and wait for none. Each is started when it is first
 * needed. A task whose signal aborts ends its thread; the next one gets a new one.
 */
export class PiscinaThread implements PolicyThread {
  readonly #ofMesh = oneThread();
  readonly #ofManifests = oneThread();

  run(task: PolicyTask, signal: AbortSignal): Promise<PolicyReply> {
    const thread = task.kind === 'validate' || task.kind === 'read-change' ? this.#ofManifests : this.#ofMesh;
    return thread.run(task, { signal });
  }

  /** Called by Nest at the end. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.#ofMesh.destroy(), this.#ofManifests.destroy()]);
  }
}

function oneThread(): Piscina<PolicyTask, PolicyReply> {
  return new Piscina({
    filename: new URL('./policy-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleMs,
  });
}
