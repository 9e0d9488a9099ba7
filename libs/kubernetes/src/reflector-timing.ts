import type { BackoffTiming } from './backoff.js';

export interface ReflectorTiming {
  readonly pageSize: number;
  /** A watch ends after a random time between the two, so that not all of them are renewed at once. */
  readonly minWatchSeconds: number;
  readonly maxWatchSeconds: number;
  /** Servers send a bookmark a minute; after one and a half without a word the connection is taken for dead. */
  readonly idleMs: number;
  readonly backoff: BackoffTiming;
  /** At most so long until a kind that appears, or that we are allowed to see, is noticed. */
  readonly probeMs: number;
}

export const defaultTiming: ReflectorTiming = {
  pageSize: 500,
  minWatchSeconds: 300,
  maxWatchSeconds: 600,
  idleMs: 90_000,
  backoff: { minMs: 400, maxMs: 30_000 },
  probeMs: 10_000,
};
