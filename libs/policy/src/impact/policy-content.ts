import type { Authorization } from '../authorizations/authorization.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import type { RouteTable, ServedRoute } from '../routes/route-table.js';
import type { RouteRef } from '../verdict.js';
import type { Endpoint } from '../view.js';
import { probePaths } from '../routes/probe-paths.js';
import { servesRequests } from '../routes/protocol.js';

/** What a port policy decides by, as texts: the same ones for two policies, of whatever views, only where they decide alike. */
export interface PolicyContent {
  /** Which request is of which route. */
  readonly routing: string;
  /** Who is admitted, and all else. */
  readonly admission: string;
}

/** Writes down port policies that are to be compared. A rule of many ports is written once, and stands as a number. */
export class PolicyContents {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<Authorization, number>();

  of(index: PolicyIndex, endpoint: Endpoint, port: number, policy: PortPolicy): PolicyContent {
    const { server, protocol, authorizations, routes, routesIfDropped, rateLimit, doubts } = policy;
    const paths = probePaths(endpoint, port);
    const table = (given: RouteTable) => given.map((route) => matching(index, route, paths));
    const admitting = (those: readonly Authorization[]) => those.map((each) => this.#numberOf(each));
    return {
      routing: JSON.stringify([
        kindOfRequests(protocol),
        table(routes),
        table(routesIfDropped),
        doubts.routes,
      ]),
      admission: JSON.stringify([
        protocol,
        server,
        rateLimit,
        doubts,
        admitting(authorizations),
        [...routes, ...routesIfDropped].map((route) => admitting(route.authorizations)),
      ]),
    };
  }

  /** The same for rules that admit the same clients. */
  #numberOf(authorization: Authorization): number {
    let number = this.#known.get(authorization);
    if (number === undefined) {
      const text = admitted(authorization);
      number = this.#numbers.get(text) ?? this.#numbers.size;
      this.#numbers.set(text, number);
      this.#known.set(authorization, number);
    }
    return number;
  }
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

function admitted({ ref, networks, authentication, doubts, outdated }: Authorization): string {
  const who =
    authentication.kind === 'identities'
      ? [authentication.identities.text, authentication.complete]
      : authentication.kind;
  return JSON.stringify([ref, networks?.text, networks?.everyAddress, who, doubts, outdated]);
}
