import type { GrpcRouteRule, HttpRouteRule } from '@mcp/mesh';
import type { UnknownInput } from '../verdict.js';
import type { Route } from './route.js';
import type { Dropped } from './route-faults.js';
import { filterFault } from './route-faults.js';
import type { CompiledMatch, ReadMatch } from './route-match.js';
import { everyRequest, readGrpcMatch, readHttpMatch } from './route-match.js';

/** All that the rules of a route come to. Fields are dotted paths within the route. */
export interface ReadRules {
  /** Those of all rules: which rule it is makes no difference to who is admitted. Ones that surely match no request are left out. */
  readonly matches: readonly CompiledMatch[];
  /** Why Linkerd cannot use the route; the first reason. */
  readonly fault: Dropped | undefined;
  /** The first pattern of which it cannot be told whether Linkerd takes it, or what it matches. */
  readonly undecided: UnknownInput | undefined;
  /** The field of the first gRPC match that lacks its method. */
  readonly withoutMethod: string | undefined;
  /** The fields of patterns that surely match no path. */
  readonly withoutPath: readonly string[];
}

/** Read once for each state of a route. */
export function readRules(route: Route): ReadRules {
  let known = read.get(route.state);
  if (known === undefined) read.set(route.state, (known = readOnce(route)));
  return known;
}

const read = new WeakMap<Route['state'], ReadRules>();

function readOnce(route: Route): ReadRules {
  const matches: CompiledMatch[] = [];
  const withoutPath: string[] = [];
  let fault: Dropped | undefined;
  let undecided: UnknownInput | undefined;
  let withoutMethod: string | undefined;
  for (const [index, { read: found, filters }] of rulesOf(route).entries()) {
    const field = `spec.rules[${index}]`;
    if (found.length === 0) matches.push(everyRequest);
    for (const [at, match] of found.entries()) {
      const within = `${field}.matches[${at}]`;
      if (match.mayMatch) matches.push(match.compiled);
      else withoutPath.push(`${within}.path.value`);
      fault ??= inField(within, match.fault);
      undecided ??= notDecided(route, within, match);
      if (match.lacksMethod) withoutMethod ??= `${within}.method`;
    }
    for (const [at, filter] of filters.entries())
      fault ??= inField(`${field}.filters[${at}]`, filterFault(route.kind, filter));
  }
  return { matches, fault, undecided, withoutMethod, withoutPath };
}

function rulesOf(route: Route): readonly {
  readonly read: readonly ReadMatch[];
  readonly filters: (HttpRouteRule | GrpcRouteRule)['filters'];
}[] {
  return route.kind === 'GRPCRoute'
    ? route.state.spec.rules.map(({ matches, filters }) => ({ read: matches.map(readGrpcMatch), filters }))
    : route.state.spec.rules.map(({ matches, filters }) => ({ read: matches.map(readHttpMatch), filters }));
}

function inField(within: string, fault: Dropped | undefined): Dropped | undefined {
  return fault && { ...fault, field: `${within}.${fault.field}` };
}

function notDecided(
  { kind, state }: Route,
  within: string,
  { undecided }: ReadMatch,
): UnknownInput | undefined {
  return (
    undecided && {
      code: 'REGEX_NOT_DECIDED',
      message: `${within}.${undecided.field} of ${kind} ${state.namespace}/${state.name}: ${undecided.reason}`,
    }
  );
}
