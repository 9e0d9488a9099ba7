import type { HttpRequest } from './case.js';
import type { GrpcMatch, HttpMatch, ValueMatch } from './kubernetes-objects.js';
import { regexSpans } from './naive-regex.js';
import type { AttachedRoute } from './naive-routes.js';
import type { Rule } from './rules.js';
import type { World } from './world.js';

/** How well something matched: the parts, most significant first. */
type Rank = readonly number[];

/** What each part of a rank says, for the count of the rules. */
const httpParts: readonly Rule[] = [
  'precedence-host',
  'precedence-wildcard-length',
  'precedence-path',
  'precedence-headers',
  'precedence-queries',
  'precedence-method',
];

const grpcParts: readonly Rule[] = [
  'precedence-host',
  'precedence-wildcard-length',
  'precedence-service',
  'precedence-grpc-method',
  'precedence-grpc-headers',
];

interface Ranked<Match> {
  readonly route: AttachedRoute<Match>;
  readonly rank: Rank;
  readonly pathType: string | undefined;
}

function compareRanks(a: Rank, b: Rank): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** The route with the greatest rank; the first of them in the order of the list. */
function bestRoute<Match>(
  world: World,
  routes: readonly AttachedRoute<Match>[],
  request: HttpRequest,
  parts: readonly Rule[],
  rankOf: (match: Match) => Rank | undefined,
  rankOfEmpty: Rank,
  pathTypeOf: (match: Match) => string | undefined,
): AttachedRoute<Match> | undefined {
  let best: Ranked<Match> | undefined;
  for (const route of routes) {
    const host = rankOfHost(world, route.hostnames, request);
    if (host === undefined) continue;
    const ranked = bestMatch(world, route, host, rankOf, rankOfEmpty, pathTypeOf);
    if (ranked === undefined) continue;
    if (best !== undefined) explainPrecedence(world, best, ranked, parts);
    if (best === undefined || compareRanks(ranked.rank, best.rank) > 0) best = ranked;
  }
  return best?.route;
}

/** The best match of the best rule; a rule without matches matches everything. */
function bestMatch<Match>(
  world: World,
  route: AttachedRoute<Match>,
  host: Rank,
  rankOf: (match: Match) => Rank | undefined,
  rankOfEmpty: Rank,
  pathTypeOf: (match: Match) => string | undefined,
): Ranked<Match> | undefined {
  if (route.rules.length === 0) world.touched('empty-rules');
  let best: Ranked<Match> | undefined;
  const offer = (rank: Rank | undefined, pathType: string | undefined) => {
    if (rank === undefined) return;
    const offered = { route, rank: [...host, ...rank], pathType };
    if (best !== undefined && compareRanks(best.rank, offered.rank) !== 0) world.touched('rule-best-match');
    if (best === undefined || compareRanks(offered.rank, best.rank) > 0) best = offered;
  };
  for (const rule of route.rules) {
    if (rule.matches.length === 0) {
      world.touched('empty-matches');
      offer(rankOfEmpty, undefined);
    }
    for (const match of rule.matches) offer(rankOf(match), pathTypeOf(match));
  }
  return best;
}

/** Only for the count of the rules: what decided between two routes that both match. */
function explainPrecedence<Match>(
  world: World,
  first: Ranked<Match>,
  second: Ranked<Match>,
  parts: readonly Rule[],
): void {
  const at = first.rank.findIndex((part, index) => part !== second.rank[index]);
  const deciding = parts[at];
  const types = [first.pathType, second.pathType];
  if (deciding !== undefined) {
    world.touched(deciding);
    if (deciding === 'precedence-path' && types.includes('RegularExpression')) {
      world.touched('precedence-regex-length');
    }
    if (second.route.name === 'default:probe') world.touched('order-default-probe');
  } else if (typeof first.route.name === 'object' && typeof second.route.name === 'object') {
    if (first.route.age !== undefined && second.route.age === undefined) world.touched('order-ageless');
    else if (first.route.age !== second.route.age) world.touched('order-age');
    else world.touched(first.route.name.name === second.route.name.name ? 'order-group' : 'order-name');
  }
  if ((at < 0 || at > 2) && types.includes('Exact') && types.includes('PathPrefix')) {
    world.touched('precedence-path-tie');
  }
}

