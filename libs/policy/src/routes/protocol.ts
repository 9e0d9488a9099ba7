import type { ProxyProtocol } from '@mcp/mesh';
import type { RouteKind } from '../verdict.js';

/** Whether the proxy looks at requests one by one, or only at connections. */
export function servesRequests(protocol: ProxyProtocol): boolean {
  return protocol !== 'opaque' && protocol !== 'TLS';
}

/** Which routes the proxy is given depends on the protocol; others may be accepted, and have no effect. */
export function routeKindsOf(protocol: ProxyProtocol): readonly RouteKind[] {
  if (!servesRequests(protocol)) return [];
  return protocol === 'gRPC' ? ['GRPCRoute'] : ['HTTPRoute', 'GatewayHTTPRoute'];
}
