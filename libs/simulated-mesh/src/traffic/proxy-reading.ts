import type {
  ConnectionsSeen,
  CounterSeen,
  InboundSeen,
  LatencySeen,
  ProxyClaim,
  ProxySeen,
  RequestsSeen,
  RouteSeen,
} from '@mcp/sources';

import type { ConnectionCounters, InboundCounters, OutboundCounters } from './counters.js';
import { keptIn } from './counters.js';
import { egressDenied } from './egress-denied.js';
import type { Peer } from './peer.js';
import type { SimulatedProxy } from './proxy.js';
import { proxyFacts, scrapeJob } from './proxy-facts.js';
import { latencyBoundsMs } from './total.js';

/** Scrapes and probes of proxies tell nothing about the mesh. */
const adminPort = 4191;

/** Of a window that is shorter nothing is said. */
const leastWindowMs = 1_000;

type Rated = (growth: number) => number;

/** What one proxy adds to a reading. */
export class ProxyReading {
  readonly #claim: ProxyClaim;
  readonly #marks: number;
  /** Undefined where the window is too short to say anything. */
  readonly #rated: Rated | undefined;

  constructor(
    private readonly proxy: SimulatedProxy,
    window: { readonly marks: number; readonly ms: number },
  ) {
    const { namespace, name, address } = proxy.instance;
    this.#claim = { namespace, pod: name, address };
    this.#marks = window.marks;
    this.#rated = window.ms < leastWindowMs ? undefined : (growth) => (growth * 1000) / window.ms;
  }

  seen(at: number): ProxySeen {
    const { startedAt } = this.proxy;
    const { version, certificateMs } = proxyFacts(this.proxy, at);
    return {
      ...this.#claim,
      job: scrapeJob,
      up: true,
      startedAt,
      sampleAgeMs: 0,
      ...(version !== undefined && { version }),
      certificateMs,
      scrapes: 1,
    };
  }

  requests(): readonly RequestsSeen[] {
    return this.#byDestination().flatMap(([said, alike]) => {
      const counts = alike.flatMap(({ answers }) => [...answers.counts]);
      if (alike.every(({ requests }) => requests.value === 0)) return [];
      return [
        {
          client: this.#claim,
          ...said,
          ...this.#outcomes(counts),
          ...this.#rates({ startedPerSecond: sum(alike.map(({ requests }) => requests.since(this.#marks))) }),
        },
      ];
    });
  }

  /** By destination, under whichever authority. */
  latency(): readonly LatencySeen[] {
    const rated = this.#rated;
    if (rated === undefined) return [];
    return this.#together(({ destination: { authority: _, ...destination } }) => destination).flatMap(
      ([destination, alike]) => {
        const histograms = alike.flatMap(({ answers }) => [...answers.latencies.values()]);
        if (histograms.length === 0) return [];
        const counts = histograms.map((latencies) => latencies.cumulativeSince(this.#marks));
        const buckets = latencyBoundsMs.map((upToMs, bound) => ({
          upToMs,
          perSecond: rated(sum(counts.map((cumulative) => cumulative[bound] ?? 0))),
        }));
        return [{ client: this.#claim, destination, buckets }];
      },
    );
  }

  connections(): readonly ConnectionsSeen[] {
    return this.#byDestination().map(([said, alike]) => {
      const grew = (of: (connections: ConnectionCounters) => number): number =>
        sum(alike.map(({ connections }) => of(connections)));
      return {
        client: this.#claim,
        ...said,
        open: grew(({ open }) => open),
        ...this.#rates({
          openedPerSecond: grew(({ opened }) => opened.since(this.#marks)),
          writtenBytesPerSecond: grew(({ writtenBytes }) => writtenBytes.since(this.#marks)),
          readBytesPerSecond: grew(({ readBytes }) => readBytes.since(this.#marks)),
          failedPerSecond: 0,
        }),
      };
    });
  }

  inbound(): readonly InboundSeen[] {
    return this.#places().flatMap(({ place, letIn, connections }) => {
      const serving = { serving: this.#claim, ...place };
      return [
        ...(connections.opened.value > 0 ? [{ ...serving, openConnections: connections.open }] : []),
        ...[...letIn.values()].map(({ route, authorization, answers }) => ({
          ...serving,
          ...(route && { route }),
          ...(authorization && { authorization }),
          ...this.#outcomes([...answers.counts]),
        })),
      ];
    });
  }

  counters(): readonly CounterSeen[] {
    const decided = this.#places().flatMap(({ place: { port, server, client }, decided }) =>
      [...decided.values()].map(({ count, ...what }) => ({
        serving: this.#claim,
        port,
        server,
        client,
        ...what,
        value: count.value,
      })),
    );
    return [...decided, ...egressDenied(this.proxy, this.#claim)];
  }

  routes(): readonly RouteSeen[] {
    return [...this.proxy.routes].flatMap(({ parent, route, protocol, requests, endings }) => {
      const ended = (matches: (how: string) => boolean): number =>
        sum([...endings].flatMap(([how, count]) => (matches(how) ? [count.since(this.#marks)] : [])));
      const seen: RouteSeen = {
        client: this.#claim,
        parent,
        route: { ...route, namespace: '' },
        protocol,
        ...this.#rates({
          successPerSecond: ended((how) => !how.startsWith('5') && how !== 'forbidden'),
          failurePerSecond: ended((how) => how.startsWith('5')),
          ...(protocol !== 'http' && {
            openedPerSecond: requests.since(this.#marks),
            refusedPerSecond: ended((how) => how === 'forbidden'),
          }),
        }),
      };
      // a default and an EgressNetwork have no Service behind them, and connections are not counted by backend
      return parent.kind === 'Service' && protocol === 'http' ? [seen, { ...seen, backend: parent }] : [seen];
    });
  }

  #byDestination() {
    return this.#together(({ destination, tls }) => ({ destination, tls }));
  }

  /** Endpoints of which the same is said, together. */
  #together<Said>(say: (peer: Peer) => Said): readonly (readonly [Said, readonly OutboundCounters[]])[] {
    const groups = new Map<string, readonly [Said, OutboundCounters[]]>();
    for (const counters of this.proxy.outbound) {
      if (counters.peer.destination.port === adminPort) continue;
      const said = say(counters.peer);
      keptIn(groups, JSON.stringify(said), (): readonly [Said, OutboundCounters[]] => [said, []])[1].push(
        counters,
      );
    }
    return [...groups.values()];
  }

  #places(): readonly InboundCounters[] {
    return [...this.proxy.inbound].filter(({ place }) => place.port !== adminPort);
  }

  #outcomes(
    counts: readonly {
      readonly status: { readonly classification: string };
      readonly count: { since(marks: number): number };
    }[],
  ) {
    const of = (wanted: string): number =>
      sum(
        counts
          .filter(({ status }) => status.classification === wanted)
          .map(({ count }) => count.since(this.#marks)),
      );
    return this.#rates({ successPerSecond: of('success'), failurePerSecond: of('failure') });
  }

  /** Nothing, where the window is too short. */
  #rates<T extends Readonly<Record<string, number>>>(growths: T): Partial<T> {
    const rated = this.#rated;
    if (rated === undefined) return {};
    return Object.fromEntries(
      Object.entries(growths).map(([name, growth]) => [name, rated(growth)]),
    ) as Partial<T>;
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
