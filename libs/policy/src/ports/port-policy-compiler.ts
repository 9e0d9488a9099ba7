import type { ObjectStates, PolicyKind, ProxyProtocol } from '@mcp/mesh';
import type { AuthorizationCompiler, Compiled } from '../authorizations/authorization-compiler.js';
import type { AuthorizationTarget } from '../authorizations/authorization-target.js';
import type { Authorization } from '../authorizations/authorization.js';
import { defaultPolicyOf, isOpaque } from './default-policy.js';
import { acceptanceDoubts, doubtsAbout, notLiveDoubt } from './doubts.js';
import { settingUnread } from './mesh-identities.js';
import type { NamespacePolicies } from './namespace-policies.js';
import { policiesOf, routeTarget } from './namespace-policies.js';
import type { PortPolicy } from './port-policy.js';
import { noDoubts } from './port-policy.js';
import { routeKindsOf, servesRequests } from '../routes/protocol.js';
import { probePaths } from '../routes/probe-paths.js';
import type { Route } from '../routes/route-attachment.js';
import { matchWithoutMethod, undecidedPattern, unusedBecause } from '../routes/route-attachment.js';
import { compileHttpMatch, everyCall } from '../routes/route-match.js';
import type { RouteTable } from '../routes/route-table.js';
import { compileMatches, inLinkerdsOrder, refOf } from '../routes/route-table.js';
import { byAge } from './server-table.js';
import type { UnknownInput } from '../verdict.js';
import type { Endpoint, MeshView } from '../view.js';

type Server = ObjectStates['Server'];

/** Puts together what the policy controller gives to a proxy for a port, and what the proxy makes of it. */
export class PortPolicyCompiler {
  /** The same for every endpoint that the Server selects, but for the probes. */
  readonly #servers = new Map<Server, PortPolicy>();

  constructor(
    private readonly view: MeshView,
    private readonly authorizations: AuthorizationCompiler,
  ) {}

