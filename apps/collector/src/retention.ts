import { setTimeout as sleep } from 'node:timers/promises';
import { type Epoch, type EventLog, isEventLogError } from '@mcp/event-log';
import { Baseline } from '@mcp/events';
import type { Logger } from '@mcp/runtime';

/** How often the size of the log is looked at, in milliseconds. */
const lookEveryMs = 60_000;
/** The log may grow by a tenth beyond what it keeps before it is trimmed, so that each trim is worth its baseline. */
const slack = 1.1;

/** How much of the log stays as events. */
export interface KeptLog {
  readonly keepEvents: number;
  readonly keepMiB: number;
  /** How far back the log is to answer. What is older stays too, as long as there is room. */
  readonly keepDays: number;
}

/** What the log has. */
export interface HeldLog {
  /** The log has every event since then, in milliseconds since the epoch; undefined where it never had one. */
  readonly since: number | undefined;
  /** Earlier ones were dropped, for one of the two bounds. */
  readonly trimmed: boolean;
}

/**
 * Keeps the log at a bounded number of events, and of bytes: what is older is folded into a baseline, from which every projection can
 * still be rebuilt. Only the leading collector trims.
 */
export class Retention {
  #held: HeldLog | undefined;

  constructor(
    private readonly log: EventLog,
    readonly kept: KeptLog,
    private readonly logger: Logger,
  ) {}

  /** As of the last look; undefined while this process does not lead. */
  get held(): HeldLog | undefined {
    return this.#held;
  }

  /** Until the signal aborts; each trim is fenced by the leader's epoch. */
  async run(epoch: Epoch, signal: AbortSignal): Promise<void> {
    try {
      await this.#keepBounded(epoch, signal);
    } finally {
      this.#held = undefined;
    }
  }

  async #keepBounded(epoch: Epoch, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.trimIfLong(signal, epoch);
        const { trimmedTo } = await this.log.size();
        this.#held = { since: await this.log.keptSince(), trimmed: trimmedTo > 0 };
      } catch (error) {
        if (!isEventLogError(error) || isEventLogError(error, 'DEPOSED_WRITER')) throw error;
        this.logger.warn('the log could not be trimmed', { error });
      }
      await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One look. Returns whether the log was trimmed. */
  async trimIfLong(signal: AbortSignal, epoch?: Epoch): Promise<boolean> {
    const { trimmedTo, bytes } = await this.log.size();
    const head = await this.log.head();
    const events = head.sequence - trimmedTo;
    const share = Math.min(1, (this.kept.keepMiB * 1024 ** 2) / bytes);
    const keep = Math.min(this.kept.keepEvents, Math.floor(events * share));
    if (events <= keep * slack) return false;
    const baseline = new Baseline();
    const start = { log: head.log, sequence: 0, digest: '' };
    const last = head.sequence - keep;
    for await (const batch of this.log.read(start, { signal })) {
      for (const event of batch) {
        if (event.position.sequence > last) break;
        baseline.evolve(event);
      }
      if ((batch.at(-1)?.position.sequence ?? 0) >= last) break;
    }
    const { position } = baseline;
    if (position === undefined || signal.aborted) return false;
    await this.log.trim(position, baseline.events(), epoch);
    this.logger.info('the log was trimmed', { below: position.sequence, events, bytes });
    return true;
  }
}
