import type { GrpcRouteMatch, HttpRouteMatch, ValueMatch } from '@mcp/mesh';
import type { DialectProblem } from '../matching/regex-dialect.js';
import type { StepBudget } from '../matching/value-pattern.js';
import { stepBudget } from '../matching/value-pattern.js';
import type { HttpRequest } from '../question.js';
import type { AskedText } from './asked-text.js';
import { askedText, isLiteral, unlikely } from './asked-text.js';
import { arrivesAsHeaderValue, isHeaderName, isHeaderValue } from './header-syntax.js';
import type { Dropped } from './route-faults.js';

export { unlikely } from './asked-text.js';

/** What of a request the matches look at, worked out once. */
export interface RequestParts {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly query: URLSearchParams;
  /** What is left for the regular expressions of all routes together. Each `rank` takes from it; once it is used up, the next one is undecided. */
  readonly steps: StepBudget;
}

/** How specific a match is: compared part by part, the greater wins. */
export type MatchRank = readonly number[];

export interface CompiledMatch {
  /** The least that a request must have in order to match. Undefined where no such request could be made up. */
  readonly example: MinimalRequest | undefined;
  /** Neither a regular expression nor a name made up for examples has a part in it: it takes an example only with all that is like it. */
  readonly literal: boolean;
  /** Whether it hangs on headers. */
  readonly asksHeaders: boolean;
  /** Undefined where the request does not match; `undecided` where a pattern cannot tell. */
  rank(request: RequestParts): MatchRank | 'undecided' | undefined;
  /** The rank of the request where it matches: known also where that is undecided. */
  rankIfMatched(request: RequestParts): MatchRank;
}

/** A request that has nothing but what is asked for. What is not set may be anything. */
export interface MinimalRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly query: readonly (readonly [string, string])[];
}

/** A match, and what there is to say of it. Fields are within the match. */
export interface ReadMatch {
  readonly compiled: CompiledMatch;
  /** Why Linkerd cannot use it; the first reason. */
  readonly fault: Dropped | undefined;
  /** The first pattern of which it cannot be told whether Linkerd takes it, or what it matches. */
  readonly undecided: { readonly field: string; readonly reason: string } | undefined;
  /** Where it is false, it surely matches no request, since no path is such. */
  readonly mayMatch: boolean;
  /** It is of a call, and names no method, which the proxy does not take. */
  readonly lacksMethod: boolean;
}

/** The parts of one request, to be held against the matches of a port. */
export function partsOf({ method, path, headers }: HttpRequest): RequestParts {
  const at = path.indexOf('?');
  return {
    method,
    path: at < 0 ? path : path.slice(0, at),
    headers,
    // of the text after the first question mark, URLSearchParams would drop a second one
    query: at < 0 ? noQuery : new URLSearchParams(`&${path.slice(at + 1)}`),
    steps: stepBudget(),
  };
}

const noQuery = new URLSearchParams();

const leastSpecific: MatchRank = [0, 0, 0, 0];

/** What a rule without matches says: every request, and less specific than any match. */
export const everyRequest: CompiledMatch = {
  example: { headers: [], query: [] },
  literal: true,
  asksHeaders: false,
  rank: () => leastSpecific,
  rankIfMatched: () => leastSpecific,
};

/**
 * Ranked by the length of the path that is matched, the number of headers, the number of query parameters, and the method last. An
 * exact path and a prefix of equal length tie, other than in the Gateway API.
 * Source: linkerd2-proxy linkerd/http/route/src/http/match.rs (read at 29637b6).
 */
