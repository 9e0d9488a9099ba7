import type { RouteName } from './case.js';
import type {
  Filter,
  GrpcMatch,
  GrpcRoute,
  HttpMatch,
  HttpRoute,
  ParentReference,
  Server,
  ValueMatch,
} from './kubernetes-objects.js';
import type { Authorization } from './naive-authorizations.js';
import { authorizationsOfRoute, probeAuthorization } from './naive-authorizations.js';
import { probePathsOf } from './naive-probes.js';
import { compilesAsRegex } from './naive-regex.js';
import type { Workload, World } from './world.js';
import { compareAge, compareText, groupOf, namespaceOf, ofKind, policyGroup, refersTo } from './world.js';

/** A route as the proxy gets it, with the defaults of its kind filled in. */
export interface AttachedRoute<Match> {
  readonly name: RouteName | 'default:default' | 'default:probe';
  readonly age: string | undefined;
  readonly hostnames: readonly string[];
  readonly rules: readonly { readonly matches: readonly Match[] }[];
  readonly authorizations: readonly Authorization[];
}

/** The parent with the defaults of the kind of its route: a Gateway, of the group of the route. */
export function parentWithDefaults(
  world: World,
  route: HttpRoute | GrpcRoute,
  parent: ParentReference,
): ParentReference & { readonly kind: string } {
  if (parent.kind === undefined) world.touched('absent-parent-kind');
  if (parent.group === undefined) {
    world.touched(
      groupOf(route) === policyGroup ? 'absent-parent-group-policy' : 'absent-parent-group-gateway',
    );
  }
  return { ...parent, group: parent.group ?? groupOf(route), kind: parent.kind ?? 'Gateway' };
}

/** The parents that are Servers. */
export function serverParents(world: World, route: HttpRoute | GrpcRoute): ParentReference[] {
  return (route.spec.parentRefs ?? [])
    .map((parent) => parentWithDefaults(world, route, parent))
    .filter((parent) => refersTo(world, parent, policyGroup, 'Server'));
}

/** The HTTPRoutes of a Server or, without any, the default route and the probe route. */
export function httpRoutesOf(
  world: World,
  workload: Workload,
  port: number,
  server: Server | undefined,
): AttachedRoute<HttpMatch>[] {
  const attached = server === undefined ? [] : attachedTo(world, server, ofKind(world, 'HTTPRoute'));
  const probe = probeRoute(world, workload, port);
  if (attached.length > 0) {
    if (probe !== undefined) world.touched('synthesized-removed');
    return attached.map((route) => ({
      ...attachedRoute(world, route),
      rules: (route.spec.rules ?? absentRules(world)).map((rule) => ({
        matches: (rule.matches ?? absentMatches(world)).map((match) => ({
          ...match,
          path: match.path ?? absentPath(world),
        })),
      })),
    }));
  }
  world.touched('synthesized-http');
  const everything: AttachedRoute<HttpMatch> = {
    name: 'default:default',
    age: undefined,
    hostnames: [],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }],
    authorizations: [],
  };
  return probe === undefined ? [everything] : [everything, probe];
}

/** One exact GET match per probe path of the port, open to the probe networks. */
function probeRoute(world: World, workload: Workload, port: number): AttachedRoute<HttpMatch> | undefined {
  const paths = probePathsOf(world, workload, port);
  if (paths.length === 0) return undefined;
  if (world.cluster.probeNetworks.length === 0) {
    world.touched('probe-networks-empty');
    return undefined;
  }
  return {
    name: 'default:probe',
    age: undefined,
    hostnames: [],
    rules: [{ matches: paths.map((value) => ({ path: { type: 'Exact', value }, method: 'GET' })) }],
    authorizations: [probeAuthorization(world)],
  };
}

/** The GRPCRoutes of a Server or, without any, the default route. Absent rules and matches have no default. */
export function grpcRoutesOf(world: World, server: Server): AttachedRoute<GrpcMatch>[] {
  const attached = attachedTo(world, server, ofKind(world, 'GRPCRoute'));
  if (attached.length > 0) {
    return attached.map((route) => ({
      ...attachedRoute(world, route),
      rules: (route.spec.rules ?? []).map((rule) => ({ matches: rule.matches ?? [] })),
    }));
  }
  world.touched('synthesized-grpc');
  return [
    {
      name: 'default:default',
      age: undefined,
      hostnames: [],
      rules: [{ matches: [{ method: {} }] }],
      authorizations: [],
    },
  ];
}

function attachedRoute(world: World, route: HttpRoute | GrpcRoute): Omit<AttachedRoute<never>, 'rules'> {
  const name = {
    group: groupOf(route),
    kind: route.kind,
    namespace: namespaceOf(route),
    name: route.metadata.name,
  };
  return {
    name,
    age: route.metadata.creationTimestamp,
    hostnames: route.spec.hostnames ?? [],
    authorizations: authorizationsOfRoute(world, name),
  };
}

function absentRules(world: World): readonly { readonly matches?: readonly HttpMatch[] }[] {
  world.touched('absent-rules');
  return [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }];
}

function absentMatches(world: World): readonly HttpMatch[] {
  world.touched('absent-matches');
  return [{ path: { type: 'PathPrefix', value: '/' } }];
}

function absentPath(world: World): { readonly type: string; readonly value: string } {
  world.touched('absent-path');
  return { type: 'PathPrefix', value: '/' };
}

/** The routes that count for the Server, in the order of the proxy: age, name, group. */
export function attachedTo<Kind extends HttpRoute | GrpcRoute>(
  world: World,
  server: Server,
  routes: readonly Kind[],
): Kind[] {
  return routes
    .filter(
      (route) =>
        hasParent(world, route, server) && !isDropped(world, route) && isAccepted(world, route, server),
    )
    .sort((a, b) => compareAge(a, b) || compareText(groupOf(a), groupOf(b)));
}

