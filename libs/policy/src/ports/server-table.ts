import type { ObjectStates } from '@mcp/mesh';
import { selects } from '@mcp/mesh';
import { byAge } from '../name-order.js';
import type { Endpoint } from '../view.js';

type Server = ObjectStates['Server'];

/** The Servers of a namespace, by the port they ask for and then by a label they ask for, so that few are looked at. */
export class ServerTable {
  readonly #byPort = new Map<number | string, Candidates>();
  readonly #all = new Candidates();

  constructor(servers: readonly Server[]) {
    for (const server of servers) {
      const { port } = server.spec;
      let candidates = this.#byPort.get(port);
      if (candidates === undefined) this.#byPort.set(port, (candidates = new Candidates()));
      candidates.add(server);
      this.#all.add(server);
    }
  }

  /**
   * The Servers that select the port, the one that governs it first: the oldest, then the first by name. It wins the port
   * completely; nothing of the others is merged. A number selects that port whether or not it is declared; a name selects
   * every TCP port of that name, of init containers too.
   * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs, Pod::reindex_servers (read at b24cd40).
   */
  selecting(endpoint: Endpoint, port: number): readonly Server[] {
    const found = new Set<Server>();
    this.#byPort.get(port)?.collect(endpoint, found);
    for (const { number, name, protocol } of endpoint.ports)
      if (number === port && protocol === 'TCP' && name !== undefined)
        this.#byPort.get(name)?.collect(endpoint, found);
    return [...found].sort(byAge);
  }

  /** The Servers whose selector fits, whichever port they ask for. */
  selectingByLabels(endpoint: Endpoint): ReadonlySet<Server> {
    const found = new Set<Server>();
    this.#all.collect(endpoint, found);
    return found;
  }
}

class Candidates {
  readonly #byLabel = new Map<string, Server[]>();
  /** Those that ask for no label by its value. */
  readonly #others: Server[] = [];

  add(server: Server): void {
    const [label] = Object.entries(server.spec.selector.matchLabels);
    if (label === undefined) {
      this.#others.push(server);
      return;
    }
    const key = label.join('=');
    const having = this.#byLabel.get(key);
    if (having === undefined) this.#byLabel.set(key, [server]);
    else having.push(server);
  }

  collect(endpoint: Endpoint, into: Set<Server>): void {
    for (const server of this.#others) if (selectsEndpoint(server, endpoint)) into.add(server);
    for (const label of Object.entries(endpoint.labels))
      for (const server of this.#byLabel.get(label.join('=')) ?? [])
        if (selectsEndpoint(server, endpoint)) into.add(server);
  }
}

function selectsEndpoint({ spec }: Server, endpoint: Endpoint): boolean {
  const kind = spec.selects === 'pods' ? 'Pod' : 'ExternalWorkload';
  return kind === endpoint.kind && selects(spec.selector, endpoint.labels);
}
