import type { GrpcRouteMatch, HttpRouteMatch, ValueMatch } from '@mcp/mesh';
import type { HttpRequest } from '../question.js';
import { compilePattern } from '../matching/value-pattern.js';

/** A segment of a path, a label of a host, a service or a method, for examples. A route that has it in a match is not taken as literal. */
export const unlikely = 'any-name-that-no-route-has';

/** What of a request the matches look at, worked out once. */
export interface RequestParts {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly query: URLSearchParams;
}

/** How specific a match is: compared part by part, the greater wins. */
export type MatchRank = readonly number[];

export interface CompiledMatch {
  /** The least that a request must have in order to match. Undefined where no such request could be made up. */
  readonly example: MinimalRequest | undefined;
  /** Neither a regular expression nor a name made up for examples has a part in it: it takes an example only with all that is like it. */
  readonly literal: boolean;
  /** Undefined where the request does not match; `undecided` where a pattern cannot tell. */
  rank(request: RequestParts): MatchRank | 'undecided' | undefined;
}

/** A request that has nothing but what is asked for. What is not set may be anything. */
export interface MinimalRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly query: readonly (readonly [string, string])[];
}

export function partsOf({ method, path, headers }: HttpRequest): RequestParts {
  const at = path.indexOf('?');
  return {
    method,
    path: at < 0 ? path : path.slice(0, at),
    headers,
    // of the text after the first question mark, URLSearchParams would drop a second one
    query: at < 0 ? noQuery : new URLSearchParams(`&${path.slice(at + 1)}`),
  };
}

const noQuery = new URLSearchParams();

/** What a rule without matches says: every request, and less specific than any match. */
export const everyRequest: CompiledMatch = {
  example: { headers: [], query: [] },
  literal: true,
  rank: () => [0, 0, 0, 0],
};

/**
 * Ranked by the length of the path that is matched, the number of headers, the number of query parameters, and the method last. An
 * exact path and a prefix of equal length tie, other than in the Gateway API.
 * Source: linkerd2-proxy linkerd/http/route/src/http/match.rs (read at 29637b6).
 */
export function compileHttpMatch(match: HttpRouteMatch): CompiledMatch {
  const { path, headers, queryParams, method } = match;
  const pathTest = path === undefined ? () => 0 : compilePath(path);
  const tests = [...headers.map(compileHeader), ...queryParams.map(compileQuery)];
  const fixed = [headers.length, queryParams.length, method === undefined ? 0 : 1];
  return {
    example: exampleOf(match),
    literal: ![...(path === undefined ? [] : [path]), ...headers, ...queryParams].some(isPatternOrMadeUp),
    rank(request) {
      if (method !== undefined && method !== request.method) return undefined;
      const length = pathTest(request.path);
      if (length === undefined) return undefined;
      const values = all(tests, request);
      if (values === 'no') return undefined;
      return length === 'undecided' || values === 'undecided' ? 'undecided' : [length, ...fixed];
    },
  };
}

/**
 * A call is a POST to `/service/method`. Ranked by the lengths of the service and the method that are asked for, then by the number of headers.
 * Source: linkerd2-proxy linkerd/http/route/src/grpc/match.rs (read at 29637b6).
 */
export function compileGrpcMatch({ method, headers }: GrpcRouteMatch): CompiledMatch {
  const { service, method: name } = method ?? {};
  const headerTests = headers.map(compileHeader);
  const rank = [service?.length ?? 0, name?.length ?? 0, headers.length];
  const exampleHeaders = examplesOf(headers);
  return {
    example: exampleHeaders && {
      method: 'POST',
      path: `/${service ?? unlikely}/${name ?? unlikely}`,
      headers: exampleHeaders,
      query: [],
    },
    literal: !headers.some(isPatternOrMadeUp) && service !== unlikely && name !== unlikely,
    rank(request) {
      const call = callOf(request);
      if (call === undefined || call === 'undecided') return call;
      if (service !== undefined && service !== call.service) return undefined;
      if (name !== undefined && name !== call.method) return undefined;
      const values = all(headerTests, request);
      return values === 'no' ? undefined : values === 'undecided' ? 'undecided' : rank;
    },
  };
}

/** Every call there is. A rule without matches is not held to it: it takes any request. */
export const everyCall: CompiledMatch = compileGrpcMatch({ headers: [] });

/** Whether a service or a method without a name is one is not known. */
function callOf({
  method,
  path,
}: RequestParts): { readonly service: string; readonly method: string } | 'undecided' | undefined {
  if (method !== 'POST') return undefined;
  const [before, service, name] = path.split('/');
  if (before !== '' || service === undefined || name === undefined) return undefined;
  return service === '' || name === '' ? 'undecided' : { service, method: name };
}

