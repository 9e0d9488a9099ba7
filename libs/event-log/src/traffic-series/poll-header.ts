import type { TrafficPoll } from './traffic-series.js';

/** What a poll says beside its edges. */
export interface PollHeader extends Omit<TrafficPoll, 'at' | 'edges' | 'routes'> {
  /** How many there are; absent where that is not known. */
  readonly routes?: number;
}

export function writePollHeader({ windowMs, proxiesSeen, meshedPods, routes }: TrafficPoll): string {
  return JSON.stringify({ windowMs, proxiesSeen, meshedPods, routes: routes?.length });
}

/** Undefined where it is not one, or damaged. */
export function readPollHeader(text: string): PollHeader | undefined {
  try {
    const { windowMs, proxiesSeen, meshedPods, routes } = JSON.parse(text) as Partial<
      Record<keyof PollHeader, unknown>
    >;
    if (typeof windowMs !== 'number' || typeof proxiesSeen !== 'number' || typeof meshedPods !== 'number')
      return undefined;
    return { windowMs, proxiesSeen, meshedPods, ...(typeof routes === 'number' && { routes }) };
  } catch {
    return undefined;
  }
}
