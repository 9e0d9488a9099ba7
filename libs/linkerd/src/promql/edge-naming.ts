import type { DestinationSeen, ProxyClaim, TlsSeen } from '@mcp/sources';
import { destinationSeen } from './destination-seen.js';
import { claimOf, proxyLabels, serverTlsLabels, toWorkloadLabels, type Labels } from './labels.js';
import { Interned, Pairs, type Naming } from './naming.js';
import { tlsSeen } from './tls-seen.js';

export interface EdgeSeen {
  readonly client: ProxyClaim;
  readonly destination: DestinationSeen;
}

export interface SecuredEdgeSeen extends EdgeSeen {
  readonly tls: TlsSeen;
}

/** Rows of clients' proxies, by client and destination. Of many rows few have an end of their own. */
export class EdgeNaming implements Naming<EdgeSeen> {
  readonly #clients = clients();
  readonly #destinations = destinations();
  readonly #edges = new Pairs((client: ProxyClaim, destination: DestinationSeen) => ({
    client,
    destination,
  }));

  of(labels: Labels): EdgeSeen | string {
    const client = this.#clients.of(labels);
    const destination = this.#destinations.of(labels);
    if (typeof client === 'string') return client;
    return typeof destination === 'string' ? destination : this.#edges.of(client, destination);
  }
}

/** And by how the calls travel. */
export class SecuredEdgeNaming implements Naming<SecuredEdgeSeen> {
  readonly #clients = clients();
  readonly #destinations = destinations();
  readonly #tls = new Interned<TlsSeen>(serverTlsLabels, (labels) => tlsSeen(labels, 'server_id'));
  // the two first: most destinations are reached in one way
  readonly #secured = new Pairs((destination: DestinationSeen, tls: TlsSeen) => ({ destination, tls }));
  readonly #edges = new Pairs(
    (client: ProxyClaim, { destination, tls }: Omit<SecuredEdgeSeen, 'client'>) => ({
      client,
      destination,
      tls,
    }),
  );

  of(labels: Labels): SecuredEdgeSeen | string {
    const client = this.#clients.of(labels);
    const destination = this.#destinations.of(labels);
    const tls = this.#tls.of(labels);
    if (typeof client === 'string') return client;
    if (typeof destination === 'string') return destination;
    return typeof tls === 'string' ? tls : this.#edges.of(client, this.#secured.of(destination, tls));
  }
}

function clients(): Interned<ProxyClaim> {
  return new Interned(proxyLabels, claimOf);
}

function destinations(): Interned<DestinationSeen> {
  return new Interned([...toWorkloadLabels, 'dst_pod', 'target_port', 'authority'], destinationSeen);
}