/** The same namespace, and a parent that is this Server. */
function hasParent(world: World, route: HttpRoute | GrpcRoute, server: Server): boolean {
  if (namespaceOf(route) !== namespaceOf(server)) {
    world.touched('route-namespace');
    return false;
  }
  const found = serverParents(world, route).some(({ name }) => name === server.metadata.name);
  world.touched(found ? 'route-parent' : 'route-parent-other');
  return found;
}

/** The status says that Linkerd accepted the route for a Server of this name. */
function isAccepted(world: World, route: HttpRoute | GrpcRoute, server: Server): boolean {
  const parents = route.status?.parents ?? [];
  if (parents.length === 0) world.touched('route-without-status');
  return parents.some(({ controllerName, parentRef, conditions = [] }) => {
    if (controllerName !== 'linkerd.io/policy-controller') {
      world.touched('route-other-controller');
      return false;
    }
    if (parentRef.kind !== 'Server') {
      if (parentRef.kind?.toLowerCase() === 'server') world.touched('route-status-kind');
      return false;
    }
    if (parentRef.name !== server.metadata.name) {
      world.touched('route-status-name');
      return false;
    }
    const accepted = conditions.some(({ type, status }) => type === 'Accepted' && status === 'True');
    if (!accepted) world.touched('route-not-accepted');
    const here =
      parentRef.group === policyGroup && (parentRef.namespace ?? namespaceOf(route)) === namespaceOf(route);
    if (accepted && !here) world.touched('route-status-elsewhere');
    return accepted;
  });
}

/** Whether the route has a fault that drops it for all its parents, whatever its status says. */
function isDropped(world: World, route: HttpRoute | GrpcRoute): boolean {
  const parents = serverParents(world, route);
  if (parents.some(({ namespace }) => namespace !== undefined && namespace !== namespaceOf(route))) {
    world.touched('route-parent-namespace');
    return true;
  }
  if (parents.some(({ port }) => port !== undefined)) {
    world.touched('route-parent-port');
    return true;
  }
  if (parents.some(({ sectionName }) => sectionName !== undefined)) {
    world.touched('route-parent-section');
    return true;
  }
  const filters = (route.spec.rules ?? []).flatMap((rule) => rule.filters ?? []);
  const faulty =
    route.kind === 'HTTPRoute'
      ? (route.spec.rules ?? [])
          .flatMap((rule) => rule.matches ?? [])
          .some((match) => isFaultyHttpMatch(world, match))
      : (route.spec.rules ?? [])
          .flatMap((rule) => rule.matches ?? [])
          .some((match) => isFaultyGrpcMatch(world, match));
  return faulty || filters.some((filter) => isFaultyFilter(world, filter));
}

function isFaultyHttpMatch(world: World, match: HttpMatch): boolean {
  const { path, headers = [], queryParams = [] } = match;
  if (path !== undefined) {
    const value = path.value ?? '/';
    if (path.type === 'RegularExpression') {
      if (!compilesAsRegex(value)) {
        world.touched('route-bad-regex');
        return true;
      }
    } else if (!value.startsWith('/')) {
      world.touched('route-relative-path');
      return true;
    }
  }
  return hasFaultyHeaders(world, headers) || hasBadRegex(world, queryParams);
}

function isFaultyGrpcMatch(world: World, match: GrpcMatch): boolean {
  if (match.method?.type === 'RegularExpression') {
    world.touched('route-grpc-regex');
    return true;
  }
  return hasFaultyHeaders(world, match.headers ?? []);
}

function hasFaultyHeaders(world: World, headers: readonly ValueMatch[]): boolean {
  const bad = headers.some(
    ({ type, name, value }) => !isHeaderName(name) || (type !== 'RegularExpression' && !isHeaderValue(value)),
  );
  if (bad) world.touched('route-bad-header');
  return bad || hasBadRegex(world, headers);
}

function hasBadRegex(world: World, matches: readonly ValueMatch[]): boolean {
  const bad = matches.some(({ type, value }) => type === 'RegularExpression' && !compilesAsRegex(value));
  if (bad) world.touched('route-bad-regex');
  return bad;
}

/** A token of HTTP. */
function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
}

/** No control characters but the tab. */
function isHeaderValue(value: string): boolean {
  return Array.from(
    value,
    (character) => character === '\t' || (character >= ' ' && character !== '\x7f'),
  ).every(Boolean);
}

/** Header modifiers with names and values of HTTP, and redirects to absolute paths; nothing else. */
function isFaultyFilter(world: World, filter: Filter): boolean {
  switch (filter.type) {
    case 'RequestHeaderModifier':
    case 'ResponseHeaderModifier': {
      const {
        add = [],
        set = [],
        remove = [],
      } = filter.requestHeaderModifier ?? filter.responseHeaderModifier ?? {};
      const names = [...add.map(({ name }) => name), ...set.map(({ name }) => name), ...remove];
      const bad = !names.every(isHeaderName) || ![...add, ...set].every(({ value }) => isHeaderValue(value));
      if (bad) world.touched('route-bad-header');
      return bad;
    }
    case 'RequestRedirect': {
      const { path } = filter.requestRedirect ?? {};
      const target = path?.replaceFullPath ?? path?.replacePrefixMatch;
      const bad = target !== undefined && !target.startsWith('/');
      if (bad) world.touched('route-relative-redirect');
      return bad;
    }
    default:
      world.touched('route-filter');
      return true;
  }
}
