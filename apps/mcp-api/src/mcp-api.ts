import { setTimeout as sleep } from 'node:timers/promises';
import { type MeshGraph, type Overview, overviewOf } from '@mcp/graph';
import type { GrpcServer } from '@mcp/grpc';
import type { Projection } from '@mcp/projections';
import type { Readiness } from './readiness.js';

/** How often health is told how things are. */
const lookEveryMs = 100;

/** The long tasks of the API. */
export class McpApi {
  constructor(
    private readonly server: GrpcServer,
    private readonly readiness: Readiness,
    /** What goes on for as long as someone is served. */
    private readonly followers: readonly { run(signal: AbortSignal): Promise<void> }[],
    private readonly graph: Projection<MeshGraph>,
  ) {}

  /** The mesh as far as the log is read; nothing of it before the start. */
  overview(): Overview {
    return overviewOf(this.graph.now.state.entities());
  }

  /**
   * Follows the log until the signal aborts; then drains the server, and stops following when nobody is served any more. Rejects when a
   * task fails for good.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const drained = onAbort(AbortSignal.any([signal, stop.signal])).then(() => this.server.close());
    const tasks = [
      ...this.followers.map((follower) => follower.run(stop.signal)),
      this.#tellHealth(AbortSignal.any([signal, stop.signal])),
      drained,
    ];
    try {
      await Promise.race([drained, Promise.all(tasks)]);
    } finally {
      stop.abort();
      await Promise.allSettled(tasks);
    }
    await Promise.all(tasks);
  }

  async #tellHealth(signal: AbortSignal): Promise<void> {
    let told = false;
    while (!signal.aborted) {
      const { ready } = this.readiness.report();
      if (ready !== told) this.server.serving((told = ready));
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function onAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
