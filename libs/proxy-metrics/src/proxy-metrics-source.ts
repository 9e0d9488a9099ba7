import { defaultMatchers, readsAsMatchers, trafficQueries, type QueryTerms } from '@mcp/linkerd';
import { KeptBytes, PrometheusFailure, type InstantQueries } from '@mcp/prometheus';
import type { TrafficAsk, TrafficReading, TrafficSource } from '@mcp/sources';
import { PartMemory } from './part-memory.js';
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
  /** How much may be kept of the answers of a poll, so that the next is read in a fraction of the time. Default: 256 MiB. */
  readonly maxKeptBytes?: number;
  /** For pauses between failures; milliseconds, never going back. */
  readonly clock?: () => number;
}

/** A rate over less than two scrapes is none; over less than a minute it jumps. */
const scrapesInWindow = 4;
const usualMinWindowMs = 60_000;

/** What a scrape may take until it can be asked for. */
const settlingMs = 5_000;

const maxWarnings = 5;

/** 50,000 edges with all details take 200 MB. */
const usualKeptBytes = 256 * 1024 * 1024;

/**
 * The metrics of Linkerd's proxies, from a Prometheus that scrapes them. All queries of one reading are asked at one time of the server's own
 * clock. `missing` names parts of which a query failed; one that was too much is asked once more in pieces first.
 */
export class ProxyMetricsSource implements TrafficSource {
  readonly #matchers: string;
  readonly #turns: Turns;
  readonly #memories: ReturnType<typeof memoriesWithin>;
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
    this.#memories = memoriesWithin(options.maxKeptBytes ?? usualKeptBytes);
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
    const { proxies: ofProxies, ...onTraffic } = this.#memories;
    const proxies = await poll.part(ofProxies, table);
    poll.mustHaveAnswers();
    poll.knowProxies(proxies);
    for (const memory of Object.values(onTraffic)) memory.passOver(table.displaced);

    const [requests, latencies, connections, inbound, counters, routes] = await Promise.all([
      poll.part(onTraffic.requests),
      latency ? poll.part(onTraffic.latency) : undefined,
      poll.part(onTraffic.connections),
      poll.part(onTraffic.inbound),
      poll.apart(onTraffic.counters),
      poll.part(onTraffic.routes),
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

/** Latencies are asked once a minute, and would take several times the room of all others. */
function memoriesWithin(mostBytes: number) {
  const room = new KeptBytes(mostBytes);
  return {
    proxies: new PartMemory(trafficQueries.proxies, room),
    requests: new PartMemory(trafficQueries.requests, room),
    latency: new PartMemory(trafficQueries.latency, new KeptBytes(0)),
    connections: new PartMemory(trafficQueries.connections, room),
    inbound: new PartMemory(trafficQueries.inbound, room),
    counters: new PartMemory(trafficQueries.counters, room),
    routes: new PartMemory(trafficQueries.routes, room),
  };
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}

function monotonicMs(): number {
  return performance.now();
}
