import type { AuthorizationRef, MeshSettings, RouteRef, ServerRef } from '@mcp/policy';
import type { Decider, InboundCall, ProxyDecision } from '@mcp/simulated-mesh';
import type { Answer, AuthorizedBy, Cluster, Decision, Query, RouteName } from './case.js';
import type { Resource } from './kubernetes-objects.js';
import { naiveAnswer } from './naive-linkerd.js';

/** Lets the proxies of a simulated mesh decide as the second implementation does, by the objects as they are stored. */
export const naiveDecider: Decider = ({ objects, view }) => {
  const resources = objects as readonly unknown[] as readonly Resource[];
  const cluster = clusterOf(view.settings);
  return (call) => decisionOf(naiveAnswer({ cluster, resources, query: queryOf(call) }));
};

function clusterOf(settings: MeshSettings): Cluster {
  const { trustDomain, controlPlaneNamespace, defaultPolicy, clusterNetworks, probeNetworks } = settings;
  if (trustDomain === undefined || controlPlaneNamespace === undefined || defaultPolicy === undefined)
    throw new Error('the control plane of the simulated mesh does not say how it runs');
  return {
    ...{ trustDomain, controlPlaneNamespace, defaultPolicy },
    clusterNetworks: clusterNetworks ?? [],
    probeNetworks: probeNetworks ?? [],
  };
}

function queryOf({ serving, port, client, request }: InboundCall): Query {
  const name = `${serving.namespace}/${serving.name}`;
  const { identity, address: ip } = client;
  return {
    ...(serving.kind === 'Pod' ? { pod: name } : { externalWorkload: name }),
    port,
    client: identity === undefined ? { kind: 'unmeshed', ip } : { kind: 'meshed', identity, ip },
    http: request ?? null,
  };
}

const refusals = {
  unauthorized: 'unauthorized',
  route_not_found: 'route-not-found',
  protocol_mismatch: 'protocol-mismatch',
} as const;

function decisionOf(answer: Answer): ProxyDecision {
  if ('enforced' in answer) return { verdict: 'not-enforced' };
  const { verdict, reason, server, route, authorizedBy } = answer;
  return {
    verdict,
    ...(reason !== undefined && { refusal: refusals[reason] }),
    server: serverOf(server),
    ...(route !== null && { route: routeOf(route) }),
    ...(authorizedBy !== null && { authorizedBy: authorizationOf(authorizedBy) }),
  };
}

function serverOf(server: Decision['server']): ServerRef {
  return typeof server === 'string'
    ? ({ kind: 'default', name: nameOf(server) } as ServerRef)
    : { kind: 'Server', ...server };
}

function routeOf(route: RouteName | string): RouteRef {
  if (typeof route === 'string') return { kind: 'default', name: nameOf(route) } as RouteRef;
  const { group, kind, namespace, name } = route;
  const named = kind === 'HTTPRoute' && group === 'gateway.networking.k8s.io' ? 'GatewayHTTPRoute' : kind;
  return { kind: named, namespace, name } as RouteRef;
}

function authorizationOf({ kind, namespace, name }: AuthorizedBy): AuthorizationRef {
  return (kind === 'default' ? { kind, name } : { kind, namespace, name }) as AuthorizationRef;
}

/** Of `default:<name>`. */
function nameOf(text: string): string {
  return text.replace(/^default:/, '');
}
