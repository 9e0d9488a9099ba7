import type { EdgeSample } from '@mcp/mesh';
import type { TlsSeen } from '@mcp/sources';
import { LatencySum } from './latency.js';
import type { Buckets } from './latency.js';
import type { Travel } from './security.js';
import { travelOf, Ways } from './security.js';

type RequestRates = Pick<
  EdgeSample,
  'successPerSecond' | 'failurePerSecond' | 'startedPerSecond' | 'openConnections'
>;
type ConnectionRates = Pick<
  EdgeSample,
  'openedPerSecond' | 'writtenBytesPerSecond' | 'readBytesPerSecond'
> & {
  readonly open?: number;
  readonly failedPerSecond?: number;
};

/** Of an idle HTTP/2 connection of a proxy: a ping of 17 bytes and its answer every ten seconds, and some. */
const keepAliveBytesPerSecond = 10;

/** What the proxies of one end say of an edge, added up. */
export class Figures {
  #success: number | undefined;
  #failure: number | undefined;
  #started: number | undefined;
  #open: number | undefined;
  #opened: number | undefined;
  #failedConnections: number | undefined;
  #written: number | undefined;
  #read: number | undefined;
  #latency: LatencySum | undefined;
  readonly #requests = new Ways();
  readonly #connections = new Ways();
  http = false;

  /** `scrapes` is what all figures are too high by. */
  addRequests(tls: TlsSeen, rates: RequestRates, scrapes: number): void {
    this.http = true;
    const success = figure(rates.successPerSecond, scrapes);
    const failure = figure(rates.failurePerSecond, scrapes);
    this.#success = sum(this.#success, success);
    this.#failure = sum(this.#failure, failure);
    this.#started = sum(this.#started, figure(rates.startedPerSecond, scrapes));
    this.#open = sum(this.#open, figure(rates.openConnections, scrapes));
    this.#requests.add(tls, sum(success, failure) ?? 0);
  }

  addConnections(tls: TlsSeen, rates: ConnectionRates, scrapes: number, windowMs: number): void {
    const open = figure(rates.open, scrapes);
    const opened = figure(rates.openedPerSecond, scrapes);
    this.#open = sum(this.#open, open);
    this.#opened = sum(this.#opened, opened);
    this.#failedConnections = sum(this.#failedConnections, figure(rates.failedPerSecond, scrapes));
    this.#written = sum(this.#written, figure(rates.writtenBytesPerSecond, scrapes));
    this.#read = sum(this.#read, figure(rates.readBytesPerSecond, scrapes));
    this.#connections.add(tls, (open ?? 0) + ((opened ?? 0) * windowMs) / 1_000);
  }

  addLatency(buckets: Buckets, scrapes: number): void {
    this.http = true;
    (this.#latency ??= new LatencySum()).add(buckets, scrapes);
  }

  /** Responses per second; undefined where no row has a number. */
  get answered(): number | undefined {
    return sum(this.#success, this.#failure);
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
    return this.#requests.hasPlain || this.#connections.hasPlain;
  }

  /** What went without any TLS. */
  get plain(): { readonly answered: number; readonly connected: number } {
    return {
      answered: this.#requests.weight('none') + this.#requests.weight('disabled'),
      connected: this.#connections.weight('none') + this.#connections.weight('disabled'),
    };
  }

  get successPerSecond(): number | undefined {
    return this.#success;
  }

  get failurePerSecond(): number | undefined {
    return this.#failure;
  }

  get travel(): Travel {
    return travelOf(this.#requests, this.#connections);
  }

  /** Whether anything moved; undefined where no figure says so. An open connection alone is traffic of TCP, and none of HTTP. */
  get moved(): boolean | undefined {
    const bytes = sum(this.#written, this.#read);
    if (!this.http) return anyAbove0(this.#open, this.#opened, bytes);
    // a request that goes on for hours is seen by its bytes only
    const streamed = bytes === undefined ? undefined : bytes - keepAliveBytesPerSecond * (this.#open ?? 0);
    return anyAbove0(this.#success, this.#failure, this.#started, streamed);
  }

  sample(mtlsShare: number | undefined): EdgeSample {
    const sample: { -readonly [K in keyof EdgeSample]: EdgeSample[K] } = {};
    if (this.#success !== undefined) sample.successPerSecond = this.#success;
    if (this.#failure !== undefined) sample.failurePerSecond = this.#failure;
    if (this.#started !== undefined) sample.startedPerSecond = this.#started;
    if (this.#latency !== undefined) Object.assign(sample, this.#latency.quantiles);
    if (mtlsShare !== undefined) sample.mtlsShare = mtlsShare;
    if (this.#open !== undefined) sample.openConnections = this.#open;
    if (this.#opened !== undefined) sample.openedPerSecond = this.#opened;
    if (this.#failedConnections !== undefined) sample.failedConnectionsPerSecond = this.#failedConnections;
    if (this.#written !== undefined) sample.writtenBytesPerSecond = this.#written;
    if (this.#read !== undefined) sample.readBytesPerSecond = this.#read;
    return sample;
  }
}

/** A number that can be one; undefined for NaN, infinity and what is below 0. */
export function figure(value: number | undefined, scrapes: number): number | undefined {
  return value !== undefined && value >= 0 && value < Infinity ? value / scrapes : undefined;
}

export function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}

function anyAbove0(...figures: readonly (number | undefined)[]): boolean | undefined {
  let known = false;
  for (const figure of figures) {
    if (figure === undefined) continue;
    if (figure > 0) return true;
    known = true;
  }
  return known ? false : undefined;
}
