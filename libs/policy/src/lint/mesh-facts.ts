import type { ObjectStates } from '@mcp/mesh';
import { doubtsAbout } from '../ports/doubts.js';
import { isUri } from '../matching/identity-pattern.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import { authenticationKind } from '../authorizations/required-authentications.js';
import { parentsOf } from '../statuses/route-status.js';
import type { Named } from '../statuses/status-condition.js';
import type { NamespaceView } from '../view.js';
import { groupBy } from './group-by.js';

/** An external workload whose identity is a URI. */
export interface SpiffeClient extends Named {
  readonly identity: string;
}

interface GrpcParent {
  /** Namespace and name. */
  readonly server: string;
  readonly route: ObjectStates['GRPCRoute'];
}

/** What rules need to know of other namespaces. Worked out once for a lint, when it is first asked for. */
export class MeshFacts {
  #spiffe: ReadonlyMap<string, readonly SpiffeClient[]> | undefined;
  #grpcParents: ReadonlyMap<string, readonly GrpcParent[]> | undefined;
  #used: ReadonlySet<string> | undefined;
  #everyPolicyKnown: boolean | undefined;
  readonly #accounts = new Map<NamespaceView, ReadonlySet<string>>();

  constructor(private readonly index: PolicyIndex) {}

  /** By namespace. */
  get spiffeClients(): ReadonlyMap<string, readonly SpiffeClient[]> {
    return (this.#spiffe ??= groupBy(this.#findSpiffeClients(), ({ namespace }) => namespace));
  }

  /** The GRPCRoutes of any namespace that name a Server as their parent. */
  grpcRoutesNaming({ namespace, name }: Named): readonly ObjectStates['GRPCRoute'][] {
    this.#grpcParents ??= groupBy(this.#findGrpcParents(), ({ server }) => server);
    return (this.#grpcParents.get(`${namespace}/${name}`) ?? []).map(({ route }) => route);
  }

  /** Whether a policy requires the authentication; undefined where some policy may that is not known. */
  isRequired(kind: string, namespace: string, name: string): boolean | undefined {
    this.#used ??= this.#findRequired();
    if (this.#used.has(`${kind}/${namespace}/${name}`)) return true;
    this.#everyPolicyKnown ??= this.#knowsEveryPolicy();
    return this.#everyPolicyKnown ? false : undefined;
  }

  /** Undefined where it is not known. Pods may run as an account that is not listed, as the files of a mesh often leave it out. */
  hasServiceAccount(namespace: string, name: string): boolean | undefined {
    const view = this.index.view.namespaces.get(namespace);
    if (view !== undefined && this.#accountsOf(view).has(name)) return true;
    const doubtful =
      this.index.view.notLive.has('Pod') ||
      doubtsAbout(this.index.view, 'ServiceAccount', namespace).length > 0 ||
      (view?.workloads.some(({ shapelessPods }) => shapelessPods > 0) ?? false);
    return doubtful ? undefined : false;
  }

  /** Undefined where it is not known. */
  hasNamespace(name: string): boolean | undefined {
    if (this.index.view.namespaces.has(name)) return true;
    return doubtsAbout(this.index.view, 'Namespace', name).length > 0 ? undefined : false;
  }

  #accountsOf(view: NamespaceView): ReadonlySet<string> {
    let known = this.#accounts.get(view);
    if (known === undefined) {
      const running = view.workloads.flatMap(({ groups }) =>
        groups.flatMap(({ endpoint: { runsAs } }) =>
          'serviceAccount' in runsAs ? [runsAs.serviceAccount] : [],
        ),
      );
      // every namespace has it, also where no file says so
      known = new Set(['default', ...view.serviceAccounts, ...running]);
      this.#accounts.set(view, known);
    }
    return known;
  }

  *#findSpiffeClients(): Iterable<SpiffeClient> {
    const { notLive, namespaces } = this.index.view;
    if (notLive.has('ExternalWorkload')) return;
    for (const { namespace, workloads } of namespaces.values())
      for (const { ref, groups } of workloads)
        for (const { runsAs } of groups.map(({ endpoint }) => endpoint))
          if ('identity' in runsAs && isUri(runsAs.identity))
            yield { namespace, name: ref.name, identity: runsAs.identity };
  }

  *#findGrpcParents(): Iterable<GrpcParent> {
    const { notLive, namespaces } = this.index.view;
    if (notLive.has('GRPCRoute')) return;
    for (const { policy } of namespaces.values())
      for (const route of policy.GRPCRoute)
        for (const { kind, namespace, name } of parentsOf(route))
          if (kind === 'Server') yield { server: `${namespace}/${name}`, route };
  }

  #findRequired(): ReadonlySet<string> {
    const used = new Set<string>();
    for (const { policy } of this.index.view.namespaces.values())
      for (const { namespace, spec } of policy.AuthorizationPolicy)
        for (const ref of spec.requiredAuthenticationRefs) {
          const kind = authenticationKind(ref);
          if (kind !== undefined) used.add(`${kind}/${ref.namespace ?? namespace}/${ref.name}`);
        }
    return used;
  }

  #knowsEveryPolicy(): boolean {
    const { view } = this.index;
    return (
      view.scope === 'all' &&
      [...view.namespaces.keys()].every((name) => doubtsAbout(view, 'AuthorizationPolicy', name).length === 0)
    );
  }
}
