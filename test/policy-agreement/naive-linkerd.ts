/**
 * Linkerd's inbound policy decided a second time, as plainly as the rules can be written: every query scans all
 * objects, nothing is indexed or remembered, and nothing of the product is used. It is there to be compared with.
 */
import type { Answer, AuthorizedBy, Case, Decision, HttpRequest, NotEnforced, Query } from './case.js';
import type { GrpcMatch, HttpMatch, Server } from './kubernetes-objects.js';
import type { Authorization } from './naive-authorizations.js';
import {
  authorizationsOfMode,
  authorizationsOfServer,
  localhost,
  satisfies,
} from './naive-authorizations.js';
import { annotationHolds, defaultModeOf } from './naive-default-policy.js';
import { matchingGrpcRoute, matchingHttpRoute } from './naive-matching.js';
import { rateLimitOf } from './naive-rate-limits.js';
import type { AttachedRoute } from './naive-routes.js';
import { attachedTo, grpcRoutesOf, httpRoutesOf } from './naive-routes.js';
import { declaredPorts, serverOf } from './naive-servers.js';
import type { Rule } from './rules.js';
import type { Workload, World } from './world.js';
import { namespaceOf, ofKind } from './world.js';

/** What Linkerd would decide. Statuses are taken as they are stored. `touched` hears each rule that counted. */
export function naiveAnswer(
  { cluster, resources, query }: Pick<Case, 'cluster' | 'resources' | 'query'>,
  touched: (rule: Rule) => void = () => undefined,
): Answer {
  const world: World = { cluster, resources, touched };
  const workload = workloadOf(world, query);
  if (workload === undefined) return notEnforced('workload_not_found');
  if (bypassesProxy(world, workload, query.port)) return notEnforced('port_bypasses_proxy');
  if (isOtherThanTcp(world, workload, query)) return notEnforced('not_tcp');
  const server = serverOf(world, workload, query.port);
  const decision =
    server === undefined ? byDefault(world, workload, query) : byServer(world, workload, server, query);
  if (decision.verdict === 'audit') touched('audit');
  return decision;
}

function notEnforced(error: NotEnforced['error']): NotEnforced {
  return { enforced: false, error };
}

/** Pods with the label of the control plane, and all external workloads. */
function workloadOf(world: World, query: Query): Workload | undefined {
  const wanted = query.pod ?? query.externalWorkload;
  const kind = query.pod === undefined ? 'ExternalWorkload' : 'Pod';
  const found = [...ofKind(world, 'Pod'), ...ofKind(world, 'ExternalWorkload')].find(
    (workload) => workload.kind === kind && `${namespaceOf(workload)}/${workload.metadata.name}` === wanted,
  );
  if (found === undefined) {
    world.touched('workload-unknown');
    return undefined;
  }
  if (found.kind === 'ExternalWorkload') {
    world.touched('external-workload-governed');
    return found;
  }
  if (found.metadata.labels?.['linkerd.io/control-plane-ns'] === undefined) {
    world.touched('pod-without-proxy');
    return undefined;
  }
  return found;
}

/**
 * The tap port, and on pods the skipped ports: those of the annotation or, without it, 4567 and 4568. The admin port applies policy
 * whatever is skipped.
 */
function bypassesProxy(world: World, workload: Workload, port: number): boolean {
  if (port === 4190) {
    world.touched('tap-port');
    return true;
  }
  if (port === 4191) {
    world.touched('admin-port');
    return false;
  }
  if (workload.kind === 'ExternalWorkload') return false;
  const skippedByDefault = port === 4567 || port === 4568;
  if (workload.metadata.annotations?.['config.linkerd.io/skip-inbound-ports'] === undefined) {
    if (skippedByDefault) world.touched('skip-default-ports');
    return skippedByDefault;
  }
  const skipped = annotationHolds(world, workload, 'skip-inbound-ports', port);
  if (skipped) world.touched('skip-inbound-ports');
  if (!skipped && skippedByDefault) world.touched('skip-replaces-default');
  return skipped;
}

