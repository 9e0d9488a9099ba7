import { Figures } from './figures.js';
import type { EdgeFreshness } from './measured-edges.js';

/** What the proxies of one end of an edge tell of it; those that do not answer any more apart from the others. */
export class Telling {
  #answering: Figures | undefined;
  #frozen: Figures | undefined;
  #live = false;
  #warming = false;

  /** Where the figures of a proxy go. */
  from(freshness: EdgeFreshness): Figures {
    if (freshness === 'frozen') return (this.#frozen ??= new Figures());
    if (freshness === 'live') this.#live = true;
    if (freshness === 'warming') this.#warming = true;
    return (this.#answering ??= new Figures());
  }

  /** Undefined where no proxy answers any more. */
  get answering(): Figures | undefined {
    return this.#answering;
  }

  /** All that is known, if only from before. */
  get figures(): Figures {
    return this.#answering ?? (this.#frozen ??= new Figures());
  }

  /** The proxies that answer include one that is younger than the window. */
  get warming(): boolean {
    return this.#warming;
  }

  get freshness(): EdgeFreshness {
    if (this.#answering === undefined) return 'frozen';
    if (this.#live) return 'live';
    return this.#warming ? 'warming' : 'unverified';
  }
}
