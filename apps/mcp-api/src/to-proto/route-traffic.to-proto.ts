import { RouteProtocol, type RouteObject, type RouteTraffic as RouteTrafficMessage } from '@mcp/contracts';
import type { ObjectSeen, PortSeen, RouteTraffic } from '@mcp/mesh';

export function routeTrafficToProto({
  client,
  parent,
  route,
  backend,
  protocol,
  sample,
}: RouteTraffic): RouteTrafficMessage {
  return {
    client,
    parent: objectToProto(parent),
    route: objectToProto(route),
    backend: backend && objectToProto(backend),
    protocol: protocols[protocol],
    sample,
  };
}

function objectToProto({ group, kind, namespace, name, ...more }: ObjectSeen | PortSeen): RouteObject {
  return { group, kind, namespace, name, port: 'port' in more ? more.port : '' };
}

const protocols: Readonly<Record<RouteTraffic['protocol'], RouteProtocol>> = {
  http: RouteProtocol.ROUTE_PROTOCOL_HTTP,
  grpc: RouteProtocol.ROUTE_PROTOCOL_GRPC,
  tcp: RouteProtocol.ROUTE_PROTOCOL_TCP,
  tls: RouteProtocol.ROUTE_PROTOCOL_TLS,
};
