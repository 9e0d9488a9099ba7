import type { Authorization } from '../authorizations/authorization.js';
import { hostOf, hostRank } from '../matching/host-match.js';
import type { StepBudget } from '../matching/value-pattern.js';
import type { HttpRequest } from '../question.js';
import type { CompiledMatch, MatchRank } from './route-match.js';
import { partsOf } from './route-match.js';
import type { RouteRef, UnknownInput } from '../verdict.js';

/** A route that the proxy has, with who is admitted through it beside those that the Server admits. */
export interface ServedRoute {
  readonly ref: RouteRef;
  readonly hostnames: readonly string[];
  readonly matches: readonly CompiledMatch[];
  readonly authorizations: readonly Authorization[];
  /** Why the policy controller may have dropped it as a whole; undefined where it surely has it. */
  readonly mayBeDropped?: UnknownInput;
}

/** The routes of a port, in Linkerd's order: the first of equally specific ones wins. */
export type RouteTable = readonly ServedRoute[];

export interface PortRoutes {
  readonly routes: RouteTable;
  /** What is in their place if each of them is dropped; empty where one surely is not. */
  readonly routesIfDropped: RouteTable;
}

/** A route that takes a request, or may, and the match that makes it so. */
export interface Found {
  readonly route: ServedRoute;
  readonly match: CompiledMatch;
}

/** What may become of a request. */
export interface RouteOutcomes {
  /** All that is possible, each once, and perhaps more; undefined stands for no route. Never empty. */
  readonly possible: readonly (Found | undefined)[];
  /** What is missing; not empty where there is more than one, or may be. */
  readonly open: readonly UnknownInput[];
}

/**
 * The route that takes a request is the one with the most specific match, the first in order among equals. Where it is open whether a
 * route is there, or whether a match is one, the route is possible where it would win. All patterns together take at most `steps`.
 * Source: linkerd2-proxy linkerd/http/route/src/lib.rs, find (read at 29637b6).
 */
export function findRoutes(
  { routes, routesIfDropped }: PortRoutes,
  request: HttpRequest,
  steps?: StepBudget,
): RouteOutcomes {
  const ifKept = outcomesAmong(routes, request, steps);
  if (routesIfDropped.length === 0) return ifKept;
  const ifDropped = outcomesAmong(routesIfDropped, request, steps);
  return {
    possible: [...new Set([...ifKept.possible, ...ifDropped.possible])],
    open: [...routes.flatMap(({ mayBeDropped }) => mayBeDropped ?? []), ...ifKept.open, ...ifDropped.open],
  };
}

interface Contender extends Found {
  readonly rank: MatchRank;
  readonly open: UnknownInput | undefined;
}

function outcomesAmong(
  routes: RouteTable,
  request: HttpRequest,
  steps: StepBudget | undefined,
): RouteOutcomes {
  const host = hostOf(request);
  const parts = { ...partsOf(request), ...(steps && { steps }) };
  let best: Contender | undefined;
  const unsure: Contender[] = [];
  /** Those that take it, or a better one does, wherever they are there. */
  const takers = new Set<ServedRoute>();
  for (const route of routes) {
    const hosted = hostRank(route.hostnames, host);
    if (hosted === undefined) continue;
    for (const match of route.matches) {
      const matched = match.rank(parts);
      if (matched === undefined) continue;
      const matches = matched !== 'undecided' && hosted !== 'undecided';
      if (matches) takers.add(route);
      const open = route.mayBeDropped ?? (matches ? undefined : requestNotDecided);
      // no rank is higher than that of a host of which it is not known how well it matches
      const hostPart = hosted === 'undecided' ? Number.MAX_SAFE_INTEGER : hosted;
      const rank = [hostPart, ...(matched === 'undecided' ? match.rankIfMatched(parts) : matched)];
      if (best !== undefined && !outranks(rank, best.rank)) continue;
      const contender = { route, match, rank, open };
      if (open === undefined) best = contender;
      else unsure.push(contender);
    }
  }
  const sure = best;
  if (unsure.length === 0) return { possible: [sure], open: [] };
  // one that is as specific as the best came before it
  const contenders = unsure.filter(({ rank }) => sure === undefined || !outranks(sure.rank, rank));
  const others = new Map(contenders.map((each) => [each.route, each]));
  if (sure !== undefined) others.delete(sure.route);
  // where all of them are dropped there are others in their place
  const mayBeNone = sure === undefined && takers.size < routes.length;
  return {
    possible: [...(sure === undefined ? [] : [sure]), ...(mayBeNone ? [undefined] : []), ...others.values()],
    open: [...others.values()].flatMap(({ open }) => open ?? []),
  };
}

const requestNotDecided: UnknownInput = {
  code: 'REQUEST_NOT_DECIDED',
  message:
    'whether a route matches the request cannot be told: it hangs on the version of the proxy or on a regular expression',
};

function outranks(a: MatchRank, b: MatchRank): boolean {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? 0;
    if (part !== other) return part > other;
  }
  return false;
}