type Test = (request: RequestParts) => boolean | 'undecided';

/** The length of what is matched of the path. */
function compilePath({
  type,
  value,
}: NonNullable<HttpRouteMatch['path']>): (path: string) => number | 'undecided' | undefined {
  switch (type) {
    case 'Exact':
      return (path) => (path === value ? value.length : undefined);
    case 'PathPrefix': {
      const prefix = withoutSlashes(value);
      const length = Math.max(prefix.length, 1);
      return (path) =>
        path.startsWith(prefix) && (path.length === prefix.length || path.charAt(prefix.length) === '/')
          ? length
          : undefined;
    }
    case 'RegularExpression': {
      const matches = compileValue(type, value);
      return (path) => {
        const matched = matches(path);
        if (matched === 'undecided') return matched;
        return matched ? path.length : undefined;
      };
    }
  }
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path.charAt(end - 1) === '/') end -= 1;
  return path.slice(0, end);
}

/** Names of headers are compared without case. Of a header that is repeated, any value may match. */
function compileHeader({ type, name, value }: ValueMatch): Test {
  const key = name.toLowerCase();
  const matches = compileValue(type, value);
  return ({ headers }) => any(headers.get(key) ?? [], matches);
}

/** Names and values are compared decoded. Of a parameter that is repeated, any occurrence may match. */
function compileQuery({ type, name, value }: ValueMatch): Test {
  const matches = compileValue(type, value);
  return ({ query }) => any(query.getAll(name), matches);
}

function compileValue(
  type: 'Exact' | 'RegularExpression',
  value: string,
): (text: string) => boolean | 'undecided' {
  if (type === 'Exact') return (text) => text === value;
  const pattern = compilePattern(value);
  switch (pattern.kind) {
    case 'regex':
      return (text) => pattern.matches(text) ?? 'undecided';
    case 'undecided':
      return () => 'undecided';
    case 'invalid':
      // a route with such a pattern is dropped before anything is matched
      return () => false;
  }
}

function isPatternOrMadeUp({ type, value }: { readonly type: string; readonly value: string }): boolean {
  return type === 'RegularExpression' || value.includes(unlikely);
}

function exampleOf({ path, headers, queryParams, method }: HttpRouteMatch): MinimalRequest | undefined {
  const examplePath = path && exampleOfPath(path);
  const exampleHeaders = examplesOf(headers);
  const query = examplesOf(queryParams);
  if (exampleHeaders === undefined || query === undefined) return undefined;
  if (path !== undefined && examplePath === undefined) return undefined;
  return {
    ...(method !== undefined && { method }),
    ...(examplePath !== undefined && { path: examplePath }),
    headers: exampleHeaders,
    query,
  };
}

function exampleOfPath({ type, value }: NonNullable<HttpRouteMatch['path']>): string | undefined {
  if (type === 'PathPrefix') return `${withoutSlashes(value)}/${unlikely}`;
  return type === 'Exact' ? value : exampleOfPattern(value);
}

function examplesOf(values: readonly ValueMatch[]): readonly (readonly [string, string])[] | undefined {
  const examples = values.map(({ type, name, value }) => {
    const example = type === 'Exact' ? value : exampleOfPattern(value);
    return example === undefined ? undefined : ([name, example] as const);
  });
  return examples.includes(undefined) ? undefined : examples.filter((example) => example !== undefined);
}

/** A guess for the patterns that people write most, taken only where it does match. */
function exampleOfPattern(text: string): string | undefined {
  const pattern = compilePattern(text);
  if (pattern.kind !== 'regex') return undefined;
  const guess = text
    .replace(/^\^|\$$/g, '')
    .replace(/\.\*/g, '')
    .replace(/(\.|\[[^\]]*\]|\\w)[+*]/g, 'a')
    .replace(/\\d[+*]?|\[0-9\][+*]?/g, '1')
    .replace(/\\(.)/g, '$1');
  return [guess, 'a', '1', ''].find((example) => pattern.matches(example) === true);
}

function any(
  texts: readonly string[],
  matches: (text: string) => boolean | 'undecided',
): boolean | 'undecided' {
  let undecided = false;
  for (const text of texts) {
    const matched = matches(text);
    if (matched === true) return true;
    undecided ||= matched === 'undecided';
  }
  return undecided ? 'undecided' : false;
}

function all(tests: readonly Test[], request: RequestParts): 'yes' | 'no' | 'undecided' {
  let undecided = false;
  for (const test of tests) {
    const holds = test(request);
    if (holds === false) return 'no';
    undecided ||= holds === 'undecided';
  }
  return undecided ? 'undecided' : 'yes';
}
