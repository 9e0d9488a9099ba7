import { EdgeRate } from '@mcp/contracts';
import type { Located } from '@mcp/graph';
import type { EdgeSample } from '@mcp/mesh';

/** A rate as watchers were told it, which later ones are compared with. */
export interface ToldRate extends Located {
  readonly sample: EdgeSample;
  /** An EdgeRate. */
  readonly bytes: Uint8Array;
}

/** What watchers have been told of rates after one poll, by the key of the edge, and what of it was news. It does not change. */
export interface ToldRates {
  readonly all: ReadonlyMap<string, ToldRate>;
  readonly changed: readonly ToldRate[];
  /** Those whose rate is no longer known. */
  readonly unknown: readonly Located[];
}

export const nothingTold: ToldRates = { all: new Map(), changed: [], unknown: [] };

/** A change that is told, as a part of what was told before. */
const tellingShare = 0.1;

/** What says how much goes over an edge. Shares and latencies of the moment go with it. */
const rates = [
  'successPerSecond',
  'failurePerSecond',
  'openedPerSecond',
  'failedConnectionsPerSecond',
  'writtenBytesPerSecond',
  'readBytesPerSecond',
] as const satisfies readonly (keyof EdgeSample)[];

/** Whether a rate differs by more than a tenth, or only one of the two is known. */
export function differs(told: EdgeSample, now: EdgeSample): boolean {
  return rates.some((rate) => {
    const [before, after] = [told[rate], now[rate]];
    if (before === undefined || after === undefined) return before !== after;
    return Math.abs(after - before) > before * tellingShare;
  });
}

/** Puts together what is told after a poll, edge by edge. */
export class RateNews {
  readonly #all = new Map<string, ToldRate>();
  readonly #changed: ToldRate[] = [];

  constructor(private readonly before: ToldRates) {}

  edge({ key, namespaces }: Located, sample: EdgeSample): void {
    const known = this.before.all.get(key);
    if (known !== undefined && !differs(known.sample, sample)) {
      this.#all.set(key, known);
      return;
    }
    const told = { key, namespaces, sample, bytes: EdgeRate.encode({ edge: key, sample }).finish() };
    this.#all.set(key, told);
    this.#changed.push(told);
  }

  told(): ToldRates {
    const unknown = [...this.before.all.values()].filter(({ key }) => !this.#all.has(key));
    return { all: this.#all, changed: this.#changed, unknown };
  }
}
