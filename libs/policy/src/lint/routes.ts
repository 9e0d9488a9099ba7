import type { ObjectStates } from '@mcp/mesh';
import type { PortPolicy } from '../ports/port-policy.js';
import { isInvalid } from '../ports/port-policy.js';
import { requestClasses } from '../answers/request-classes.js';
import type { Route } from '../routes/route.js';
import {
  droppedBecause,
  isAccepted,
  matchWithoutMethod,
  serverParents,
  unusedBecause,
} from '../routes/route-attachment.js';
import { readRules } from '../routes/read-rules.js';
import { enumeration } from './enumeration.js';
import type { Finding } from './finding.js';
import { finding, ofObject } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';

type Server = ObjectStates['Server'];

export function* lintRoutes(namespace: LintedNamespace): Iterable<Finding> {
  for (const route of namespace.routes()) {
    if (serverParents(route).length === 0) continue;
    yield* onAnyServer(route);
    for (const server of parentsOf(namespace, route)) yield* onServer(namespace, route, server);
  }
  for (const server of namespace.servers.values()) {
    yield* evictions(namespace, server);
    const policy = namespace.policyOf(server);
    if (policy !== undefined) yield* unrouted(server, policy);
  }
}

/** Of a route that names a Server as its parent, whichever it is. */
export function* onAnyServer(route: Route): Iterable<Finding> {
  const about = ofObject(route.kind, route.state);
  const dropped = droppedBecause(route);
  if (dropped !== undefined) {
    const { conditions } = route.state;
    const accepted = serverParents(route).some((server) => isAccepted(conditions, server));
    yield finding(
      'LNK401',
      about,
      dropped.field,
      accepted ? `${dropped.message}; the status says Accepted nevertheless` : dropped.message,
    );
  }
  const { undecided, withoutPath } = readRules(route);
  if (undecided !== undefined) yield finding('LNK408', about, '', undecided.message);
  for (const field of withoutPath)
    yield finding('LNK409', about, field, 'no path matches it as a whole: a path begins with a slash');
}

/** The Servers that the route names and that are there. */
function parentsOf({ servers }: LintedNamespace, route: Route): readonly Server[] {
  return [...new Set(serverParents(route))].flatMap((name) => servers.get(name) ?? []);
}

export function* onServer(namespace: LintedNamespace, route: Route, server: Server): Iterable<Finding> {
  const about = ofObject(route.kind, route.state);
  const unused = unusedBecause(route, server.name, server.spec.proxyProtocol);
  if (unused?.code === 'OTHER_PROTOCOL') yield finding('LNK402', about, unused.field, unused.message);
  if (unused?.code === 'NOT_ACCEPTED' && !isEvicted(namespace, route, server))
    yield finding('LNK403', about, unused.field, unused.message);
  const field = unused === undefined ? matchWithoutMethod(route) : undefined;
  if (field !== undefined)
    yield finding('LNK405', about, field, `it makes the proxies refuse the policy of Server ${server.name}`);
}

function isEvicted({ mesh }: LintedNamespace, { kind }: Route, server: Server): boolean {
  return kind !== 'GRPCRoute' && mesh.grpcRoutesNaming(server).length > 0;
}

export function* evictions({ index, mesh, policies }: LintedNamespace, server: Server): Iterable<Finding> {
  const evicting = mesh.grpcRoutesNaming(server);
  if (evicting.length === 0) return;
  const evicted = policies
    .routesNaming(server.name)
    .filter(({ kind }) => kind !== 'GRPCRoute' && !index.view.notLive.has(kind))
    .map(({ state }) => state.name);
  if (evicted.length === 0) return;
  for (const route of evicting)
    yield finding(
      'LNK404',
      ofObject('GRPCRoute', route),
      'spec.parentRefs',
      `on Server ${server.namespace}/${server.name} it evicts HTTPRoute ${enumeration(evicted)}`,
    );
}

/** Only where some request surely has no route. `policy`: of a port that the Server governs. */
export function* unrouted(server: Server, policy: PortPolicy): Iterable<Finding> {
  if (isInvalid(policy)) return;
  const attached = policy.routes.filter(({ ref }) => ref.kind !== 'default');
  if (attached.length === 0) return;
  const left = requestClasses(policy).find(({ kind }) => kind === 'no-route');
  if (left?.kind !== 'no-route' || left.example === undefined) return;
  yield finding(
    'LNK406',
    ofObject('Server', server),
    '',
    `requests that ${enumeration(attached.map(({ ref }) => `${ref.kind} ${ref.name}`))} ${attached.length === 1 ? 'does' : 'do'} not match get 404`,
  );
}

/** Why a route is in use on no Server; undefined where it is, or may be. */
export function unusedInWords(namespace: LintedNamespace, route: Route): string | undefined {
  const names = [...new Set(serverParents(route))];
  if (names.length === 0) return `${route.state.name} names no Server as its parent`;
  const reasons: string[] = [];
  for (const name of names) {
    const server = namespace.servers.get(name);
    const unused = server && unusedBecause(route, name, server.spec.proxyProtocol);
    if (server !== undefined && (unused === undefined || unused.code === 'ACCEPTANCE_UNKNOWN'))
      return undefined;
    reasons.push(unused?.message ?? `there is no Server ${name}`);
  }
  return `${route.state.name} is not in use: ${enumeration(reasons)}`;
}
