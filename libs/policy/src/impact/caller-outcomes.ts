import type { ClientSeen, PolicySeen } from '@mcp/mesh';
import { decideClass, evaluate, outsidePolicy, type Target } from '../answers/decide.js';
import type { RequestClass } from '../answers/request-classes.js';
import { requestClasses } from '../answers/request-classes.js';
import { overTcp } from '../clients/client-seen.js';
import type { Address } from '../matching/network.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { Client, HttpRequest } from '../question.js';
import { probePaths } from '../routes/probe-paths.js';
import type { Decision, RouteRef } from '../verdict.js';
import type { KnownCaller } from './known-caller.js';

/** What is decided about a caller from one address: every decision that its requests may get, each once. Never empty. */
export type Outcomes = readonly Decision[];

/** The caller as the proxy sees it. */
export function clientOf(seen: ClientSeen, address: Address | undefined): Client {
  switch (seen.kind) {
    case 'identity':
      return { tls: { identity: seen.identity }, address };
    case 'unmeshed':
      return { tls: 'none', address };
    case 'unidentified':
      return { tls: 'unknown', address };
  }
}

/** What is taken for given about the requests of a caller. */
export interface Assumed {
  /** They are of the route that telemetry names. */
  readonly routeHolds: boolean;
  /** Connections carry no HTTP. Not known where a proxy had passed them on without a look. */
  readonly bytesHold: boolean;
}

/**
 * Of the requests of a caller only the route is known that took them, and not even that where it does not hold: any request that the
 * port serves may then be one of them. Of a probe the path is known.
 */
export function outcomesOf(
  index: PolicyIndex,
  target: Target,
  caller: KnownCaller,
  client: Client,
  assumed: Assumed,
): Outcomes {
  const bytes = evaluate(index, target, client, { kind: 'bytes' });
  if (caller.protocol === 'http') return ofRequests(index, target, caller, client, assumed.routeHolds);
  return assumed.bytesHold ? [bytes] : distinct([bytes, ...ofRequests(index, target, caller, client, false)]);
}

function ofRequests(
  index: PolicyIndex,
  target: Target,
  { route }: KnownCaller,
  client: Client,
  routeHolds: boolean,
): Outcomes {
  const probes = isProbe(route) ? probesOf(target) : [];
  if (probes.length > 0) return distinct(probes.map((request) => evaluate(index, target, client, request)));
  const outside = outsidePolicy(target.endpoint, target.port, { kind: 'any' });
  if (outside !== undefined) return [outside];
  const policy = index.portPolicy(target.namespace, target.endpoint, target.port);
  const classes = withoutConnections(requestClasses(policy));
  const decided = (those: readonly RequestClass[]) =>
    those.map((each) => decideClass(policy, client, each).decision);
  const known = routeHolds ? classes.filter((each) => isOfRoute(each, route)) : [];
  // on a port for gRPC what is no call is in no class
  return known.length > 0
    ? distinct(decided(known))
    : distinct([...decided(classes), evaluate(index, target, client, overTcp)]);
}

export function isProbe(route: PolicySeen | undefined): boolean {
  return route?.kind === 'default' && route.name === 'probe';
}

function probesOf({ endpoint, port }: Target): readonly HttpRequest[] {
  return probePaths(endpoint, port).map((path) => ({
    kind: 'http',
    method: 'GET',
    path,
    headers: new Map(),
  }));
}

/** Connections are no requests, but where the port tells nothing else apart. */
function withoutConnections(classes: readonly RequestClass[]): readonly RequestClass[] {
  const requests = classes.filter(({ kind }) => kind !== 'connection');
  return requests.length > 0 ? requests : classes;
}

function isOfRoute(requests: RequestClass, seen: PolicySeen | undefined): boolean {
  return requests.kind === 'route' && seen !== undefined && isSeenAs(requests.route.ref, seen);
}

/** A proxy does not say the namespace of a route. */
function isSeenAs(ref: RouteRef, { group, kind, name }: PolicySeen): boolean {
  if (ref.name !== name) return false;
  switch (ref.kind) {
    case 'default':
      return kind === 'default';
    case 'GatewayHTTPRoute':
      return kind === 'HTTPRoute' && group !== 'policy.linkerd.io';
    case 'HTTPRoute':
      return kind === 'HTTPRoute' && group === 'policy.linkerd.io';
    case 'GRPCRoute':
      return kind === 'GRPCRoute';
  }
}

function distinct(decisions: readonly Decision[]): Outcomes {
  if (decisions.length === 1) return decisions;
  return [...new Map(decisions.map((decision) => [JSON.stringify(decision), decision])).values()];
}