/** Bytes to a port that is declared, and never for TCP. An HTTP request comes over TCP whatever is declared. */
function isOtherThanTcp(world: World, workload: Workload, { port, http }: Query): boolean {
  const declared = declaredPorts(workload).filter((other) => other.port === port);
  if (declared.length === 0) world.touched('undeclared-port');
  if (declared.length === 0 || declared.some(({ tcp }) => tcp)) return false;
  world.touched(http === null ? 'udp-port' : 'udp-port-http');
  return http === null;
}

/** No Server: the default policy of the workload, on a port that is opaque or of unknown protocol. */
function byDefault(world: World, workload: Workload, query: Query): Decision {
  const mode = defaultModeOf(world, workload, query.port);
  world.touched(`default-${mode}`);
  const inNamespace = world.resources.filter((resource) => namespaceOf(resource) === namespaceOf(workload));
  if (inNamespace.some(({ kind }) => kind === 'AuthorizationPolicy' || kind === 'ServerAuthorization')) {
    world.touched('authorizations-need-server');
  }
  const label = `default:${mode}`;
  const authorizations = authorizationsOfMode(world, mode);
  if (annotationHolds(world, workload, 'opaque-ports', query.port)) {
    world.touched('opaque-ports');
    return authorized(world, query, label, null, [authorizations, [localhost]]);
  }
  if (query.http === null) {
    world.touched('connection-undetected');
    return authorized(world, query, label, null, [authorizations, [localhost]]);
  }
  const routes = httpRoutesOf(world, workload, query.port, undefined);
  return byRoute(world, query, label, matchingHttpRoute(world, routes, query.http), authorizations);
}

/** A Server: its protocol, its authorizations, its routes and its rate limit. */
function byServer(world: World, workload: Workload, server: Server, query: Query): Decision {
  if (Object.keys(workload.metadata.annotations ?? {}).length > 0) world.touched('server-replaces-default');
  const label = { namespace: namespaceOf(server), name: server.metadata.name };
  if (server.spec.proxyProtocol === undefined) world.touched('absent-proxy-protocol');
  const protocol = server.spec.proxyProtocol ?? 'unknown';
  explainRoutesWithoutEffect(world, server, protocol);
  const authorizations = authorizationsOfServer(world, server);
  const limited = (decision: Decision, http: HttpRequest | null): Decision => {
    const rateLimit = rateLimitOf(world, server, protocol, decision, http);
    return rateLimit === undefined ? decision : { ...decision, rateLimit };
  };
  switch (protocol) {
    case 'opaque':
    case 'TLS':
      world.touched(protocol === 'TLS' ? 'protocol-tls' : 'protocol-opaque');
      world.touched('connection-opaque');
      return limited(authorized(world, query, label, null, [authorizations, [localhost]]), null);
    case 'gRPC': {
      world.touched('protocol-grpc');
      const routes = grpcRoutesOf(world, server);
      if (isPoisoned(routes)) {
        world.touched('poisoned');
        const server = 'default:invalid';
        return { verdict: 'deny', authorizedBy: null, server, route: null, reason: 'unauthorized' };
      }
      if (query.http === null) return mismatched(world, label);
      return limited(
        byRoute(world, query, label, matchingGrpcRoute(world, routes, query.http), authorizations),
        query.http,
      );
    }
    case 'HTTP/1':
    case 'HTTP/2':
      world.touched(protocol === 'HTTP/1' ? 'protocol-http-1' : 'protocol-http-2');
      if (query.http === null) return mismatched(world, label);
      break;
    default:
      world.touched('protocol-unknown');
      if (query.http === null) {
        world.touched('connection-undetected');
        return limited(authorized(world, query, label, null, [authorizations, [localhost]]), null);
      }
  }
  const routes = httpRoutesOf(world, workload, query.port, server);
  return limited(
    byRoute(world, query, label, matchingHttpRoute(world, routes, query.http), authorizations),
    query.http,
  );
}

