import type { ConnectionsSeen, LatencySeen, RequestsSeen, TlsSeen } from '@mcp/sources';
import type { Call } from './calls.js';
import { areBuckets } from './latency.js';
import type { Measuring } from './measuring.js';
import { inTurns } from './measuring.js';
import type { Place } from './places.js';
import type { Proxy } from './proxies.js';
import { Telling } from './telling.js';

/** Of every proxy's own server, where it is scraped and probed. */
export const adminPort = 4191;

type Row = RequestsSeen | ConnectionsSeen | LatencySeen;

/** Makes edges of what clients' proxies tell. Pauses between some of the rows. */
export function* takeClientRows(measuring: Measuring): Generator<void> {
  const { requests, connections, latency = [], routes, windowMs } = measuring.reading;
  yield* inTurns(routes, (row) => {
    measuring.egress.take(row);
    measuring.routes.take(row);
  });
  const rows = new ClientRows(measuring);
  yield* inTurns(requests, (row) => {
    const found = rows.find(row, row.tls);
    if (found === undefined) return;
    found.telling.from(found.proxy.freshness).addRequests(row.tls, row, found.proxy.scrapes);
  });
  yield* inTurns(connections, (row) => {
    const found = rows.find(row, row.tls);
    if (found === undefined) return;
    found.telling.from(found.proxy.freshness).addConnections(row.tls, row, found.proxy.scrapes, windowMs);
  });
  yield* inTurns(latency, (row) => {
    if (!areBuckets(row.buckets)) {
      measuring.leftOut.add('bad-buckets', row.client);
      return;
    }
    const found = rows.find(row);
    found?.telling.from(found.proxy.freshness).addLatency(row.buckets, found.proxy.scrapes);
  });
}

class ClientRows {
  /** What leaves the cluster may be of an EgressNetwork, and which one could not be read. */
  readonly #egressUnread: boolean;

  constructor(private readonly measuring: Measuring) {
    this.#egressUnread = measuring.directory.hasEgressNetworks && measuring.lacks('routes');
  }

  /** The edge of a row and who tells of it; undefined where the row is left out. */
  find(row: Row, tls?: TlsSeen): { readonly telling: Telling; readonly proxy: Proxy } | undefined {
    const { leftOut, places, proxies } = this.measuring;
    const { client, destination } = row;
    if (destination.port === adminPort) leftOut.add('admin-port', client);
    else if (tls?.reason === 'loopback') leftOut.add('localhost', client);
    else {
      const proxy = proxies.of(client);
      if (typeof proxy === 'string') {
        leftOut.add(proxy, client);
        return undefined;
      }
      const source = places.ofWorkload(proxy.workload);
      const { place: reached, service } = this.measuring.destinations.of(destination);
      const place = reached.end.kind === 'external' ? this.#outside(source, destination.port) : reached;
      if (place === undefined) {
        leftOut.add('egress-unread', client);
        return undefined;
      }
      const call = this.measuring.calls.of(source, place, destination.port);
      note(call, service, tls);
      return { telling: (call.client ??= new Telling()), proxy };
    }
    return undefined;
  }

  #outside(source: Place, port: number): Place | undefined {
    return this.#egressUnread ? undefined : this.measuring.egress.placeOf(source, port);
  }
}

function note(call: Call, service: string | undefined, tls: TlsSeen | undefined): void {
  if (service !== undefined && !call.services.includes(service)) call.services.push(service);
  if (tls?.tls === 'mesh' && tls.identity !== '' && !call.serverIdentities.includes(tls.identity))
    call.serverIdentities.push(tls.identity);
}
