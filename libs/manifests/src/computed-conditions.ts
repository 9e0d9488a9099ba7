import type { ObjectStates, ResourceKind } from '@mcp/mesh';
import { ComputedStatuses } from '@mcp/policy';
import type { ObservedObject, ReadableObject } from '@mcp/sources';

/**
 * The objects with the conditions that Linkerd's policy controller would report if they were all that there is. Manifests seldom have
 * a status, and one that they have may be of another moment. What other controllers report stays.
 */
export function withComputedConditions(objects: readonly ObservedObject[]): readonly ObservedObject[] {
  const readable = objects.filter((object) => 'state' in object);
  const statuses = new ComputedStatuses({
    servers: statesOf(readable, 'Server'),
    services: statesOf(readable, 'Service'),
    grpcRoutes: statesOf(readable, 'GRPCRoute'),
    grpcRouteDoubt: objects.some((object) => object.kind === 'GRPCRoute' && !('state' in object))
      ? { because: 'unreadable', asReported: true }
      : undefined,
    rateLimits: statesOf(readable, 'HTTPLocalRateLimitPolicy'),
    egressNetworks: statesOf(readable, 'EgressNetwork'),
    clusterNetworks: statesOf(readable, 'ControlPlane')[0]?.clusterNetworks,
  });
  return objects.map((object) => ('state' in object ? withConditions(object, statuses) : object));
}

function withConditions(object: ReadableObject, statuses: ComputedStatuses): ReadableObject {
  switch (object.kind) {
    case 'HTTPRoute':
      return { ...object, state: statuses.route(object.kind, object.state) };
    case 'GatewayHTTPRoute':
      return { ...object, state: statuses.route(object.kind, object.state) };
    case 'GRPCRoute':
      return { ...object, state: statuses.route(object.kind, object.state) };
    case 'HTTPLocalRateLimitPolicy':
      return { ...object, state: statuses.rateLimit(object.state) };
    case 'EgressNetwork':
      return { ...object, state: statuses.egressNetwork(object.state) };
    default:
      return object;
  }
}

function statesOf<K extends ResourceKind>(
  objects: readonly ReadableObject[],
  kind: K,
): readonly ObjectStates[K][] {
  // the kind of an object says of which kind its state is
  return objects.filter((object) => object.kind === kind).map(({ state }) => state as ObjectStates[K]);
}
