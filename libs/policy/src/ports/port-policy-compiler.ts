import type { ObjectStates } from '@mcp/mesh';
import type { AuthorizationCompiler } from '../authorizations/authorization-compiler.js';
import { defaultPolicyOf, isOpaque } from './default-policy.js';
import { doubtsAbout, notLiveDoubt } from './doubts.js';
import { KeptServers } from './kept-servers.js';
import { settingUnread } from './mesh-identities.js';
import type { NamespacePolicies } from './namespace-policies.js';
import { policiesOf } from './namespace-policies.js';
import type { PortPolicy } from './port-policy.js';
import { noDoubts } from './port-policy.js';
import type { ServerPolicy } from './server-compiler.js';
import { ServerCompiler } from './server-compiler.js';
import { servesRequests } from '../routes/protocol.js';
import { probePaths } from '../routes/probe-paths.js';
import { compileHttpMatch, everyCall } from '../routes/route-match.js';
import type { PortRoutes, RouteTable } from '../routes/route-table.js';
import type { UnknownInput } from '../verdict.js';
import type { Endpoint, MeshView } from '../view.js';

type Server = ObjectStates['Server'];

/** Puts together what the policy controller gives to a proxy for a port, and what the proxy makes of it. */
export class PortPolicyCompiler {
  readonly #compiler: ServerCompiler;
  readonly #kept: KeptServers;
  readonly #servers = new Map<Server, ServerPolicy>();

  constructor(
    private readonly view: MeshView,
    private readonly authorizations: AuthorizationCompiler,
  ) {
    this.#compiler = new ServerCompiler(view, authorizations);
    this.#kept = new KeptServers(view);
  }

  compile(namespace: string, endpoint: Endpoint, port: number): PortPolicy {
    // a pod's labels and annotations say which Server it has, and can change while nobody looks
    const outdated = notLiveDoubt(this.view, endpoint.kind);
    const doubts = [
      ...doubtsAbout(this.view, 'Server', namespace),
      ...(outdated === undefined ? [] : [outdated]),
    ];
    if (doubts.length > 0) return ofUnknownServer(doubts);
    const policies = policiesOf(this.view, namespace);
    const [server, ...overruled] = policies?.servers.selecting(endpoint, port) ?? [];
    if (policies === undefined || server === undefined) return this.#ofDefault(endpoint, port);
    const known = this.#ofServer(policies, server);
    return { ...known, ...this.#routesAt(known, endpoint, port), overruled };
  }

  #ofServer(policies: NamespacePolicies, server: Server): ServerPolicy {
    let known = this.#servers.get(server);
    if (known === undefined) {
      known = this.#kept.get(policies.view, server, () => this.#compiler.compile(policies, server));
      this.#servers.set(server, known);
    }
    return known;
  }

  /** No AuthorizationPolicy and no ServerAuthorization applies to a port without a Server. */
  #ofDefault(endpoint: Endpoint, port: number): PortPolicy {
    const { annotations } = endpoint;
    const mode = defaultPolicyOf(annotations, port, this.view.settings.defaultPolicy);
    const admitted = mode && this.authorizations.ofDefault(mode);
    const policy: ServerPolicy = {
      ...nothingKnown,
      server: mode && { kind: 'default', name: mode },
      protocol: isOpaque(annotations, port) ? 'opaque' : 'unknown',
      authorizations: admitted === undefined ? [] : [admitted],
      doubts:
        mode === undefined
          ? { ...noDoubts, authorizations: [settingUnread('the default policy')] }
          : noDoubts,
    };
    return { ...policy, ...this.#routesAt(policy, endpoint, port), overruled: [] };
  }

  /**
   * Where no route is attached every request has one, and the kubelet's probes one of their own. One attached route removes both.
   * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs, mk_http_routes (read at b24cd40).
   */
  #routesAt({ routes, protocol }: ServerPolicy, endpoint: Endpoint, port: number): PortRoutes {
    if (protocol === undefined || !servesRequests(protocol)) return { routes, routesIfDropped: [] };
    if (routes.some(({ mayBeDropped }) => mayBeDropped === undefined)) return { routes, routesIfDropped: [] };
    const synthesized = protocol === 'gRPC' ? everyCallRouted : this.#everyRequestRouted(endpoint, port);
    return routes.length === 0
      ? { routes: synthesized, routesIfDropped: [] }
      : { routes, routesIfDropped: synthesized };
  }

  #everyRequestRouted(endpoint: Endpoint, port: number): RouteTable {
    const paths = probePaths(endpoint, port);
    if (paths.length === 0 || !this.authorizations.admitsProbes) return everyRequestRouted;
    return [
      ...everyRequestRouted,
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
}

const everyRoute = { ref: { kind: 'default', name: 'default' }, hostnames: [], authorizations: [] } as const;
const everyCallRouted: RouteTable = [{ ...everyRoute, matches: [everyCall] }];
const everyRequestRouted: RouteTable = [
  {
    ...everyRoute,
    matches: [compileHttpMatch({ path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] })],
  },
];

const nothingKnown: PortPolicy = {
  server: undefined,
  protocol: undefined,
  object: undefined,
  overruled: [],
  authorizations: [],
  routes: [],
  routesIfDropped: [],
  unusedRoutes: [],
  rateLimit: undefined,
  doubts: noDoubts,
};

function ofUnknownServer(doubts: readonly UnknownInput[]): PortPolicy {
  return { ...nothingKnown, doubts: { ...noDoubts, server: doubts } };
}
