import type { Authorization } from '../authorizations/authorization.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import type { RouteTable, ServedRoute } from '../routes/route-table.js';
import type { RouteRef } from '../verdict.js';
import type { Endpoint } from '../view.js';
import { probePaths } from '../routes/probe-paths.js';
import { servesRequests } from '../routes/protocol.js';

/** What a port policy decides by, as text: the same text for two policies, of whatever views, only where they decide alike. */
export interface PolicyContent {
  readonly whole: string;
  /** Which request is of which route: all but who is admitted. */
  readonly routing: string;
}

export function contentOf(
  index: PolicyIndex,
  endpoint: Endpoint,
  port: number,
  policy: PortPolicy,
): PolicyContent {
  const { server, protocol, authorizations, routes, routesIfDropped, rateLimit, doubts } = policy;
  const paths = probePaths(endpoint, port);
  const table = (given: RouteTable) => given.map((route) => matching(index, route, paths));
  const routing = JSON.stringify([
    kindOfRequests(protocol),
    table(routes),
    table(routesIfDropped),
    doubts.routes,
  ]);
  const admitting = [...routes, ...routesIfDropped].map((route) => route.authorizations.map(admitted));
  return {
    routing,
    whole: JSON.stringify([
      routing,
      protocol,
      server,
      rateLimit,
      doubts,
      authorizations.map(admitted),
      admitting,
    ]),
  };
}

/** Between the protocols of HTTP a request finds its route in the same way. */
function kindOfRequests(protocol: PortPolicy['protocol']): string | undefined {
  return protocol === undefined || protocol === 'gRPC' || !servesRequests(protocol) ? protocol : 'HTTP';
}

/** What of a request makes it one of the route. */
function matching(
  { view }: PolicyIndex,
  { ref, mayBeDropped }: ServedRoute,
  paths: readonly string[],
): unknown {
  if (ref.kind === 'default') return [ref, ref.name === 'probe' && paths, mayBeDropped];
  const { createdAt, spec } = stateOf(view, ref) ?? {};
  return [ref, createdAt, spec?.hostnames, spec?.rules.map(({ matches }) => matches), mayBeDropped];
}

function stateOf(view: PolicyIndex['view'], ref: Exclude<RouteRef, { readonly kind: 'default' }>) {
  const named = ({ name }: { readonly name: string }): boolean => name === ref.name;
  const policy = view.namespaces.get(ref.namespace)?.policy;
  return ref.kind === 'GRPCRoute' ? policy?.GRPCRoute.find(named) : policy?.[ref.kind].find(named);
}

function admitted({ ref, networks, authentication, doubts, outdated }: Authorization): unknown {
  const who =
    authentication.kind === 'identities'
      ? [authentication.identities.text, authentication.complete]
      : authentication.kind;
  return [ref, networks?.text, networks?.everyAddress, who, doubts, outdated];
}
