import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, tell } from '../../child.js';

/** What following a collection took. */
export interface Followed {
  readonly syncedMs: number;
  readonly longestBlockMs: number;
  /** Of the process, its imports included. */
  readonly peakRssBytes: number;
  /** After a garbage collection, with everything still held. */
  readonly rssBytes: number;
  /** What is held, and in what. */
  readonly objects: number;
}

/** Measures from here until `synced` settles; `held` says how many objects there are then. */
export async function follow(synced: () => Promise<void>, held: () => number): Promise<void> {
  // what the imports left behind is not what is measured
  await sleep(200);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  await synced();
  const syncedMs = performance.now() - begun;
  await sleep(50);
  const longestBlockMs = delay.max / 1e6;
  // the peak, before the collection that nobody asks for in production
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  globalThis.gc?.();
  await sleep(200);
  globalThis.gc?.();
  tell({
    syncedMs,
    longestBlockMs,
    peakRssBytes,
    rssBytes: process.memoryUsage().rss,
    objects: held(),
  } satisfies Followed);
  answer(() => held());
}

export interface FollowInput {
  readonly kubeconfigPath: string;
  readonly pods: number;
  readonly redisUrl: string;
}
