import type { PrometheusFailure } from '@mcp/prometheus';

const patience = 3;
/** Doubles from one usual poll up to as long as a fault may stay unnoticed after it has gone. */
const minPauseMs = 15_000;
const maxPauseMs = 300_000;
const shardedForMs = 600_000;

/** What one query has been through: after three failures on end it is asked again only after pauses that grow, so that it does not cost the others. */
export class QueryCircuit {
  #failures = 0;
  #last: PrometheusFailure | undefined;
  #askAgainAt = 0;
  #wholeAgainAt = 0;

  /** Why it is not asked at this time, of the clock that `failed` is told; undefined where it is. */
  open(nowMs: number): PrometheusFailure | undefined {
    return nowMs < this.#askAgainAt ? this.#last : undefined;
  }

  failed(failure: PrometheusFailure, nowMs: number): void {
    this.#failures += 1;
    this.#last = failure;
    const pauseMs =
      this.#failures < patience ? 0 : Math.min(maxPauseMs, minPauseMs * 2 ** (this.#failures - patience));
    this.#askAgainAt = nowMs + Math.min(maxPauseMs, Math.max(pauseMs, failure.retryAfterMs ?? 0));
  }

  worked(): void {
    this.#failures = 0;
    this.#last = undefined;
  }

  /** It was too much as a whole: for a while it is only asked in shards. */
  shard(nowMs: number): void {
    this.#wholeAgainAt = nowMs + shardedForMs;
  }

  sharded(nowMs: number): boolean {
    return nowMs < this.#wholeAgainAt;
  }
}