/** No hostnames: nothing. Else the best that matches: a wildcard by its length, or an exact one. */
function rankOfHost(world: World, hostnames: readonly string[], request: HttpRequest): Rank | undefined {
  if (hostnames.length === 0) return [0, 0];
  const host = hostOf(world, request);
  if (host === undefined) {
    world.touched('host-none');
    return undefined;
  }
  let best: Rank | undefined;
  for (const hostname of hostnames) {
    let rank: Rank | undefined;
    if (hostname === host) {
      world.touched('host-exact');
      rank = [2, hostname.length];
    } else if (hostname.startsWith('*.')) {
      const suffix = hostname.slice(1);
      if (host.endsWith(suffix) && host.length > suffix.length) {
        world.touched('host-wildcard');
        rank = [1, hostname.length];
      }
    }
    if (rank !== undefined && (best === undefined || compareRanks(rank, best) > 0)) best = rank;
  }
  if (best === undefined) world.touched('host-mismatch');
  return best;
}

/** Host or :authority without port and without one trailing dot. */
function hostOf(world: World, request: HttpRequest): string | undefined {
  const [authority] = valuesOf(request, (name) => name === 'host' || name === ':authority');
  if (authority === undefined) return undefined;
  const withoutPort = authority.replace(/:[0-9]+$/, '');
  if (withoutPort !== authority) world.touched('host-port');
  if (withoutPort.endsWith('.')) world.touched('host-dot');
  return withoutPort.endsWith('.') ? withoutPort.slice(0, -1) : withoutPort;
}

/** Every value of the headers whose lower-case name is wanted. */
function valuesOf(request: HttpRequest, wanted: (name: string) => boolean): string[] {
  return Object.entries(request.headers)
    .filter(([name]) => wanted(name.toLowerCase()))
    .flatMap(([, values]) => values);
}

/** Splits the path of a request from its query. */
function splitPath(request: HttpRequest): { readonly path: string; readonly query: string } {
  const at = request.path.indexOf('?');
  return at < 0
    ? { path: request.path, query: '' }
    : { path: request.path.slice(0, at), query: request.path.slice(at + 1) };
}

function withoutTrailingSlashes(path: string): string {
  return path.replace(/\/+$/, '');
}

/** The length of the matched path; undefined when it does not match. */
function pathLength(world: World, match: NonNullable<HttpMatch['path']>, path: string): number | undefined {
  const { type = 'PathPrefix', value = '/' } = match;
  switch (type) {
    case 'Exact':
      if (value === path) {
        world.touched('path-exact');
        return value.length;
      }
      if (withoutTrailingSlashes(value) === withoutTrailingSlashes(path)) world.touched('path-exact-slash');
      return undefined;
    case 'RegularExpression':
      if (!regexSpans(world, value, path)) return undefined;
      world.touched('path-regex');
      return path.length;
    default: {
      const prefix = withoutTrailingSlashes(value);
      if (prefix === '') return 1;
      const asked = withoutTrailingSlashes(path);
      if (asked === prefix || asked.startsWith(`${prefix}/`)) {
        world.touched(prefix !== value || asked !== path ? 'path-prefix-slash' : 'path-prefix');
        return prefix.length;
      }
      if (asked.startsWith(prefix)) world.touched('path-prefix-segment');
      return undefined;
    }
  }
}

/** Exact by default; any of the values may match. */
function someValueMatches(
  world: World,
  match: ValueMatch,
  values: readonly string[],
  exact: Rule,
  regex: Rule,
): boolean {
  if (match.type === undefined) world.touched('absent-match-type');
  if (match.type === 'RegularExpression') {
    const found = values.some((value) => regexSpans(world, match.value, value));
    if (found) world.touched(regex);
    return found;
  }
  if (values.includes(match.value)) world.touched(exact);
  return values.includes(match.value);
}

