import type { TrafficPoll } from './traffic-series.js';

/** What a poll says beside its edges. */
export type PollHeader = Omit<TrafficPoll, 'at' | 'edges'>;

export function writePollHeader({ windowMs, proxiesSeen, meshedPods }: PollHeader): string {
  return JSON.stringify({ windowMs, proxiesSeen, meshedPods });
}

/** Undefined where it is not one, or damaged. */
export function readPollHeader(text: string): PollHeader | undefined {
  try {
    const { windowMs, proxiesSeen, meshedPods } = JSON.parse(text) as Partial<
      Record<keyof PollHeader, unknown>
    >;
    if (typeof windowMs !== 'number' || typeof proxiesSeen !== 'number' || typeof meshedPods !== 'number')
      return undefined;
    return { windowMs, proxiesSeen, meshedPods };
  } catch {
    return undefined;
  }
}
