import type { ClientSeen, PolicySeen } from '@mcp/mesh';
import type { InboundSeen, ProxyClaim } from '@mcp/sources';
import { keyOf } from './calls.js';
import { adminPort } from './client-rows.js';
import type { LeftOutReason } from './measured-edges.js';
import type { Measuring } from './measuring.js';
import { inTurns } from './measuring.js';
import type { Place } from './places.js';
import { Telling } from './telling.js';

/** All that a server's proxies tell of one client, or of all clients that they cannot tell apart. */
export interface ServedClient {
  readonly client: ClientSeen;
  readonly server: Place;
  readonly port: number;
  readonly telling: Telling;
  /** Of the first row. */
  readonly claim: ProxyClaim;
  rows: number;
}

/** Adds up what servers' proxies tell, by client. Pauses between some of the rows. */
export function* servedClients(measuring: Measuring): Generator<void, readonly ServedClient[]> {
  const { reading, places, proxies, leftOut } = measuring;
  const served: ServedClient[] = [];
  const byServer = new ByClient<ServedClient>();
  yield* inTurns(reading.inbound, (row) => {
    const { serving: claim, client, port, tls } = row;
    const noise = noiseOf(row);
    const proxy = noise ?? proxies.of(claim);
    if (typeof proxy === 'string') {
      leftOut.add(proxy, claim);
      return;
    }
    const server = places.ofWorkload(proxy.workload);
    let known = byServer.get(server, port, client);
    if (known === undefined) {
      known = { client, server, port, telling: new Telling(), claim, rows: 0 };
      byServer.set(server, port, client, known);
      served.push(known);
    }
    known.rows += 1;
    const figures = known.telling.from(proxy.freshness);
    if (row.successPerSecond === undefined && row.failurePerSecond === undefined)
      figures.addConnections(tls, openOf(row), proxy.scrapes, reading.windowMs);
    else figures.addRequests(tls, row, proxy.scrapes);
  });
  return served;
}

export type RefusedClients = Pick<ByClient<true>, 'get'>;

/** The clients that servers have refused something. Pauses between some of the rows. */
export function* refusedClients({ reading, places, proxies }: Measuring): Generator<void, RefusedClients> {
  const refused = new ByClient<true>();
  yield* inTurns(reading.counters, ({ serving, client, port, what, value }) => {
    if (what === 'allowed' || what === 'audited' || what === 'egress-denied' || !(value > 0)) return;
    const proxy = proxies.of(serving);
    if (typeof proxy !== 'string') refused.set(places.ofWorkload(proxy.workload), port, client, true);
  });
  return refused;
}

/** By workload and port that serves, then by client: an identity is never one of the words for those who prove none. */
class ByClient<T> {
  readonly #byPort = new Map<number, Map<string, T>>();

  get(server: Place, port: number, client: ClientSeen): T | undefined {
    return this.#byPort.get(keyOf(server, port))?.get(nameOf(client));
  }

  set(server: Place, port: number, client: ClientSeen, value: T): void {
    const key = keyOf(server, port);
    let clients = this.#byPort.get(key);
    if (clients === undefined) this.#byPort.set(key, (clients = new Map<string, T>()));
    clients.set(nameOf(client), value);
  }
}

function nameOf(client: ClientSeen): string {
  return client.kind === 'identity' ? client.identity : client.kind;
}

function openOf({ openConnections }: InboundSeen): { readonly open?: number } {
  return openConnections === undefined ? {} : { open: openConnections };
}

/** What a kubelet, a scraper or the pod itself asks. Source: linkerd2 policy-controller, default authorizations `probe` and `localhost`. */
function noiseOf({ port, route, authorization, tls }: InboundSeen): LeftOutReason | undefined {
  if (port === adminPort) return 'admin-port';
  if (isDefault(route, 'probe') || isDefault(authorization, 'probe')) return 'probe';
  return isDefault(authorization, 'localhost') || tls.reason === 'loopback' ? 'localhost' : undefined;
}

function isDefault(seen: PolicySeen | undefined, name: string): boolean {
  return seen?.kind === 'default' && seen.name === name;
}
