import { isEventLogError } from '@mcp/event-log';
import type { Leadership, PartHealth } from '@mcp/runtime';
import type { CollectorFigures } from './collector.metrics.js';
import type { CollectorParts } from './collector-parts.js';
import { Term } from './term.js';

/** The log is not what the term read and recorded; the next term compares the cluster with what it is now. */
const lost = ['POSITION_LOST', 'POSITION_TRIMMED'];

/**
 * Keeps the log equal to the cluster: folds the log, compares what the source tells with it, and appends only the difference,
 * what was deleted while it was away included. Only the leader does; its epoch is in every append.
 */
export class Collector {
  /** The lead that this process has now; each begins with nothing of the one before. */
  #term: Term | undefined;

  constructor(
    private readonly parts: CollectorParts,
    private readonly leadership: Leadership,
  ) {}

  /** For readiness: a follower is ready to take over, a leader once it compares with the log. */
  health(): PartHealth {
    const { problem } = this.leadership;
    if (this.#term !== undefined) return this.#term.health();
    if (problem !== undefined) return { ready: false, reason: `cannot be elected: ${problem}` };
    return { ready: true, reason: 'another process leads' };
  }

  /** Observations that wait to be recorded. */
  get waiting(): number {
    return this.#term?.waiting ?? 0;
  }

  /** What this process knows of the cluster while it leads; nothing while it does not. */
  get figures(): CollectorFigures {
    return this.#term?.figures ?? { known: 0, unreadable: 0, phases: new Map() };
  }

  /**
   * Runs until the signal aborts. Fails with `SourceMismatch` when the log is of another source, and with what the log
   * says when it is not one that this code can read.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.leadership.run(signal, (leading) => this.#lead(leading));
  }

  async #lead(leading: AbortSignal): Promise<void> {
    const { logger } = this.parts;
    for (;;) {
      this.#term = new Term(this.parts, this.leadership.holder);
      try {
        await this.#term.run(leading);
        return;
      } catch (error) {
        if (isEventLogError(error, 'DEPOSED_WRITER')) {
          logger.warn('collector was deposed', { error });
          return;
        }
        if (!lost.some((code) => isEventLogError(error, code))) throw error;
        logger.warn('the log lost events; what the cluster is now is recorded anew', { error });
      } finally {
        this.#term = undefined;
      }
    }
  }
}
