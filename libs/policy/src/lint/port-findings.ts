import type { PolicyKind, ObjectStates } from '@mcp/mesh';
import { boundaryOf } from '../ports/boundary.js';
import { routeTarget } from '../ports/namespace-policies.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import { unusedBecause } from '../routes/route-attachment.js';
import { annotationsOverruledBy, proxyWithoutPolicy, unusableValues } from './annotations.js';
import { whoPolicyAdmits, whoServerAuthorizationAdmits } from './authorizations.js';
import type { Finding } from './finding.js';
import { ofWorkload } from './finding.js';
import type { LintCode } from './lint-rules.js';
import { LintedNamespace } from './linted-namespace.js';
import { MeshFacts } from './mesh-facts.js';
import { refusedProbes } from './probes.js';
import { effectOf } from './rate-limits.js';
import { missingAuthentications } from './references.js';
import { evictions, onAnyServer, onServer, unrouted } from './routes.js';
import type { PlacedPort } from './server-reach.js';
import { addingNothing, notEnforcedOn, overruledBy } from './servers.js';

type Server = ObjectStates['Server'];

/**
 * The codes of what `lint` finds about that which governs a port: the Servers that select it, whom they admit, their routes and
 * rate limits, or the annotations where there is no Server, and the probes of the port. Each once, in order; none that `lint` would
 * not find. Quick enough for every port of the mesh: what is found about a Server is worked out once for an index.
 *
 * Hangs on what `portPolicy` does, and on GRPCRoutes of other namespaces that name a Server of this one.
 */
export function portFindings(index: PolicyIndex, at: PlacedPort): readonly LintCode[] {
  let known = lints.get(index);
  if (known === undefined) lints.set(index, (known = new PortLint(index)));
  return known.codesAt(at);
}

const lints = new WeakMap<PolicyIndex, PortLint>();

class PortLint {
  readonly #mesh: MeshFacts;
  readonly #namespaces = new Map<string, LintedNamespace>();
  readonly #servers = new Map<Server, Set<LintCode>>();

  constructor(private readonly index: PolicyIndex) {
    this.#mesh = new MeshFacts(index);
  }

  codesAt(at: PlacedPort): readonly LintCode[] {
    const namespace = this.#namespace(at.workload.namespace);
    const policy = this.index.portPolicy(at.workload.namespace, at.endpoint, at.port);
    if (namespace === undefined || policy.doubts.server.length > 0) return [];
    const { object: server } = policy;
    const boundary = boundaryOf(at.endpoint, at.port, { kind: 'any' });
    const codes = new Set<LintCode>();
    collect(codes, proxyWithoutPolicy(at));
    collect(codes, refusedProbes(this.index, at));
    if (server !== undefined) collect(codes, betweenServers(at, server, policy));
    if (typeof boundary === 'string') {
      if (server !== undefined) codes.add(notEnforcedOn(server, boundary, [at]).code);
    } else if (server === undefined)
      collect(codes, unusableValues(ofWorkload(at.workload), at.endpoint.annotations));
    else for (const code of this.#aboutServer(namespace, server, policy)) codes.add(code);
    return [...codes].sort();
  }

  #namespace(name: string): LintedNamespace | undefined {
    let known = this.#namespaces.get(name);
    const policies = this.index.policiesOf(name);
    if (known === undefined && policies !== undefined)
      this.#namespaces.set(name, (known = new LintedNamespace(this.index, this.#mesh, policies)));
    return known;
  }

  /** The same for each port that it governs. */
  #aboutServer(namespace: LintedNamespace, server: Server, policy: PortPolicy): ReadonlySet<LintCode> {
    let known = this.#servers.get(server);
    if (known === undefined) {
      this.#servers.set(server, (known = new Set()));
      collect(known, aboutServer(namespace, server, policy));
    }
    return known;
  }
}

function* betweenServers(at: PlacedPort, server: Server, { overruled }: PortPolicy): Iterable<Finding> {
  for (const other of overruled) yield overruledBy(server, other, [at]);
  yield* annotationsOverruledBy(server, at);
}

function* aboutServer(namespace: LintedNamespace, server: Server, policy: PortPolicy): Iterable<Finding> {
  const { name } = server;
  const { policies } = namespace;
  const { notLive } = namespace.index.view;
  const ofKind = <T>(kind: PolicyKind, objects: readonly T[]): readonly T[] =>
    notLive.has(kind) ? [] : objects;
  const routes = policies.routesNaming(name).filter((route) => !notLive.has(route.kind));
  const inUse = routes.filter((route) => unusedBecause(route, name, server.spec.proxyProtocol) === undefined);

  yield* addingNothing(namespace, server, policy);
  const targets = [
    { kind: 'Server', name } as const,
    { kind: 'Namespace' } as const,
    ...inUse.map((route) => routeTarget(route.kind, route.state.name)),
  ];
  const applying = targets.flatMap((target) => policies.policiesFor(target));
  for (const authorization of ofKind('AuthorizationPolicy', applying)) {
    yield* whoPolicyAdmits(namespace, authorization);
    yield* missingAuthentications(namespace, authorization);
  }
  for (const authorization of ofKind('ServerAuthorization', policies.serverAuthorizationsFor(server)))
    yield* whoServerAuthorizationAdmits(namespace, authorization);
  for (const route of routes) {
    yield* onAnyServer(route);
    yield* onServer(namespace, route, server);
  }
  yield* evictions(namespace, server);
  yield* unrouted(server, policy);
  for (const limit of ofKind('HTTPLocalRateLimitPolicy', policies.rateLimitsOf(name)))
    yield* effectOf(namespace, limit);
}

function collect(into: Set<LintCode>, findings: Iterable<Finding>): void {
  for (const { code } of findings) into.add(code);
}
