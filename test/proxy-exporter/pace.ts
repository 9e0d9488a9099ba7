import { wholeCalls } from './page/page.js';

/** Whole events at a steady rate: exactly the rate times the time, in however many steps one asks. */
export class Pace {
  #since = 0;
  #before = 0;
  #taken = 0;

  constructor(private perSecond: number) {}

  get rate(): number {
    return this.perSecond;
  }

  /** How many happened since the last call; `t` in milliseconds of traffic. */
  take(t: number): number {
    const n = this.#countAt(t) - this.#taken;
    this.#taken += n;
    return n;
  }

  change(perSecond: number, t: number): void {
    this.#before = this.#countAt(t);
    this.#since = t;
    this.perSecond = perSecond;
  }

  #countAt(t: number): number {
    return this.#before + wholeCalls((this.perSecond * (t - this.#since)) / 1000);
  }
}
