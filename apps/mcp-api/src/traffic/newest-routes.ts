import type { NewestRoutes } from '@mcp/contracts';
import type { TrafficPoll } from '@mcp/event-log';
import type { SeenEdgeNode } from '@mcp/graph';
import {
  formatRouteTrafficId,
  formatWorkloadRef,
  type PortSeen,
  type RouteTraffic,
  type WorkloadRef,
} from '@mcp/mesh';
import { routeTrafficToProto } from '../to-proto/route-traffic.to-proto.js';

const mostRoutes = 1000;

type Poll = Pick<TrafficPoll, 'routes'> | undefined;

/** All by which the workload is the client; undefined where they are not known. */
export function routesOfClient(poll: Poll, client: WorkloadRef): NewestRoutes | undefined {
  const known = routesFrom(poll, client);
  return known && toldOf(known);
}

/** Those that may have led over this edge, with all their backends; undefined where they are not known, as of a client whose proxies do not tell of the edge. */
export function routesOfEdge(poll: Poll, edge: SeenEdgeNode): NewestRoutes | undefined {
  if (edge.source.kind !== 'workload' || edge.evidence === 'server') return undefined;
  const known = routesFrom(poll, edge.source.workload);
  if (known === undefined) return undefined;
  const leading = new Set(
    known
      .filter(({ parent, backend }) => isOnEdge(parent, edge) || (backend && isOnEdge(backend, edge)))
      .map(routeKey),
  );
  return toldOf(known.filter((route) => leading.has(routeKey(route))));
}

function routesFrom(poll: Poll, asked: WorkloadRef): readonly RouteTraffic[] | undefined {
  const name = formatWorkloadRef(asked);
  return poll?.routes?.filter(({ client }) => formatWorkloadRef(client) === name);
}

function isOnEdge({ kind, namespace, name, port }: PortSeen, edge: SeenEdgeNode): boolean {
  if (kind === 'Service') return edge.services.includes(`${namespace}/${name}`);
  if (kind !== 'EgressNetwork' || edge.destination.kind !== 'external') return false;
  const { egressNetwork } = edge.destination;
  const isItsPort = port === '' || port === String(edge.port);
  return egressNetwork?.namespace === namespace && egressNetwork.name === name && isItsPort;
}

/** The same for the client's own view of a route and for its backends. */
function routeKey({ backend: _, ...route }: RouteTraffic): string {
  return formatRouteTrafficId(route);
}

function toldOf(routes: readonly RouteTraffic[]): NewestRoutes {
  const placed = routes.map((route) => {
    const place = routeKey(route);
    return [route.backend === undefined ? place : place + formatRouteTrafficId(route), route] as const;
  });
  placed.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    routes: placed.slice(0, mostRoutes).map(([, route]) => routeTrafficToProto(route)),
    leftOut: Math.max(0, placed.length - mostRoutes),
  };
}
