import { setTimeout as sleep } from 'node:timers/promises';
import type { TrafficPoll } from '@mcp/event-log';
import type { Samples } from './samples.js';

/** Between two questions for the newest poll; when one no longer says anything about now, as Prometheus itself has it; in milliseconds. */
const timing = { askEveryMs: 3_000, staleAfterMs: 5 * 60_000 };

/** Knows the newest poll of the collector: one asker for all who want it. */
export class NewestPoll {
  #poll: TrafficPoll | undefined;

  constructor(
    private readonly series: Pick<Samples, 'latest'>,
    private readonly onTrouble: (error: unknown) => void,
    private readonly times: Partial<typeof timing> = {},
    private readonly now: () => number = Date.now,
  ) {}

  /** Undefined where there is none, or an old one. */
  get current(): TrafficPoll | undefined {
    const { staleAfterMs = timing.staleAfterMs } = this.times;
    return this.#poll !== undefined && this.now() - this.#poll.at <= staleAfterMs ? this.#poll : undefined;
  }

  /** Until the signal aborts. `taken`: told of each poll, and of its becoming old. */
  async run(taken: (poll: TrafficPoll | undefined) => Promise<void>, signal: AbortSignal): Promise<void> {
    let told: TrafficPoll | undefined;
    while (!signal.aborted) {
      await this.#ask();
      const { current } = this;
      if (current !== told) await taken((told = current));
      await sleep(this.times.askEveryMs ?? timing.askEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What was known stays until it is old, where the series does not answer. */
  async #ask(): Promise<void> {
    try {
      const poll = await this.series.latest();
      if (poll?.at !== this.#poll?.at) this.#poll = poll;
    } catch (error) {
      this.onTrouble(error);
    }
  }
}
