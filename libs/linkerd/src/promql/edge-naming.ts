import type { DestinationSeen, ProxyClaim, TlsSeen } from '@mcp/sources';
import { destinationSeen } from './destination-seen.js';
import { claimOf, proxyLabels, serverTlsLabels, toWorkloadLabels, type Labels } from './labels.js';
import { Interned, type Name, type Naming } from './naming.js';
import { tlsSeen } from './tls-seen.js';

export interface EdgeSeen {
  readonly client: ProxyClaim;
  readonly destination: DestinationSeen;
}

/** Rows of clients' proxies, by client and destination. Of many rows few have an end of their own. */
export class EdgeNaming implements Naming<EdgeSeen> {
  readonly #clients = new Interned<ProxyClaim>(proxyLabels, claimOf);
  readonly #destinations = new Interned<DestinationSeen>(
    [...toWorkloadLabels, 'dst_pod', 'target_port', 'authority'],
    destinationSeen,
  );

  of(labels: Labels): Name<EdgeSeen> {
    const client = this.#clients.of(labels);
    const destination = this.#destinations.of(labels);
    return {
      key: `${client.key} ${destination.key}`,
      meaning: () =>
        both(client.meaning(), destination.meaning(), (client, destination) => ({ client, destination })),
    };
  }
}

export interface SecuredEdgeSeen extends EdgeSeen {
  readonly tls: TlsSeen;
}

/** And by how the calls travel. */
export class SecuredEdgeNaming implements Naming<SecuredEdgeSeen> {
  readonly #edges = new EdgeNaming();
  readonly #tls = new Interned<TlsSeen>(serverTlsLabels, (labels) => tlsSeen(labels, 'server_id'));

  of(labels: Labels): Name<SecuredEdgeSeen> {
    const edge = this.#edges.of(labels);
    const tls = this.#tls.of(labels);
    return {
      key: `${edge.key} ${tls.key}`,
      meaning: () => both(edge.meaning(), tls.meaning(), (edge, tls) => ({ ...edge, tls })),
    };
  }
}

/** A text where one of the two is. */
function both<A extends object, B extends object, Both>(
  a: A | string,
  b: B | string,
  together: (a: A, b: B) => Both,
): Both | string {
  if (typeof a === 'string') return a;
  return typeof b === 'string' ? b : together(a, b);
}