export function readHttpMatch(match: HttpRouteMatch): ReadMatch {
  const { method } = match;
  const path = match.path && readPath(match.path);
  const headers = match.headers.map(readHeader);
  const query = match.queryParams.map(readParameter);
  const values = [...headers, ...query];
  const fixed = [headers.length, query.length, method === undefined ? 0 : 1];
  const rankIfMatched = (request: RequestParts): MatchRank => [path?.length(request.path) ?? 0, ...fixed];
  const exampleHeaders = examplesOf(headers);
  const exampleQuery = examplesOf(query);
  return read(path === undefined ? values : [path, ...values], {
    example:
      exampleHeaders === undefined ||
      exampleQuery === undefined ||
      (path !== undefined && path.asked.example === undefined)
        ? undefined
        : {
            ...(method !== undefined && { method }),
            ...(path?.asked.example !== undefined && { path: path.asked.example }),
            headers: exampleHeaders,
            query: exampleQuery,
          },
    literal: [...(path === undefined ? [] : [path]), ...values].every(({ asked }) => asked.literal),
    asksHeaders: headers.length > 0,
    rank(request) {
      if (method !== undefined && method !== request.method) return undefined;
      const matched = path === undefined || path.asked.matches(request.path, request.steps);
      if (matched === false) return undefined;
      const held = all(values, request);
      if (held === false) return undefined;
      return matched === 'undecided' || held === 'undecided' ? 'undecided' : rankIfMatched(request);
    },
    rankIfMatched,
  });
}

export function compileHttpMatch(match: HttpRouteMatch): CompiledMatch {
  return readHttpMatch(match).compiled;
}

/**
 * A call is a POST to `/service/method`. Ranked by the lengths of the service and the method that are asked for, then by the number of headers.
 * Source: linkerd2-proxy linkerd/http/route/src/grpc/match.rs (read at 29637b6).
 */
export function readGrpcMatch(match: GrpcRouteMatch): ReadMatch {
  const { service, method: name, type } = match.method ?? {};
  const headers = match.headers.map(readHeader);
  const rank = [service?.length ?? 0, name?.length ?? 0, headers.length];
  const path = `/${service ?? unlikely}/${name ?? unlikely}`;
  const exampleHeaders = examplesOf(headers);
  const readMatch = read(headers, {
    example:
      exampleHeaders === undefined || !isHttpPath(path)
        ? undefined
        : { method: 'POST', path, headers: exampleHeaders, query: [] },
    literal: headers.every(({ asked }) => asked.literal) && isLiteral(service ?? '') && isLiteral(name ?? ''),
    asksHeaders: headers.length > 0,
    rank(request) {
      const call = callOf(request);
      if (call === undefined || call === 'undecided') return call;
      if (service !== undefined && service !== call.service) return undefined;
      if (name !== undefined && name !== call.method) return undefined;
      const held = all(headers, request);
      if (held === false) return undefined;
      return held === 'undecided' ? held : rank;
    },
    rankIfMatched: () => rank,
  });
  return {
    ...readMatch,
    fault: type === 'RegularExpression' ? methodPattern : readMatch.fault,
    lacksMethod: match.method === undefined,
  };
}

export function compileGrpcMatch(match: GrpcRouteMatch): CompiledMatch {
  return readGrpcMatch(match).compiled;
}

const methodPattern: Dropped = {
  code: 'METHOD_PATTERN',
  field: 'method.type',
  message: 'a gRPC method can only be matched exactly',
};

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

/** What a match asks of one part of a request. */
interface MatchPart {
  /** Within the match, for example `headers[0]`. */
  readonly field: string;
  readonly asked: AskedText;
  readonly fault: Dropped | undefined;
}

interface PathPart extends MatchPart {
  /** Of what is matched of a path that matches. */
  readonly length: (path: string) => number;
}

/** Of a value that is given several times, any may match. */
interface ValuePart extends MatchPart {
  readonly name: string;
  readonly given: (request: RequestParts) => readonly string[];
}

function read(parts: readonly MatchPart[], compiled: CompiledMatch): ReadMatch {
  const undecided = parts.find(({ asked }) => asked.problem?.kind === 'undecided');
  return {
    compiled,
    fault: parts.find(({ fault }) => fault !== undefined)?.fault,
    undecided: undecided && {
      field: `${undecided.field}.value`,
      reason: undecided.asked.problem?.reason ?? '',
    },
    mayMatch: parts.every(({ field, asked }) => field !== 'path' || asked.mayMatchPath),
    lacksMethod: false,
  };
}

