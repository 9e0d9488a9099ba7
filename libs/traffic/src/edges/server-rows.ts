import { formatClientSeen } from '@mcp/mesh';
import type { ClientSeen, PolicySeen } from '@mcp/mesh';
import type { InboundSeen, ProxyClaim } from '@mcp/sources';
import { adminPort } from './client-rows.js';
import type { LeftOutReason } from './measured-edges.js';
import type { Measuring } from './measuring.js';
import { inTurns } from './measuring.js';
import type { Place } from './places.js';
import { Telling } from './telling.js';

/** All that a server's proxies tell of one client, or of all clients that they cannot tell apart. */
export interface ServedClient {
  /** Names it, and no other one in the reading. */
  readonly key: string;
  readonly client: ClientSeen;
  readonly server: Place;
  readonly port: number;
  readonly telling: Telling;
  /** Of the first row. */
  readonly claim: ProxyClaim;
  rows: number;
}

/** Adds up what servers' proxies tell, by client. Pauses between some of the rows. */
export function* servedClients(measuring: Measuring): Generator<void, Iterable<ServedClient>> {
  const { reading, places, proxies, leftOut } = measuring;
  const served = new Map<string, ServedClient>();
  yield* inTurns(reading.inbound, (row) => {
    const { serving: claim, client, port, tls } = row;
    const noise = noiseOf(row);
    const proxy = noise ?? proxies.of(claim);
    if (typeof proxy === 'string') {
      leftOut.add(proxy, claim);
      return;
    }
    const server = places.ofWorkload(proxy.workload);
    const key = servedKey(server, port, client);
    let known = served.get(key);
    if (known === undefined)
      served.set(key, (known = { key, client, server, port, telling: new Telling(), claim, rows: 0 }));
    known.rows += 1;
    const figures = known.telling.from(proxy.freshness);
    if (row.successPerSecond === undefined && row.failurePerSecond === undefined)
      figures.addConnections(tls, openOf(row), proxy.scrapes, reading.windowMs);
    else figures.addRequests(tls, row, proxy.scrapes);
  });
  return served.values();
}

/** The clients that servers have refused something, by `ServedClient.key`. Pauses between some of the rows. */
export function* refusedClients({
  reading,
  places,
  proxies,
}: Measuring): Generator<void, ReadonlySet<string>> {
  const refused = new Set<string>();
  yield* inTurns(reading.counters, ({ serving, client, port, what, value }) => {
    if (what === 'allowed' || what === 'audited' || !(value > 0)) return;
    const proxy = proxies.of(serving);
    if (typeof proxy !== 'string') refused.add(servedKey(places.ofWorkload(proxy.workload), port, client));
  });
  return refused;
}

function servedKey(server: Place, port: number, client: ClientSeen): string {
  return `${server.number}:${port}:${formatClientSeen(client)}`;
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
