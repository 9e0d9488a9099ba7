import { deepEqual } from '@mcp/mesh';
import type { Authorization, Satisfaction } from '../authorizations/authorization.js';
import { satisfaction } from '../authorizations/authorization.js';
import { localhost } from '../authorizations/authorization-compiler.js';
import { boundaryOf } from '../ports/boundary.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import { isInvalid, isOfConnection } from '../ports/port-policy.js';
import type { AccessRequest, Client, HttpRequest } from '../question.js';
import type { RequestClass } from './request-classes.js';
import type { ServedRoute } from '../routes/route-table.js';
import { findRoutes } from '../routes/route-table.js';
import { hangsOnHost } from '../routes/any-host.js';
import type { AuthorizationRef, Decision, Refusal, UnknownInput } from '../verdict.js';
import type { Endpoint } from '../view.js';

/** One request, or one connection whose bytes are not HTTP. */
export type SingleRequest = Exclude<AccessRequest, { readonly kind: 'any' }>;

/** One port of pods that are alike, or of an external workload. */
export interface Target {
  readonly namespace: string;
  readonly endpoint: Endpoint;
  readonly port: number;
}

/** A decision, and the route that it is about: undefined where it is about none, and where it is not known which one it is. */
export interface Decided {
  readonly decision: Decision;
  readonly served: ServedRoute | undefined;
}

/** What Linkerd decides about one request. */
export function evaluate(
  index: PolicyIndex,
  target: Target,
  client: Client,
  request: SingleRequest,
): Decision {
  return evaluateOne(index, target, client, request).decision;
}

/** As `evaluate`, with the route for `explain`. */
export function evaluateOne(
  index: PolicyIndex,
  { namespace, endpoint, port }: Target,
  client: Client,
  request: SingleRequest,
): Decided {
  const outside = outsidePolicy(endpoint, port, request);
  return outside === undefined
    ? decideOne(index.portPolicy(namespace, endpoint, port), client, request)
    : withoutRoute(outside);
}

/** The decision where policy does not act, or may not; undefined where it acts. */
export function outsidePolicy(
  endpoint: Endpoint,
  port: number,
  request: AccessRequest,
): Decision | undefined {
  const boundary = boundaryOf(endpoint, port, request);
  if (boundary === undefined) return undefined;
  return typeof boundary === 'string'
    ? { verdict: 'not-enforced', boundary, creditedAnyOf: [], satisfied: [], unknown: [] }
    : unknown({}, [boundary]);
}

/** What the proxy decides by the policy that it has. */
export function decide(policy: PortPolicy, client: Client, request: SingleRequest): Decision {
  return decideOne(policy, client, request).decision;
}

function decideOne(policy: PortPolicy, client: Client, request: SingleRequest): Decided {
  const { protocol, doubts } = policy;
  const about = aboutPort(policy);
  if (protocol === undefined || doubts.server.length > 0) return withoutRoute(unknown(about, doubts.server));
  if (isOfConnection(policy, request)) return byAuthorization(about, policy, undefined, client);
  if (request.kind === 'bytes')
    return withoutRoute(refused(about, isInvalid(policy) ? 'unauthorized' : 'protocol-mismatch'));
  if (doubts.routes.length > 0) return withoutRoute(unknown(about, doubts.routes));
  if (isInvalid(policy)) return withoutRoute(refused(about, 'unauthorized'));
  return ofRequest(about, policy, client, request);
}

/** What the proxy decides about every request of a class. */
export function decideClass(policy: PortPolicy, client: Client, requests: RequestClass): Decided {
  const { doubts } = policy;
  const about = aboutPort(policy);
  switch (requests.kind) {
    case 'connection':
      return byAuthorization(about, policy, undefined, client);
    case 'any-request': {
      const open = doubts.server.length > 0 ? doubts.server : doubts.routes;
      return withoutRoute(open.length > 0 ? unknown(about, open) : refused(about, 'unauthorized'));
    }
    case 'route':
      return byAuthorization(about, policy, requests.route, client);
    case 'no-route':
      return withoutRoute(refused(about, 'route-not-found'));
  }
}

function aboutPort({ server, protocol }: PortPolicy): About {
  return { ...(server && { server }), ...(protocol && { protocol }) };
}

/**
 * Who may be admitted, level by level: the first that is satisfied is credited. A route adds to whom its Server admits and takes
 * nothing away.
 * Source: linkerd2-proxy linkerd/app/inbound/src/policy/http.rs (read at 29637b6).
 */