/** Only for the count of the rules: routes that the protocol of the Server leaves without effect. */
function explainRoutesWithoutEffect(world: World, server: Server, protocol: string): void {
  const quiet: World = { ...world, touched: () => undefined };
  const attached = (kind: 'HTTPRoute' | 'GRPCRoute') =>
    attachedTo(quiet, server, ofKind(world, kind)).length > 0;
  if (protocol === 'opaque' || protocol === 'TLS') {
    if (attached('HTTPRoute') || attached('GRPCRoute')) world.touched('route-on-opaque');
  } else if (protocol === 'gRPC') {
    if (attached('HTTPRoute')) world.touched('route-http-on-grpc');
  } else if (attached('GRPCRoute')) {
    world.touched('route-grpc-on-http');
  }
}

/** A match of an attached GRPCRoute that names no method makes the proxy refuse the whole policy. */
function isPoisoned(routes: readonly AttachedRoute<GrpcMatch>[]): boolean {
  return routes.some(({ rules }) =>
    rules.some(({ matches }) => matches.some(({ method }) => method === undefined)),
  );
}

/** Bytes that are not HTTP, on a port that is only for HTTP: there are no authorizations for connections. */
function mismatched(world: World, server: Decision['server']): Decision {
  world.touched('protocol-mismatch');
  return { verdict: 'deny', authorizedBy: null, server, route: null, reason: 'protocol_mismatch' };
}

/** A request without a route is refused; else those of the route, then those of the Server, then localhost. */
function byRoute(
  world: World,
  query: Query,
  server: Decision['server'],
  route: AttachedRoute<HttpMatch | GrpcMatch> | undefined,
  authorizations: readonly Authorization[],
): Decision {
  if (route === undefined) {
    world.touched('route-not-found');
    return { verdict: 'deny', authorizedBy: null, server, route: null, reason: 'route_not_found' };
  }
  if (route.name === 'default:probe') world.touched('synthesized-probe');
  const levels = [route.authorizations, authorizations, [localhost]];
  return authorized(world, query, server, route.name, levels);
}

/**
 * The first level with an authorization that the client satisfies allows. Within a level Linkerd may credit any of
 * those satisfied; the first is the canonical one.
 */
function authorized(
  world: World,
  query: Query,
  server: Decision['server'],
  route: Decision['route'],
  levels: readonly (readonly Authorization[])[],
): Decision {
  const satisfied = levels.map((level) =>
    level.filter((authorization) => satisfies(world, query.client, authorization)).map(({ by }) => by),
  );
  const at = satisfied.findIndex((level) => level.length > 0);
  const credited = satisfied[at] ?? [];
  const [first] = credited;
  if (first === undefined) {
    world.touched('unauthorized');
    if (query.client.ip.startsWith('127.')) world.touched('localhost-only-itself');
    return { verdict: 'deny', authorizedBy: null, server, route, reason: 'unauthorized' };
  }
  explainLevel(world, levels, satisfied, at, route);
  const verdicts = [...new Set(credited.map(verdictOf))].sort();
  if (credited.length > 1) world.touched('attribution-ambiguous');
  if (verdicts.length > 1) world.touched('verdict-ambiguous');
  return {
    verdict: verdictOf(first),
    authorizedBy: first,
    server,
    route,
    ...(credited.length > 1 && { authorizedByAnyOf: credited }),
    ...(verdicts.length > 1 && { verdictAnyOf: verdicts }),
  };
}

/** Only for the count of the rules: what the order of the levels decided. */
function explainLevel(
  world: World,
  levels: readonly (readonly Authorization[])[],
  satisfied: readonly (readonly AuthorizedBy[])[],
  at: number,
  route: Decision['route'],
): void {
  const byKind = satisfied[at]?.[0]?.kind;
  if (at === levels.length - 1) world.touched('localhost');
  else if (satisfied[levels.length - 1]?.length === 1) world.touched('server-before-localhost');
  if (levels.length < 3) return;
  if (at === 0 && (satisfied[1]?.length ?? 0) > 0) world.touched('route-first');
  if (at === 1 && (levels[0]?.length ?? 0) > 0) world.touched('levels-union');
  if (at === 1 && byKind === 'ServerAuthorization' && typeof route === 'object') {
    world.touched('server-authorization-covers-routes');
  }
}

function verdictOf(by: AuthorizedBy): 'allow' | 'audit' {
  return by.kind === 'default' && by.name === 'audit' ? 'audit' : 'allow';
}