  compile(namespace: string, endpoint: Endpoint, port: number): PortPolicy {
    // a pod's labels and annotations say which Server it has, and can change while nobody looks
    const outdated = notLiveDoubt(this.view, endpoint.kind);
    const doubts = [...this.#doubtsAbout('Server', namespace), ...(outdated === undefined ? [] : [outdated])];
    if (doubts.length > 0) return ofUnknownServer(doubts);
    const policies = policiesOf(this.view, namespace);
    const [server, ...overruled] = policies?.servers.selecting(endpoint, port) ?? [];
    if (policies === undefined || server === undefined) return this.#ofDefault(endpoint, port);
    let known = this.#servers.get(server);
    if (known === undefined) this.#servers.set(server, (known = this.#ofServer(policies, server)));
    return { ...known, routes: this.#withSynthesized(known, endpoint, port), overruled };
  }

  /** No AuthorizationPolicy and no ServerAuthorization applies to a port without a Server. */
  #ofDefault(endpoint: Endpoint, port: number): PortPolicy {
    const { annotations } = endpoint;
    const mode = defaultPolicyOf(annotations, port, this.view.settings.defaultPolicy);
    const admitted = mode && this.authorizations.ofDefault(mode);
    const policy: PortPolicy = {
      server: mode && { kind: 'default', name: mode },
      protocol: isOpaque(annotations, port) ? 'opaque' : 'unknown',
      object: undefined,
      overruled: [],
      authorizations: admitted === undefined ? [] : [admitted],
      routes: [],
      rateLimit: undefined,
      doubts:
        mode === undefined
          ? { ...noDoubts, authorizations: [settingUnread('the default policy')] }
          : noDoubts,
    };
    return { ...policy, routes: this.#withSynthesized(policy, endpoint, port) };
  }

  #ofServer(policies: NamespacePolicies, server: Server): PortPolicy {
    const { namespace, name, spec } = server;
    const protocol = spec.proxyProtocol;
    const attached = attachedRoutes(policies, name, protocol);
    // the proxy refuses the policy as a whole, and nobody is admitted, not even from localhost
    const invalid = attached.some((route) => matchWithoutMethod(route) !== undefined);
    const byDefault = this.authorizations.ofDefault(spec.accessPolicy);
    const policyDoubts = this.#doubtsAbout('AuthorizationPolicy', namespace);
    return {
      server: invalid ? { kind: 'default', name: 'invalid' } : { kind: 'Server', namespace, name },
      protocol,
      object: server,
      overruled: [],
      authorizations: [
        ...this.#ofPolicies(policies, { kind: 'Server', name }, { kind: 'Namespace' }),
        ...this.#ofServerAuthorizations(policies, server),
        ...(byDefault === undefined ? [] : [byDefault]),
      ],
      routes: attached.map((route) => ({
        ref: refOf(route),
        hostnames: route.state.spec.hostnames,
        matches: compileMatches(route),
        authorizations: this.#ofPolicies(policies, routeTarget(route.kind, route.state.name)),
      })),
      rateLimit: rateLimitOf(policies, name, protocol),
      doubts: {
        server: [],
        routes: [
          ...routeKindsOf(protocol).flatMap((kind) => this.#doubtsAbout(kind, namespace)),
          ...attached.flatMap((route) => undecidedPattern(route) ?? []),
          ...policies
            .routesNaming(name)
            .filter(({ kind }) => routeKindsOf(protocol).includes(kind))
            .flatMap((route) => acceptanceDoubts(this.view, route, name)),
        ],
        authorizations: [...policyDoubts, ...this.#doubtsAbout('ServerAuthorization', namespace)],
        routeAuthorizations: policyDoubts,
      },
    };
  }

  /** Canonically in the order of their names; Linkerd has none. */
  #ofPolicies(
    policies: NamespacePolicies,
    ...targets: readonly AuthorizationTarget[]
  ): readonly Authorization[] {
    return targets
      .flatMap((target) => policies.policiesFor(target))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
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

  /**
   * Where no route is attached every request has one, and the kubelet's probes one of their own. One attached route removes both.
   * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs, mk_http_routes (read at b24cd40).
   */
  #withSynthesized({ routes, protocol }: PortPolicy, endpoint: Endpoint, port: number): RouteTable {
    if (routes.length > 0 || protocol === undefined || !servesRequests(protocol)) return routes;
    if (protocol === 'gRPC') return [{ ...everyRoute, matches: [everyCall] }];
    const paths = probePaths(endpoint, port);
    if (paths.length === 0 || !this.authorizations.admitsProbes) return [everyRoute];
    return [
      everyRoute,
      {
        ref: { kind: 'default', name: 'probe' },
        hostnames: [],
        matches: paths.map((value) =>
          compileHttpMatch({ path: { type: 'Exact', value }, method: 'GET', headers: [], queryParams: [] }),
        ),
        authorizations: [this.authorizations.ofProbes()],
      },
    ];
  }

  #doubtsAbout(kind: PolicyKind, namespace: string): readonly UnknownInput[] {
    return doubtsAbout(this.view, kind, namespace);
  }
}

const everyRoute: RouteTable[number] = {
  ref: { kind: 'default', name: 'default' },
  hostnames: [],
  matches: [compileHttpMatch({ path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] })],
  authorizations: [],
};

function ofUnknownServer(doubts: readonly UnknownInput[]): PortPolicy {
  return {
    server: undefined,
    protocol: undefined,
    object: undefined,
    overruled: [],
    authorizations: [],
    routes: [],
    rateLimit: undefined,
    doubts: { ...noDoubts, server: doubts },
  };
}

function attachedRoutes(
  policies: NamespacePolicies,
  server: string,
  protocol: ProxyProtocol,
): readonly Route[] {
  return inLinkerdsOrder(
    policies.routesNaming(server).filter((route) => unusedBecause(route, server, protocol) === undefined),
  );
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
    .filter(({ conditions }) =>
      conditions.some(({ type, status }) => type === 'Accepted' && status === 'True'),
    )
    .sort(byAge);
  return limit?.name;
}
