import type { Authorization } from '../authorizations/authorization.js';
import { hostOf, hostRank } from '../matching/host-match.js';
import type { HttpRequest } from '../question.js';
import type { Route } from './route-attachment.js';
import type { CompiledMatch, MatchRank } from './route-match.js';
import { compileGrpcMatch, compileHttpMatch, everyRequest, partsOf } from './route-match.js';
import type { RouteRef } from '../verdict.js';

/** A route that the proxy has, with who is admitted through it beside those that the Server admits. */
export interface ServedRoute {
  readonly ref: RouteRef;
  readonly hostnames: readonly string[];
  readonly matches: readonly CompiledMatch[];
  readonly authorizations: readonly Authorization[];
}

/** The routes of a port, in Linkerd's order: the first of equally specific ones wins. */
export type RouteTable = readonly ServedRoute[];

/** The route that takes a request, and the match that made it so. */
export interface Found {
  readonly route: ServedRoute;
  readonly match: CompiledMatch;
}

export function refOf({ kind, state: { namespace, name } }: Route): RouteRef {
  return { kind, namespace, name };
}

/** The matches of all rules of a route: which rule it is makes no difference to who is admitted. */
export function compileMatches(route: Route): readonly CompiledMatch[] {
  if (route.kind === 'GRPCRoute')
    return route.state.spec.rules.flatMap(({ matches }) =>
      matches.length === 0 ? [everyRequest] : matches.map(compileGrpcMatch),
    );
  return route.state.spec.rules.flatMap(({ matches }) =>
    matches.length === 0 ? [everyRequest] : matches.map(compileHttpMatch),
  );
}

/** Routes that have a time of creation first, by it; then by name, group and kind. */
export function inLinkerdsOrder(routes: readonly Route[]): readonly Route[] {
  return [...routes].sort(
    (a, b) =>
      ageOf(a) - ageOf(b) ||
      compare(a.state.name, b.state.name) ||
      compare(groupAndKind[a.kind], groupAndKind[b.kind]),
  );
}

const groupAndKind = {
  HTTPRoute: 'policy.linkerd.io HTTPRoute',
  GatewayHTTPRoute: 'gateway.networking.k8s.io HTTPRoute',
  GRPCRoute: 'gateway.networking.k8s.io GRPCRoute',
};

function ageOf({ state }: Route): number {
  return state.createdAt === 0 ? Number.MAX_SAFE_INTEGER : state.createdAt;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The route that takes a request: the one with the most specific match, the first in order among equals. Undefined where none
 * matches; `undecided` where a match that could win cannot be told.
 * Source: linkerd2-proxy linkerd/http/route/src/lib.rs, find (read at 29637b6).
 */
export function findRoute(routes: RouteTable, request: HttpRequest): Found | 'undecided' | undefined {
  const host = hostOf(request);
  const parts = partsOf(request);
  let best: (Found & { readonly rank: MatchRank }) | undefined;
  for (const route of routes) {
    const hosted = hostRank(route.hostnames, host);
    if (hosted === undefined) continue;
    for (const match of route.matches) {
      const matched = match.rank(parts);
      if (matched === undefined) continue;
      if (matched === 'undecided' || hosted === 'undecided') return 'undecided';
      const rank = [hosted, ...matched];
      if (best === undefined || outranks(rank, best.rank)) best = { route, match, rank };
    }
  }
  return best;
}

function outranks(a: MatchRank, b: MatchRank): boolean {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? 0;
    if (part !== other) return part > other;
  }
  return false;
}
