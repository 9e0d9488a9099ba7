import type { Lane } from './lane.js';

/** The golden ratio: its multiples are spread evenly, however many there are. */
const golden = 0.618_033_988_749_895;

/** How far the calls of one lane have come. Nothing in it is random: the same time makes the same calls. */
export class Progress {
  #livedMs = 0;
  #taken = 0;
  #calls = 0;
  #answers = 0;

  /** How many calls are to be made now, that much later than the last time. */
  take({ pace }: Pick<Lane, 'pace'>, elapsedMs: number): number {
    this.#livedMs += elapsedMs;
    // whole calls, where binary fractions add up to a little less than one
    const due = 'perRun' in pace ? pace.perRun : Math.floor((pace.perSecond * this.#livedMs) / 1000 + 1e-9);
    const calls = due - this.#taken;
    this.#taken = due;
    return calls;
  }

  /** The next of those that there are, in turn. */
  next<T>(choices: readonly T[]): T | undefined {
    this.#calls += 1;
    return choices[(this.#calls - 1) % choices.length];
  }

  /** Whether the next answer is a failure; of any number of answers, that share is. */
  fails(share: number): boolean {
    this.#answers += 1;
    return Math.floor(this.#answers * share) > Math.floor((this.#answers - 1) * share);
  }

  /** How long it takes: half of the answers take less than the median, and one in a hundred ten times as long. */
  latencyMs(medianMs: number): number {
    const place = (this.#calls * golden) % 1;
    return medianMs * Math.sqrt(place / (1 - place));
  }
}
