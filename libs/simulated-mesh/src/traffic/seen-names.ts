import type { PolicySeen } from '@mcp/mesh';
import type { AuthorizationRef, RouteRef, ServerRef } from '@mcp/policy';

const policyGroup = 'policy.linkerd.io';
const gatewayGroup = 'gateway.networking.k8s.io';

/** As a proxy names it in its telemetry. */
export function serverSeen(server: ServerRef): PolicySeen {
  return server.kind === 'default'
    ? byDefault(server.name)
    : { group: policyGroup, kind: 'server', name: server.name };
}

export function routeSeen(route: RouteRef): PolicySeen {
  if (route.kind === 'default') return byDefault(route.name);
  return route.kind === 'HTTPRoute'
    ? { group: policyGroup, kind: 'HTTPRoute', name: route.name }
    : {
        group: gatewayGroup,
        kind: route.kind === 'GRPCRoute' ? 'GRPCRoute' : 'HTTPRoute',
        name: route.name,
      };
}

export function authorizationSeen(authorization: AuthorizationRef): PolicySeen {
  return authorization.kind === 'default'
    ? byDefault(authorization.name)
    : { group: policyGroup, kind: authorization.kind.toLowerCase(), name: authorization.name };
}

function byDefault(name: string): PolicySeen {
  return { group: '', kind: 'default', name };
}
