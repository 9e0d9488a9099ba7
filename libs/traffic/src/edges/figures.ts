import type { EdgeSample } from '@mcp/mesh';
import type { TlsSeen } from '@mcp/sources';
import { LatencySum } from './latency.js';
import type { Buckets } from './latency.js';
import type { Travel } from './security.js';
import { travelOf, Ways } from './security.js';

/** What may be added up: rates per second and open connections, as a source gives them. */
export type Rates = Pick<
  EdgeSample,
  | 'successPerSecond'
  | 'failurePerSecond'
  | 'startedPerSecond'
  | 'openConnections'
  | 'openedPerSecond'
  | 'writtenBytesPerSecond'
  | 'readBytesPerSecond'
>;
type Sums = { -readonly [K in keyof Rates]: NonNullable<Rates[K]> };

const names = [
  'successPerSecond',
  'failurePerSecond',
  'startedPerSecond',
  'openConnections',
  'openedPerSecond',
  'writtenBytesPerSecond',
  'readBytesPerSecond',
] as const satisfies readonly (keyof Rates)[];

/** Of an idle HTTP/2 connection of a proxy: a ping of 17 bytes and its answer every ten seconds, and some. */
const keepAliveBytesPerSecond = 10;

/** What the proxies of one end say of an edge, added up. */
export class Figures {
  readonly #sums: Sums = {};
  readonly #latency = new LatencySum();
  readonly #requests = new Ways();
  readonly #connections = new Ways();
  http = false;

  /** Requests, and the connections that carried them where they come with them. */
  addRequests(tls: TlsSeen, rates: Rates, scrapes: number): void {
    this.http = true;
    this.#add(rates, scrapes);
    const answered = sum(figure(rates.successPerSecond), figure(rates.failurePerSecond)) ?? 0;
    this.#requests.add(tls, answered / scrapes);
  }

  addConnections(
    tls: TlsSeen,
    { open, ...rates }: Rates & { readonly open?: number },
    scrapes: number,
    windowMs: number,
  ): void {
    this.#add(open === undefined ? rates : { ...rates, openConnections: open }, scrapes);
    const opened = ((figure(rates.openedPerSecond) ?? 0) * windowMs) / 1_000;
    this.#connections.add(tls, ((figure(open) ?? 0) + opened) / scrapes);
  }

  addLatency(buckets: Buckets, scrapes: number): void {
    this.http = true;
    this.#latency.add(buckets, scrapes);
  }

  /** Responses per second; undefined where no row has a number. */
  get answered(): number | undefined {
    return sum(this.#sums.successPerSecond, this.#sums.failurePerSecond);
  }

  /** Those of them that went by mesh TLS. */
  get answeredByMesh(): number | undefined {
    return this.answered === undefined ? undefined : this.#requests.weight('mesh');
  }

  /** Connections that were open in the window. */
  get connected(): number {
    return this.#connections.weight();
  }

  get hasPlain(): boolean {
    return [this.#requests, this.#connections].some((ways) => ways.has('none') || ways.has('disabled'));
  }

  /** What went without any TLS. */
  get plain(): { readonly answered: number; readonly connected: number } {
    return {
      answered: this.#requests.weight('none') + this.#requests.weight('disabled'),
      connected: this.#connections.weight('none') + this.#connections.weight('disabled'),
    };
  }

  get successPerSecond(): number | undefined {
    return this.#sums.successPerSecond;
  }

  get failurePerSecond(): number | undefined {
    return this.#sums.failurePerSecond;
  }

  get travel(): Travel {
    return travelOf(this.#requests, this.#connections);
  }

  /** Whether anything moved; undefined where no figure says so. An open connection alone is traffic of TCP, and none of HTTP. */
  get moved(): boolean | undefined {
    const { startedPerSecond, openConnections, openedPerSecond, writtenBytesPerSecond, readBytesPerSecond } =
      this.#sums;
    const bytes = sum(writtenBytesPerSecond, readBytesPerSecond);
    if (!this.http) {
      const figures = [openConnections, openedPerSecond, bytes].filter((known) => known !== undefined);
      return figures.length === 0 ? undefined : figures.some((known) => known > 0);
    }
    // a request that goes on for hours is seen by its bytes only
    const streamed =
      bytes === undefined ? undefined : bytes - keepAliveBytesPerSecond * (openConnections ?? 0);
    const figures = [this.answered, startedPerSecond, streamed].filter((known) => known !== undefined);
    return figures.length === 0 ? undefined : figures.some((known) => known > 0);
  }

  sample(mtlsShare: number | undefined): EdgeSample {
    const p50Ms = this.#latency.quantile(0.5);
    const p95Ms = this.#latency.quantile(0.95);
    const p99Ms = this.#latency.quantile(0.99);
    return {
      ...this.#sums,
      ...(p50Ms !== undefined && { p50Ms }),
      ...(p95Ms !== undefined && { p95Ms }),
      ...(p99Ms !== undefined && { p99Ms }),
      ...(mtlsShare !== undefined && { mtlsShare }),
    };
  }

  #add(rates: Rates, scrapes: number): void {
    for (const name of names) {
      const value = figure(rates[name]);
      if (value !== undefined) this.#sums[name] = (this.#sums[name] ?? 0) + value / scrapes;
    }
  }
}

/** A number that can be one; undefined for NaN, infinity and what is below 0. */
function figure(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value < Infinity ? value : undefined;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}
