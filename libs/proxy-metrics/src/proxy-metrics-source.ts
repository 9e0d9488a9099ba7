import { defaultMatchers, readsAsMatchers, trafficQueries, type QueryTerms } from '@mcp/linkerd';
import { PrometheusFailure, type InstantQueries } from '@mcp/prometheus';
import type { TrafficAsk, TrafficReading, TrafficSource } from '@mcp/sources';
import { Poll } from './poll.js';
import { QueryCircuit } from './query-circuit.js';
import { trafficUnavailable } from './traffic-fault.js';
import { Turns } from './turns.js';

export interface ProxyMetricsOptions {
  /** Which scrapes are of proxies, and of this cluster: matchers of PromQL. Default: `job=~"linkerd-proxy|.*\/linkerd-proxy"`. */
  readonly matchers?: string;
  /** Between two scrapes of a proxy, until five minutes of them were seen. Default: 30 s, as most operators of Prometheus have it. */
  readonly scrapeIntervalMs?: number;
  /** How far a poll stays behind the server’s clock. Default: one scrape interval and 5 s; behind remote write, 60 s are usual. */
  readonly delayMs?: number;
  /** Rates are taken over four scrapes, and over no less than this; whole seconds. Latencies over twice as much. Default: 60 s. */
  readonly minWindowMs?: number;
  /** Queries at once. Default: 4. */
  readonly concurrency?: number;
  /** Into how many pieces a query is cut that is too much at once. Default: 16. */
  readonly maxShards?: number;
  /** For pauses between failures; milliseconds, never going back. */
  readonly clock?: () => number;
}

/** A rate over less than two scrapes is none; over less than a minute it jumps. */
const scrapesInWindow = 4;
const usualMinWindowMs = 60_000;

/** What a scrape may take until it can be asked for. */
const settlingMs = 5_000;

const maxWarnings = 5;

/**
 * The metrics of Linkerd's proxies, from a Prometheus that scrapes them. All queries of one reading are asked at one time of the server's own
 * clock. `missing` names parts of which a query failed; one that was too much is asked once more in pieces first.
 */
export class ProxyMetricsSource implements TrafficSource {
  readonly #matchers: string;
  readonly #turns: Turns;
  readonly #circuits = new Map<string, QueryCircuit>();
  #scrapeIntervalMs: number;

  /** Throws `RangeError` where the matchers are none. */
  constructor(
    private readonly queries: InstantQueries,
    private readonly options: ProxyMetricsOptions = {},
  ) {
    this.#matchers = options.matchers ?? defaultMatchers;
    if (!readsAsMatchers(this.#matchers))
      throw new RangeError(
        `select proxies by ${this.#matchers}: not a list of matchers, like ${defaultMatchers}`,
      );
    this.#turns = new Turns(options.concurrency ?? 4);
    this.#scrapeIntervalMs = options.scrapeIntervalMs ?? 30_000;
  }

  async read({ latency }: TrafficAsk, signal: AbortSignal): Promise<TrafficReading> {
    const at = await this.#time(signal);
    const terms = this.#terms();
    const poll = new Poll({
      queries: this.queries,
      turns: this.#turns,
      terms,
      timeMs: at,
      maxShards: this.options.maxShards ?? 16,
      circuitOf: (query) => this.#circuitOf(query),
      clockMs: (this.options.clock ?? monotonicMs)(),
      signal,
    });

    const table = trafficQueries.proxies.table();
    const proxies = await poll.part(trafficQueries.proxies, table);
    poll.mustHaveAnswers();
    poll.knowProxies(proxies, table.displaced);

    const [requests, latencies, connections, inbound, counters, routes] = await Promise.all([
      poll.part(trafficQueries.requests, trafficQueries.requests.table()),
      latency ? poll.part(trafficQueries.latency, trafficQueries.latency.table()) : undefined,
      poll.part(trafficQueries.connections, trafficQueries.connections.table()),
      poll.part(trafficQueries.inbound, trafficQueries.inbound.table()),
      poll.apart(trafficQueries.counters),
      poll.part(trafficQueries.routes, trafficQueries.routes.table()),
    ]);
    poll.settle();
    const { scrapeIntervalMs } = table;
    this.#scrapeIntervalMs = scrapeIntervalMs ?? this.#scrapeIntervalMs;

    return {
      at,
      windowMs: terms.windowMs,
      ...(scrapeIntervalMs !== undefined && { scrapeIntervalMs }),
      ...{ proxies, requests, connections, inbound, counters, routes },
      ...(latencies !== undefined && { latency: latencies }),
      missing: poll.missing,
      ...(poll.missingDetails.length > 0 && { missingDetails: poll.missingDetails }),
      ...(poll.warnings.size > 0 && { incomplete: [...poll.warnings].slice(0, maxWarnings).join('; ') }),
      rejected: poll.rejected,
    };
  }

  async #time(signal: AbortSignal): Promise<number> {
    try {
      const delayMs = this.options.delayMs ?? this.#scrapeIntervalMs + settlingMs;
      return Math.floor(((await this.queries.now(signal)) - delayMs) / 1000) * 1000;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof PrometheusFailure ? trafficUnavailable(error) : error;
    }
  }

  #terms(): QueryTerms {
    const minWindowMs = wholeSeconds(this.options.minWindowMs ?? usualMinWindowMs);
    const windowMs = Math.max(minWindowMs, wholeSeconds(scrapesInWindow * this.#scrapeIntervalMs));
    return {
      matchers: this.#matchers,
      windowMs,
      latencyWindowMs: Math.max(2 * minWindowMs, windowMs),
    };
  }

  #circuitOf(query: string): QueryCircuit {
    const circuit = this.#circuits.get(query) ?? new QueryCircuit();
    this.#circuits.set(query, circuit);
    return circuit;
  }
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}

function monotonicMs(): number {
  return performance.now();
}
