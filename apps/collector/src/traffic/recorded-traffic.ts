import { type Epoch, isEventLogError } from '@mcp/event-log';
import type { Fact } from '@mcp/traffic';
import { factAppends } from './fact-appends.js';
import { TrafficMemory } from './traffic-memory.js';
import type { TrafficSurroundings } from './traffic-task.js';

/** The log is no longer the one that was folded, or no longer has what comes next. */
const lost = ['POSITION_LOST', 'POSITION_TRIMMED'];

/** What the log says of traffic, beside what was read since; and the way by which that gets into the log. */
export class RecordedTraffic {
  #memory: TrafficMemory;

  constructor(
    rememberDays: number,
    private readonly around: TrafficSurroundings,
  ) {
    this.#memory = new TrafficMemory(rememberDays);
  }

  /** Another one after the log has lost what was folded: not to be kept over `catchUp` and `record`. */
  get memory(): TrafficMemory {
    return this.#memory;
  }

  /** Takes what the log has and the memory has not. Fails as `EventLog.read` does, and with the signal's reason. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { log, logger } = this.around;
    try {
      await this.#memory.catchUp(log, signal);
    } catch (error) {
      if (!lost.some((code) => isEventLogError(error, code))) throw error;
      logger.warn('traffic is folded anew: the log is not what it was', { error });
      this.#memory = await this.#memory.foldedAnew(log, signal);
    }
  }

  /**
   * One try to record all that is due. After a fault, whether or not something was recorded, the next try asks only for what the
   * log does not have.
   */
  async record(
    epoch: Epoch,
    signal: AbortSignal,
    due: (memory: TrafficMemory) => readonly Fact[],
  ): Promise<void> {
    for (;;) {
      await this.catchUp(signal);
      const facts = due(this.#memory);
      if (facts.length === 0) return;
      await this.#append(epoch, facts);
    }
  }

  async #append(epoch: Epoch, facts: readonly Fact[]): Promise<void> {
    const { log, metrics, outside } = this.around;
    const versionOf = (subject: string): number => this.#memory.versionOf(subject);
    for (const writes of factAppends(facts, versionOf, outside.newId)) {
      await log.append({ writes, epoch });
      metrics.recorded(writes.length);
    }
  }
}
