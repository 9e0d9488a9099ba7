import type { ObjectStates, WorkloadRef } from '@mcp/mesh';
import type { ServerTable } from '../ports/server-table.js';
import type { Endpoint } from '../view.js';

type Server = ObjectStates['Server'];

/** Pods of a workload that are alike, or an external workload. */
export interface PlacedEndpoint {
  readonly workload: WorkloadRef;
  readonly endpoint: Endpoint;
}

export interface PlacedPort extends PlacedEndpoint {
  readonly port: number;
}

/** What a Server has a say in. */
export interface ServerReach {
  /** All that its selector fits. */
  readonly selected: PlacedEndpoint[];
  readonly governs: PlacedPort[];
  /** The ports that it selects as well, by the Server that governs them. */
  readonly overruled: Map<Server, PlacedPort[]>;
}

/** What each Server that selects anything has a say in. Takes time for each Server that selects an endpoint, not for each pair. */
export function serverReaches(
  servers: ServerTable,
  endpoints: readonly PlacedEndpoint[],
): ReadonlyMap<Server, ServerReach> {
  const reaches = new Map<Server, ServerReach>();
  const reachOf = (server: Server): ServerReach => {
    let reach = reaches.get(server);
    if (reach === undefined)
      reaches.set(server, (reach = { selected: [], governs: [], overruled: new Map() }));
    return reach;
  };
  for (const placed of endpoints) {
    const ports = new Set<number>();
    for (const server of servers.selectingByLabels(placed.endpoint)) {
      reachOf(server).selected.push(placed);
      for (const port of portsOf(server, placed.endpoint)) ports.add(port);
    }
    for (const port of ports) {
      const [governing, ...others] = servers.selecting(placed.endpoint, port);
      if (governing === undefined) continue;
      const at = { ...placed, port };
      reachOf(governing).governs.push(at);
      for (const other of others) {
        const { overruled } = reachOf(other);
        const ports = overruled.get(governing);
        if (ports === undefined) overruled.set(governing, [at]);
        else ports.push(at);
      }
    }
  }
  return reaches;
}

/** Where it may govern: `selecting` says whether it does. */
function portsOf({ spec: { port } }: Server, { ports }: Endpoint): readonly number[] {
  return typeof port === 'number'
    ? [port]
    : ports.filter(({ name }) => name === port).map(({ number }) => number);
}