function readPath({ type, value }: NonNullable<HttpRouteMatch['path']>): PathPart {
  const field = 'path';
  if (type === 'PathPrefix') {
    const prefix = withoutSlashes(value);
    const example = `${prefix}/${unlikely}`;
    return {
      field,
      asked: {
        matches: (path) =>
          path.startsWith(prefix) && (path.length === prefix.length || path.charAt(prefix.length) === '/'),
        example: isHttpPath(example) ? example : undefined,
        literal: isLiteral(value),
        mayMatchPath: true,
      },
      fault: relative(value),
      length: () => Math.max(prefix.length, 1),
    };
  }
  const asked = askedText(type, value, isHttpPath);
  return {
    field,
    asked,
    fault: type === 'Exact' ? relative(value) : patternFault(asked, field),
    length: (path) => path.length,
  };
}

function relative(path: string): Dropped | undefined {
  if (path.startsWith('/')) return undefined;
  return { code: 'PATH_RELATIVE', field: 'path.value', message: 'the path does not start with a slash' };
}

/** A path that surely can be asked for: of the characters of RFC 3986. */
function isHttpPath(text: string): boolean {
  return /^\/(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[\dA-Fa-f]{2})*$/.test(text);
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path.charAt(end - 1) === '/') end -= 1;
  return path.slice(0, end);
}

/** Names of headers are compared without case. */
function readHeader({ type, name, value }: ValueMatch, index: number): ValuePart {
  const field = `headers[${index}]`;
  const asked = askedText(type, value, arrivesAsHeaderValue);
  const key = name.toLowerCase();
  return {
    field,
    asked,
    fault: headerFault(name, type === 'Exact' ? value : '', field) ?? patternFault(asked, field),
    name,
    given: ({ headers }) => headers.get(key) ?? [],
  };
}

function headerFault(name: string, value: string, field: string): Dropped | undefined {
  if (!isHeaderName(name))
    return { code: 'HEADER_INVALID', field: `${field}.name`, message: 'this is not the name of a header' };
  if (isHeaderValue(value)) return undefined;
  return { code: 'HEADER_INVALID', field: `${field}.value`, message: 'this is not the value of a header' };
}

/** Names and values are compared decoded. */
function readParameter({ type, name, value }: ValueMatch, index: number): ValuePart {
  const field = `queryParams[${index}]`;
  const asked = askedText(type, value, () => true);
  return { field, asked, fault: patternFault(asked, field), name, given: ({ query }) => query.getAll(name) };
}

function patternFault(
  { problem }: { readonly problem?: DialectProblem },
  field: string,
): Dropped | undefined {
  return problem?.kind === 'invalid'
    ? {
        code: 'PATTERN_INVALID',
        field: `${field}.value`,
        message: 'this is not a regular expression that Linkerd takes',
      }
    : undefined;
}

function examplesOf(parts: readonly ValuePart[]): readonly (readonly [string, string])[] | undefined {
  const examples = parts.flatMap(({ name, asked: { example } }) =>
    example === undefined ? [] : [[name, example] as const],
  );
  return examples.length < parts.length ? undefined : examples;
}

/** Whether each of them holds. */
function all(parts: readonly ValuePart[], request: RequestParts): boolean | 'undecided' {
  let undecided = false;
  for (const { asked, given } of parts) {
    const matched = any(given(request), asked, request.steps);
    if (matched === false) return false;
    undecided ||= matched === 'undecided';
  }
  return undecided ? 'undecided' : true;
}

function any(texts: readonly string[], { matches }: AskedText, steps: StepBudget): boolean | 'undecided' {
  let undecided = false;
  for (const text of texts) {
    const matched = matches(text, steps);
    if (matched === true) return true;
    undecided ||= matched === 'undecided';
  }
  return undecided ? 'undecided' : false;
}
