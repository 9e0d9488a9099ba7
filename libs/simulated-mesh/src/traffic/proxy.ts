import type { PolicySeen } from '@mcp/mesh';

import type { InboundPlace } from './counters.js';
import { InboundCounters, keptIn, OutboundCounters, RouteCounters } from './counters.js';
import type { Instance } from './instance.js';
import type { ClientParent, Peer } from './peer.js';

/** Linkerd's default `LINKERD2_PROXY_METRICS_RETAIN_IDLE`. */
const retainIdleMs = 10 * 60_000;

/** Ports, clients and what governs them, of one proxy: more than policy has names for in a day of changes. */
const mostPlaces = 1_000;

/** All that the proxy of one pod counted since it began. */
export class SimulatedProxy {
  readonly #outbound = new Map<string, OutboundCounters>();
  readonly #inbound = new Map<string, InboundCounters>();
  readonly #routes = new Map<string, RouteCounters>();

  constructor(
    readonly instance: Instance,
    readonly startedAt: number,
  ) {}

  get outbound(): Iterable<OutboundCounters> {
    return this.#outbound.values();
  }

  get inbound(): Iterable<InboundCounters> {
    return this.#inbound.values();
  }

  get routes(): Iterable<RouteCounters> {
    return this.#routes.values();
  }

  outboundTo(peer: Peer, at: number): OutboundCounters {
    const counters = keptIn(this.#outbound, peer.key, () => new OutboundCounters(peer, at));
    counters.usedAt = at;
    return counters;
  }

  inboundFrom(place: InboundPlace): InboundCounters {
    const { port, server, tls } = place;
    const key = JSON.stringify([port, server, tls]);
    if (!this.#inbound.has(key) && this.#inbound.size >= mostPlaces) this.#forgetOldestPlace();
    return keptIn(this.#inbound, key, () => new InboundCounters(place));
  }

  route(parent: ClientParent, route: PolicySeen, protocol: RouteCounters['protocol']): RouteCounters {
    const key = JSON.stringify([parent, route, protocol]);
    return keptIn(this.#routes, key, () => new RouteCounters(parent, route, protocol));
  }

  /** Remembers what everything is now, and forgets endpoints that were not called for long, as a proxy does. */
  mark(at: number, keep: number): void {
    for (const [key, counters] of this.#outbound) {
      if (counters.usedAt < at - retainIdleMs && counters.connections.open === 0) this.#outbound.delete(key);
      else counters.mark(keep);
    }
    for (const counters of this.#inbound.values()) counters.mark(keep);
    for (const counters of this.#routes.values()) counters.mark(keep);
  }

  #forgetOldestPlace(): void {
    for (const [key, { connections }] of this.#inbound)
      if (connections.open === 0) {
        this.#inbound.delete(key);
        return;
      }
  }
}
