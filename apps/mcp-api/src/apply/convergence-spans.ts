import { changeView, type ChangeView, type DesiredStates } from '@mcp/desired-state';
import { formatResourceKey } from '@mcp/mesh';
import type { OpenSpan, Tracer } from '@mcp/runtime';
import type { Following } from '../following.js';
import type { AcceptedChange } from './change-requests.js';
import type { ChangeWish } from './change-wish.js';

/** Changes that wait for an API server that is away; of more the end is not traced. */
const mostOpen = 1_000;

/** A span for each change that was accepted here, from then until nothing more happens to it. It fails unless the change converged. */
export class ConvergenceSpans {
  /** By change id. */
  readonly #open = new Map<string, OpenSpan>();

  constructor(
    private readonly desired: Following<DesiredStates>,
    private readonly tracer: Tracer,
  ) {}

  /** Of each object one. Those that were asked for before have theirs already, here or where they were accepted. */
  follow(
    { changes, duplicate }: Pick<AcceptedChange, 'changes' | 'duplicate'>,
    { traceparent: parent }: Pick<ChangeWish, 'traceparent'>,
  ): void {
    if (duplicate) return;
    for (const { changeId, key, revision } of changes) {
      if (this.#open.has(changeId) || this.#open.size >= mostOpen) continue;
      const attributes = {
        'mcp.change': changeId,
        'mcp.object': formatResourceKey(key),
        'mcp.revision': revision,
      };
      this.#open.set(changeId, this.tracer.start('await convergence', { parent, attributes }));
    }
    this.#endOver();
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { position } = this.desired.now;
      this.#endOver();
      await this.desired.movedFrom(position, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
    this.#endOver();
    for (const span of this.#open.values()) span.end('this process ended before the change did');
  }

  #endOver(): void {
    const { state } = this.desired.now;
    for (const [changeId, span] of this.#open) {
      const change = changeView(state, changeId);
      if (change?.ended !== true) continue;
      span.end(faultOf(change));
      this.#open.delete(changeId);
    }
  }
}

function faultOf({ phase, problem }: ChangeView): string | undefined {
  return phase === 'converged' ? undefined : `${phase}: ${problem?.message ?? 'no reason is recorded'}`;
}
