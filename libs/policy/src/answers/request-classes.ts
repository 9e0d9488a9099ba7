import type { PortPolicy } from '../ports/port-policy.js';
import { isInvalid, isOfConnection } from '../ports/port-policy.js';
import type { HttpRequest } from '../question.js';
import type { CompiledMatch, MinimalRequest } from '../routes/route-match.js';
import { partsOf, unlikely } from '../routes/route-match.js';
import type { Found, ServedRoute } from '../routes/route-table.js';
import { findRoute } from '../routes/route-table.js';

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
 * The classes of a port that some request is in, or may be in: together everything that the port serves. A route is left out when others surely take all that it matches.
 *
 * Each class is proved by an example: the least that a match asks for, which `findRoute` gives to this route and no other. Another
 * route that takes the least takes everything, unless a regular expression has a part in it.
 */
export function requestClasses(policy: PortPolicy): readonly RequestClass[] {
  let known = classes.get(policy);
  if (known === undefined) classes.set(policy, (known = workOut(policy)));
  return known;
}

const classes = new WeakMap<PortPolicy, readonly RequestClass[]>();

function workOut(policy: PortPolicy): readonly RequestClass[] {
  if (policy.protocol === undefined) return [{ kind: 'any-request' }];
  if (isOfConnection(policy, anything)) return [{ kind: 'connection' }];
  const connection: readonly RequestClass[] = policy.protocol === 'unknown' ? [{ kind: 'connection' }] : [];
  if (policy.doubts.routes.length > 0 || isInvalid(policy)) return [{ kind: 'any-request' }, ...connection];
  return [
    ...policy.routes.flatMap((route) => classOf(policy, route) ?? []),
    ...(outsideRoutes(policy) ?? []),
    ...connection,
  ];
}

function classOf({ routes }: PortPolicy, route: ServedRoute): RequestClass | undefined {
  let undecided = false;
  for (const match of route.matches)
    for (const host of route.hostnames.length === 0 ? [undefined] : route.hostnames) {
      if (match.example === undefined) {
        undecided = true;
        continue;
      }
      const example = requestOf(match.example, host);
      const found = findRoute(routes, example);
      if (found === 'undecided' || !isMatched(match, example)) undecided = true;
      else if (found?.route === route) return { kind: 'route', route, example };
      else undecided ||= !match.literal || found === undefined || !isLiteral(found);
    }
  return undecided ? { kind: 'route', route, example: undefined } : undefined;
}

/** An example is a guess where one header or parameter is asked for twice. */
function isMatched(match: CompiledMatch, example: HttpRequest): boolean {
  return typeof match.rank(partsOf(example)) === 'object';
}

function isLiteral({ match, route }: Found): boolean {
  return match.literal && !route.hostnames.some((hostname) => hostname.includes(unlikely));
}

function outsideRoutes({ routes, protocol }: PortPolicy): readonly RequestClass[] | undefined {
  const example = protocol === 'gRPC' ? requestOf(anyCall, undefined) : anything;
  const found = findRoute(routes, example);
  if (found === undefined) return [{ kind: 'no-route', example }];
  if (found !== 'undecided' && isLiteral(found)) return undefined;
  return [{ kind: 'no-route', example: undefined }];
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

const anything = requestOf({ headers: [], query: [] }, undefined);
const anyCall: MinimalRequest = {
  method: 'POST',
  path: `/${unlikely}/${unlikely}`,
  headers: [],
  query: [],
};