export function levelsOf(policy: PortPolicy, route: ServedRoute | undefined): readonly Level[] {
  return [
    ...(route === undefined ? [] : [{ authorizations: route.authorizations, doubts: [] }]),
    // who else may be admitted to the port may be so through the route
    { authorizations: policy.authorizations, doubts: policy.doubts.authorizations },
    { authorizations: [localhost], doubts: [] },
  ];
}

export interface Level {
  readonly authorizations: readonly Authorization[];
  /** Why there may be others. */
  readonly doubts: readonly UnknownInput[];
}

/** An address that is not known is not the endpoint's own: what is asked about is a client from elsewhere. */
export function satisfies(authorization: Authorization, client: Client): Satisfaction {
  if (authorization === localhost && client.address === undefined) return 'no';
  return satisfaction(authorization, client);
}

type About = Pick<Decision, 'server' | 'protocol' | 'route'>;

function ofRequest(about: About, policy: PortPolicy, client: Client, request: HttpRequest): Decided {
  if (request.anyHost === true && hangsOnHost(policy.routes, request))
    return withoutRoute(unknown(about, [hostNotSaid]));
  const { possible, open } = findRoutes(policy, request);
  const decided = possible.map((found) =>
    found === undefined
      ? withoutRoute(refused(about, 'route-not-found'))
      : byAuthorization(about, policy, found.route, client),
  );
  return (
    agreed(decided) ??
    withoutRoute(unknown(about, [...open, ...decided.flatMap(({ decision }) => decision.unknown)]))
  );
}

/** What is decided in every case; undefined where that differs. Which route it is may differ. */
function agreed([first, ...others]: readonly Decided[]): Decided | undefined {
  if (first === undefined || others.length === 0) return first;
  const { route: _, ...decision } = first.decision;
  return others.every((other) => deepEqual({ ...decision, route: other.decision.route }, other.decision))
    ? withoutRoute(decision)
    : undefined;
}

function withoutRoute(decision: Decision): Decided {
  return { decision, served: undefined };
}

const hostNotSaid: UnknownInput = {
  code: 'REQUEST_NOT_DECIDED',
  message: 'which route takes the request hangs on its host: say it among the headers, as host',
};

function byAuthorization(
  port: About,
  policy: PortPolicy,
  route: ServedRoute | undefined,
  client: Client,
): Decided {
  const about = { ...port, ...(route && { route: route.ref }) };
  return { decision: authorized(about, policy, route, client), served: route };
}

function authorized(
  about: About,
  policy: PortPolicy,
  route: ServedRoute | undefined,
  client: Client,
): Decision {
  let credited: readonly AuthorizationRef[] = [];
  const satisfied: AuthorizationRef[] = [];
  const open: UnknownInput[] = [];
  for (const { authorizations, doubts } of levelsOf(policy, route)) {
    const decided = credited.length > 0;
    const before = satisfied.length;
    for (const authorization of authorizations) {
      const satisfying = satisfies(authorization, client);
      if (satisfying === 'yes') satisfied.push(authorization.ref);
      else if (satisfying !== 'no' && !decided) open.push(...satisfying);
    }
    if (decided) continue;
    credited = satisfied.slice(before);
    open.push(...doubts);
  }
  const [authorizedBy] = credited;
  if (authorizedBy !== undefined) {
    const audited = authorizedBy.kind === 'default' && authorizedBy.name === 'audit';
    // what is open may make an audited client an allowed one; a default policy that is not known may be audit itself
    if (open.length > 0 && (audited || policy.server === undefined)) return unknown(about, open);
    return {
      verdict: audited ? 'audit' : 'allow',
      ...about,
      authorizedBy,
      creditedAnyOf: credited,
      satisfied,
      ...(about.route !== undefined && policy.rateLimit !== undefined && { rateLimit: policy.rateLimit }),
      unknown: [],
    };
  }
  return open.length > 0 ? unknown(about, open) : refused(about, 'unauthorized');
}

function refused(about: About, refusal: Refusal): Decision {
  return { verdict: 'deny', refusal, ...about, creditedAnyOf: [], satisfied: [], unknown: [] };
}

/** Each input once. */
function unknown(about: About, inputs: readonly UnknownInput[]): Decision {
  const byMessage = new Map(inputs.map((input) => [input.message, input]));
  return { verdict: 'unknown', ...about, creditedAnyOf: [], satisfied: [], unknown: [...byMessage.values()] };
}