/** Every header match must hold for some value of the header. */
function headersMatch(
  world: World,
  matches: readonly ValueMatch[],
  request: HttpRequest,
  exact: Rule,
): boolean {
  const held = matches.filter((match) => {
    const values = valuesOf(request, (name) => name === match.name.toLowerCase());
    const matched = someValueMatches(world, match, values, exact, 'header-regex');
    if (matched && values.length > 1) world.touched('header-repeated');
    if (matched && !(match.name in request.headers)) world.touched('header-name-case');
    return matched;
  });
  if (held.length > 0 && held.length < matches.length) world.touched('header-all');
  return held.length === matches.length;
}

/** A form-urlencoded name or value: + is a blank, %xx is a byte. */
function decoded(text: string): string {
  const blanks = text.replaceAll('+', ' ');
  return blanks.replace(/%([0-9a-fA-F]{2})/g, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)));
}

/** Every query match must hold for some occurrence of the parameter. */
function queriesMatch(world: World, matches: readonly ValueMatch[], query: string): boolean {
  const parameters = query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    return { name: decoded(name), value: decoded(value), encoded: decoded(pair) !== pair };
  });
  return matches.every((match) => {
    const named = parameters.filter(({ name }) => name === match.name);
    const values = named.map(({ value }) => value);
    const matched = someValueMatches(world, match, values, 'query-exact', 'query-regex');
    if (matched && named.length > 1) world.touched('query-repeated');
    if (matched && named.some(({ encoded }) => encoded)) world.touched('query-decoded');
    return matched;
  });
}

/** Path length, header matches, query matches, method; undefined when the request does not match. */
function rankOfHttpMatch(world: World, match: HttpMatch, request: HttpRequest): Rank | undefined {
  const { path, query } = splitPath(request);
  const { headers = [], queryParams = [], method } = match;
  const length = pathLength(world, match.path ?? {}, path);
  if (length === undefined) return undefined;
  if (path !== request.path) world.touched('path-query');
  if (method !== undefined && method !== request.method) return undefined;
  if (method !== undefined) world.touched('method-match');
  if (!headersMatch(world, headers, request, 'header-exact')) return undefined;
  if (!queriesMatch(world, queryParams, query)) return undefined;
  return [length, headers.length, queryParams.length, method === undefined ? 0 : 1];
}

/** POST of /service/method: service length, method length, header matches. */
function rankOfGrpcMatch(world: World, match: GrpcMatch, request: HttpRequest): Rank | undefined {
  if (request.method !== 'POST') {
    world.touched('grpc-post');
    return undefined;
  }
  const [, service, method] = /^\/([^/]+)\/([^/]+)/.exec(splitPath(request).path) ?? [];
  if (service === undefined || method === undefined) {
    world.touched('grpc-path');
    return undefined;
  }
  const wanted = match.method ?? {};
  if (wanted.service !== undefined && wanted.service !== service) return undefined;
  if (wanted.service !== undefined) world.touched('grpc-service');
  if (wanted.method !== undefined && wanted.method !== method) return undefined;
  if (wanted.method !== undefined) world.touched('grpc-method');
  const { headers = [] } = match;
  if (!headersMatch(world, headers, request, 'grpc-header')) return undefined;
  return [wanted.service?.length ?? 0, wanted.method?.length ?? 0, headers.length];
}

export function matchingHttpRoute(
  world: World,
  routes: readonly AttachedRoute<HttpMatch>[],
  request: HttpRequest,
): AttachedRoute<HttpMatch> | undefined {
  const rankOf = (match: HttpMatch) => rankOfHttpMatch(world, match, request);
  const pathTypeOf = (match: HttpMatch) => match.path?.type ?? 'PathPrefix';
  return bestRoute(world, routes, request, httpParts, rankOf, [0, 0, 0, 0], pathTypeOf);
}

export function matchingGrpcRoute(
  world: World,
  routes: readonly AttachedRoute<GrpcMatch>[],
  request: HttpRequest,
): AttachedRoute<GrpcMatch> | undefined {
  const rankOf = (match: GrpcMatch) => rankOfGrpcMatch(world, match, request);
  return bestRoute(world, routes, request, grpcParts, rankOf, [0, 0, 0], () => undefined);
}
