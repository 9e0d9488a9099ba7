import type { ObjectStates, PolicyKind, ResourceKind } from '@mcp/mesh';
import { doubtsAbout } from '../ports/doubts.js';
import type { NamespacePolicies } from '../ports/namespace-policies.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import type { Route } from '../routes/route.js';
import type { RouteKind } from '../verdict.js';
import type { NamespaceView } from '../view.js';
import { groupBy } from './group-by.js';
import type { MeshFacts } from './mesh-facts.js';
import type { PlacedEndpoint, ServerReach } from './server-reach.js';
import { serverReaches } from './server-reach.js';

type Server = ObjectStates['Server'];

/** One namespace as the rules look at it: what is surely in it, and whether something is surely not. */
export class LintedNamespace {
  readonly name: string;
  /** By name. */
  readonly servers: ReadonlyMap<string, Server>;
  #everyPodShaped: boolean | undefined;
  #endpoints: readonly PlacedEndpoint[] | undefined;
  #routes: ReadonlyMap<string, readonly Route[]> | undefined;
  #reaches: ReadonlyMap<Server, ServerReach> | undefined;

  constructor(
    readonly index: PolicyIndex,
    readonly mesh: MeshFacts,
    readonly policies: NamespacePolicies,
  ) {
    this.name = policies.view.namespace;
    this.servers = new Map(this.objects('Server').map((server) => [server.name, server]));
  }

  get view(): NamespaceView {
    return this.policies.view;
  }

  /** The pods and external workloads that are surely there. */
  get endpoints(): readonly PlacedEndpoint[] {
    return (this.#endpoints ??= this.view.workloads.flatMap(({ ref, groups }) =>
      groups
        .filter(({ endpoint }) => !this.index.view.notLive.has(endpoint.kind))
        .map(({ endpoint }) => ({ workload: ref, endpoint })),
    ));
  }

  /** The objects that are surely there: none of a kind that may have changed by now. */
  objects<K extends PolicyKind>(kind: K): readonly ObjectStates[K][] {
    return this.index.view.notLive.has(kind) ? [] : this.view.policy[kind];
  }

  routes(): readonly Route[] {
    return (['HTTPRoute', 'GatewayHTTPRoute', 'GRPCRoute'] as const).flatMap((kind) =>
      // the compiler cannot see that kind and state belong together
      this.objects(kind).map((state) => ({ kind, state }) as Route),
    );
  }

  /** The routes of a name in lower case, in which policies compare them. */
  routesNamed(kind: RouteKind, lowerCaseName: string): readonly Route[] {
    this.#routes ??= groupBy(this.routes(), ({ kind: of, state }) => `${of}/${state.name.toLowerCase()}`);
    return this.#routes.get(`${kind}/${lowerCaseName}`) ?? [];
  }

  /** Whether what is not seen of a kind is not there. With a name: whether the one of that name is not. */
  knows(kind: ResourceKind, name?: string): boolean {
    return doubtsAbout(this.index.view, kind, this.name, name).length === 0;
  }

  /** Whether all is known that a Server could select. */
  knowsEndpointsFor({ spec: { selects } }: Server): boolean {
    if (selects === 'externalWorkloads') return this.knows('ExternalWorkload');
    if (!this.knows('Pod')) return false;
    return (this.#everyPodShaped ??= this.view.workloads.every(({ shapelessPods }) => shapelessPods === 0));
  }

  /** Undefined where the Server selects nothing, as far as that is known. */
  reachOf(server: Server): ServerReach | undefined {
    this.#reaches ??= serverReaches(this.policies.servers, this.endpoints);
    return this.#reaches.get(server);
  }

  /** Whether the Server surely governs no port. */
  isIdle(server: Server): boolean {
    return (
      this.knows('Server') &&
      this.knowsEndpointsFor(server) &&
      (this.reachOf(server)?.governs.length ?? 0) === 0
    );
  }

  /** What the proxies have for a port that the Server surely governs; undefined where there is none. */
  policyOf(server: Server): PortPolicy | undefined {
    const at = this.reachOf(server)?.governs[0];
    if (at === undefined) return undefined;
    const policy = this.index.portPolicy(this.name, at.endpoint, at.port);
    return policy.object === server ? policy : undefined;
  }
}
