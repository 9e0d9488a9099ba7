import type { ObjectStates, PolicyKind, ProxyProtocol } from '@mcp/mesh';
import type { AuthorizationCompiler, Compiled } from '../authorizations/authorization-compiler.js';
import type { AuthorizationTarget } from '../authorizations/authorization-target.js';
import type { Authorization } from '../authorizations/authorization.js';
import { byAge, byName } from '../name-order.js';
import { acceptanceDoubts, doubtsAbout, notLiveDoubt } from './doubts.js';
import type { NamespacePolicies } from './namespace-policies.js';
import { routeTarget } from './namespace-policies.js';
import type { PortPolicy, UnusedRoute } from './port-policy.js';
import { routeKindsOf, servesRequests } from '../routes/protocol.js';
import { readRules } from '../routes/read-rules.js';
import type { Route } from '../routes/route.js';
import { unusedBecause } from '../routes/route-attachment.js';
import { inLinkerdsOrder } from '../routes/route-order.js';
import type { ServedRoute } from '../routes/route-table.js';
import { saysAccepted } from '../statuses/status-condition.js';
import type { RouteRef, UnknownInput } from '../verdict.js';
import type { MeshView } from '../view.js';

type Server = ObjectStates['Server'];

/** What every port that a Server governs has in common. */
export type ServerPolicy = Omit<PortPolicy, 'overruled' | 'routesIfDropped'>;

/** Puts together what the policy controller makes of a Server: it is the same for every endpoint, but for what has no route attached. */
export class ServerCompiler {
  constructor(
    private readonly view: MeshView,
    private readonly authorizations: AuthorizationCompiler,
  ) {}

  compile(policies: NamespacePolicies, server: Server): ServerPolicy {
    const { namespace, name, spec } = server;
    const protocol = spec.proxyProtocol;
    const { attached, unusedRoutes } = routesOf(policies, server);
    const rules = attached.map(readRules);
    // the proxy refuses the policy as a whole, and nobody is admitted, not even from localhost
    const refused = rules.filter(({ withoutMethod }) => withoutMethod !== undefined);
    const invalid = refused.some(({ undecided }) => undecided === undefined);
    const byDefault = this.authorizations.ofDefault(spec.accessPolicy);
    return {
      server: invalid ? { kind: 'default', name: 'invalid' } : { kind: 'Server', namespace, name },
      protocol,
      object: server,
      authorizations: [
        ...this.#ofPolicies(policies, { kind: 'Server', name }, { kind: 'Namespace' }),
        ...this.#ofServerAuthorizations(policies, server),
        ...(byDefault === undefined ? [] : [byDefault]),
      ],
      routes: attached.map((route) => this.#served(policies, route)),
      unusedRoutes,
      rateLimit: rateLimitOf(policies, name, protocol),
      doubts: {
        server: [],
        routes: [
          ...routeKindsOf(protocol).flatMap((kind) => this.#doubtsAbout(kind, namespace)),
          ...policies
            .routesNaming(name)
            .filter(({ kind }) => routeKindsOf(protocol).includes(kind))
            .flatMap((route) => acceptanceDoubts(this.view, route, name)),
          // whether the proxy refuses the policy hangs on whether the route is dropped
          ...(invalid ? [] : refused.flatMap(({ undecided }) => undecided ?? [])),
        ],
        authorizations: [
          ...this.#doubtsAbout('AuthorizationPolicy', namespace),
          ...this.#doubtsAbout('ServerAuthorization', namespace),
        ],
      },
    };
  }

  /** Linkerd drops a route with a pattern that it does not take. */
  #served(policies: NamespacePolicies, route: Route): ServedRoute {
    const { matches, undecided } = readRules(route);
    return {
      ref: refOf(route),
      hostnames: route.state.spec.hostnames,
      matches,
      authorizations: this.#ofPolicies(policies, routeTarget(route.kind, route.state.name)),
      ...(undecided && { mayBeDropped: undecided }),
    };
  }

  /** Canonically in the order of their names; Linkerd has none. */
  #ofPolicies(
    policies: NamespacePolicies,
    ...targets: readonly AuthorizationTarget[]
  ): readonly Authorization[] {
    return targets
      .flatMap((target) => policies.policiesFor(target))
      .sort(byName)
      .flatMap((policy) => this.#admitted(this.authorizations.ofPolicy(policy), 'AuthorizationPolicy'));
  }

  #ofServerAuthorizations(policies: NamespacePolicies, server: Server): readonly Authorization[] {
    return policies
      .serverAuthorizationsFor(server)
      .flatMap((object) =>
        this.#admitted(this.authorizations.ofServerAuthorization(object), 'ServerAuthorization'),
      );
  }

  #admitted(
    compiled: Compiled,
    kind: 'AuthorizationPolicy' | 'ServerAuthorization',
  ): readonly Authorization[] {
    if ('ignored' in compiled) return [];
    const outdated = notLiveDoubt(this.view, kind);
    return [outdated === undefined ? compiled.authorization : { ...compiled.authorization, outdated }];
  }

  #doubtsAbout(kind: PolicyKind, namespace: string): readonly UnknownInput[] {
    return doubtsAbout(this.view, kind, namespace);
  }
}

/** Those that name the Server as a parent, in Linkerd's order. */
function routesOf(
  policies: NamespacePolicies,
  { name, spec }: Server,
): { readonly attached: readonly Route[]; readonly unusedRoutes: readonly UnusedRoute[] } {
  const attached: Route[] = [];
  const unusedRoutes: UnusedRoute[] = [];
  for (const route of inLinkerdsOrder(policies.routesNaming(name))) {
    const because = unusedBecause(route, name, spec.proxyProtocol);
    if (because === undefined) attached.push(route);
    else unusedRoutes.push({ ref: refOf(route), because });
  }
  return { attached, unusedRoutes };
}

function refOf({ kind, state: { namespace, name } }: Route): RouteRef {
  return { kind, namespace, name };
}

/** Of several that the controller has accepted it takes any; the oldest is the one that it should have accepted. */
function rateLimitOf(
  policies: NamespacePolicies,
  server: string,
  protocol: ProxyProtocol,
): string | undefined {
  if (protocol === 'gRPC' || !servesRequests(protocol)) return undefined;
  const [limit] = policies
    .rateLimitsOf(server)
    .filter(({ conditions }) => conditions.some(saysAccepted))
    .sort(byAge);
  return limit?.name;
}
