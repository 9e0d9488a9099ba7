import type { RouteSample, RouteTraffic, RouteTrafficId, WorkloadRef } from '@mcp/mesh';
import { formatRouteTrafficId, routeRates } from '@mcp/mesh';
import type { RouteSeen } from '@mcp/sources';
import { figure, sum } from './figures.js';
import type { Proxies } from './proxies.js';

interface Tallied extends RouteTrafficId {
  readonly sample: { -readonly [K in keyof RouteSample]: RouteSample[K] };
}

/** What the proxies that answer say of routes, added up by workload. */
export class RouteTallies {
  readonly #tallies = new Map<string, Tallied>();

  constructor(private readonly proxies: Proxies) {}

  take(row: RouteSeen): void {
    if (isToldByEdges(row)) return;
    const proxy = this.proxies.of(row.client);
    if (typeof proxy === 'string' || proxy.freshness === 'frozen') return;
    const { sample } = this.#tallyOf(row, proxy.workload);
    for (const rate of routeRates) {
      const value = sum(sample[rate], figure(row[rate], proxy.scrapes));
      if (value !== undefined) sample[rate] = value;
    }
  }

  /** Those of which a figure is known. */
  all(): readonly RouteTraffic[] {
    return [...this.#tallies.values()].filter(({ sample }) => Object.keys(sample).length > 0);
  }

  #tallyOf({ parent, route, backend, protocol }: RouteSeen, client: WorkloadRef): Tallied {
    const id = { client, parent, route, ...(backend && { backend }), protocol };
    const key = formatRouteTrafficId(id);
    let tally = this.#tallies.get(key);
    if (tally === undefined) this.#tallies.set(key, (tally = { ...id, sample: {} }));
    return tally;
  }
}

/**
 * Of a default route, which whatever has no routes of its own has, edges tell all but retries, and what failed before an endpoint was chosen.
 * EgressNetworks refuse, too.
 */
function isToldByEdges({ parent, route, backend, ...row }: RouteSeen): boolean {
  if (parent.kind === 'EgressNetwork' || route.kind !== 'default') return false;
  return backend !== undefined || !((row.failurePerSecond ?? 0) > 0 || (row.retriesPerSecond ?? 0) > 0);
}
