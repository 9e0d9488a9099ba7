import type { LedgerEdge } from '@mcp/events';
import { callerKey } from '../ledger/caller.js';
import type { CounterDifference } from './counter-difference.js';

type Calls = Record<'allowed' | 'denied', number>;

/**
 * Calls of one workload and day that the log has, and a checkpoint that was taken before does not. Its counters lead to them once more: they
 * must not count for a later day too.
 */
export class RecountedCalls {
  readonly #calls = new Map<string, Calls>();

  constructor(recorded: readonly LedgerEdge[], counted: readonly LedgerEdge[]) {
    const before = new Map(counted.map((edge) => [callerKey(edge), edge]));
    for (const edge of recorded) {
      const key = callerKey(edge);
      const { allowed = 0, denied = 0 } = before.get(key) ?? {};
      const calls = { allowed: edge.allowed - allowed, denied: edge.denied - denied };
      if (calls.allowed > 0 || calls.denied > 0) this.#calls.set(key, calls);
    }
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /** How many of the calls are in the log; each is found once. */
  find(difference: CounterDifference): number {
    const calls = this.#calls.get(callerKey(difference));
    if (calls === undefined) return 0;
    const of = difference.what === 'denied' ? 'denied' : 'allowed';
    const found = Math.min(difference.count, Math.max(0, calls[of]));
    calls[of] -= found;
    return found;
  }
}
