import type { PortPolicy } from '../ports/port-policy.js';
import { isInvalid, isOfConnection } from '../ports/port-policy.js';
import type { HttpRequest } from '../question.js';
import type { CompiledMatch, MinimalRequest } from '../routes/route-match.js';
import { partsOf, unlikely } from '../routes/route-match.js';
import type { StepBudget } from '../matching/value-pattern.js';
import type { Found, PortRoutes, RouteTable, ServedRoute } from '../routes/route-table.js';
import { findRoutes } from '../routes/route-table.js';

/**
 * One kind of what a port can be asked for, as far as policy tells requests apart: bytes that are not HTTP, requests that a route takes, and
 * requests that no route takes.
 */
export type RequestClass =
  | { readonly kind: 'connection' }
  /** Policy does not get as far as a route: it is not known, or the proxy refuses it. */
  | { readonly kind: 'any-request' }
  | { readonly kind: 'route'; readonly route: ServedRoute; readonly example: Example }
  | { readonly kind: 'no-route'; readonly example: Example };

/** A request of the class; undefined where it could not be made out whether there is one. */
export type Example = HttpRequest | undefined;

/**
 * The classes of a port that some request is in, or may be in: together everything that the port serves. On a gRPC port that is
 * calls: what else is sent there gets 404 where no route takes it, and is in no class. A route is left out when others surely take all that it matches.
 *
 * Each class is proved by an example: the least that a match asks for, which `findRoutes` gives to this route and no other. Another
 * route that takes the least takes everything, unless a regular expression has a part in it. Examples are tried until all of them
 * together have been held against so many matches, and patterns have taken so many steps; a class for which there was none until
 * then is one that may be empty.
 */
export function requestClasses(policy: PortPolicy): readonly RequestClass[] {
  const { protocol, doubts, routes, routesIfDropped } = policy;
  if (protocol === undefined) return [{ kind: 'any-request' }];
  if (isOfConnection(policy, anything)) return [{ kind: 'connection' }];
  const connection: readonly RequestClass[] = protocol === 'unknown' ? [{ kind: 'connection' }] : [];
  if (doubts.routes.length > 0 || isInvalid(policy)) return [{ kind: 'any-request' }, ...connection];
  let known = classes.get(routes);
  if (known === undefined)
    classes.set(routes, (known = new Examples(policy, protocol === 'gRPC' ? anyCall : anyRequest).classes()));
  return [
    ...known,
    ...routesIfDropped.map((route) => ({ kind: 'route', route, example: undefined }) as const),
    ...connection,
  ];
}

/** By the routes of the port: whether it serves calls, and whether all of them may be dropped, is the same for one table. */
const classes = new WeakMap<RouteTable, readonly RequestClass[]>();

/** For a whole table, in the order of a tenth of a second: matches and hostnames that examples are held against, and steps of patterns. */
const mostCompared = 2_000_000;
const mostSteps = 8_000_000;

/** Looks for a request of each class. */
class Examples {
  readonly #steps: StepBudget = { left: mostSteps };
  /** Examples that may still be tried. */
  #left: number;
  readonly #mostOfRoute: number;

  constructor(
    private readonly routes: PortRoutes,
    private readonly least: MinimalRequest,
  ) {
    const compared = routes.routes.reduce(
      (sum, { matches, hostnames }) => sum + matches.length + hostnames.length,
      1,
    );
    this.#left = mostCompared / compared;
    this.#mostOfRoute = Math.max(1, this.#left / routes.routes.length);
  }

  classes(): readonly RequestClass[] {
    return [
      ...this.routes.routes.flatMap((route) => this.#classOf(route) ?? []),
      ...(this.#outsideRoutes() ?? []),
    ];
  }

  #classOf(route: ServedRoute): RequestClass | undefined {
    let undecided = false;
    let ofRoute = this.#mostOfRoute;
    for (const match of route.matches)
      for (const host of route.hostnames.length === 0 ? [undefined] : route.hostnames) {
        if (match.example === undefined) {
          undecided = true;
          break;
        }
        if (ofRoute < 1 || this.#left < 1) return { kind: 'route', route, example: undefined };
        ofRoute -= 1;
        this.#left -= 1;
        const example = requestOf(match.example, host);
        const found = this.#takerOf(example);
        if (found === 'open' || !this.#isMatched(match, example)) undecided = true;
        else if (found?.route === route) return { kind: 'route', route, example };
        else undecided ||= !match.literal || found === undefined || !isLiteral(found);
      }
    return undecided ? { kind: 'route', route, example: undefined } : undefined;
  }

  #outsideRoutes(): readonly RequestClass[] | undefined {
    const example = requestOf(this.least, undefined);
    const found = this.#takerOf(example);
    if (found === undefined) return [{ kind: 'no-route', example }];
    if (found !== 'open' && isLiteral(found)) return undefined;
    return [{ kind: 'no-route', example: undefined }];
  }

  #takerOf(example: HttpRequest): Found | 'open' | undefined {
    const { possible } = findRoutes(this.routes, example, this.#steps);
    return possible.length === 1 ? possible[0] : 'open';
  }

  /** An example is a guess where one header or parameter is asked for twice. */
  #isMatched(match: CompiledMatch, example: HttpRequest): boolean {
    return typeof match.rank({ ...partsOf(example), steps: this.#steps }) === 'object';
  }
}

function isLiteral({ match, route }: Found): boolean {
  return match.literal && !route.hostnames.some((hostname) => hostname.includes(unlikely));
}

/** A method that no route can name: those that can be named are the nine standard ones. */
const anyMethod = 'ANY';

function requestOf({ method, path, headers, query }: MinimalRequest, host: string | undefined): HttpRequest {
  const all = [...headers, ...(host === undefined ? [] : [['host', hostIn(host)] as const])];
  const search = new URLSearchParams(
    query.map(([name, value]): [string, string] => [name, value]),
  ).toString();
  return {
    kind: 'http',
    method: method ?? anyMethod,
    path: `${path ?? `/${unlikely}`}${search === '' ? '' : `?${search}`}`,
    headers: new Map(all.map(([name, value]) => [name.toLowerCase(), [value]])),
  };
}

function hostIn(hostname: string): string {
  return hostname.startsWith('*.') ? `${unlikely}${hostname.slice(1)}` : hostname;
}

const anyRequest: MinimalRequest = { headers: [], query: [] };
const anything = requestOf(anyRequest, undefined);
const anyCall: MinimalRequest = {
  method: 'POST',
  path: `/${unlikely}/${unlikely}`,
  headers: [],
  query: [],
};
