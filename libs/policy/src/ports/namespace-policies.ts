import type { ObjectStates, PolicyKind } from '@mcp/mesh';
import { refersTo, selects } from '@mcp/mesh';
import type { AuthorizationTarget } from '../authorizations/authorization-target.js';
import { targetOf } from '../authorizations/authorization-target.js';
import { byName } from '../name-order.js';
import { policyGroup } from '../names.js';
import type { Route } from '../routes/route.js';
import { serverParents } from '../routes/route-attachment.js';
import { ServerTable } from './server-table.js';
import type { RouteKind } from '../verdict.js';
import type { MeshView, NamespaceView } from '../view.js';

type State<K extends PolicyKind> = ObjectStates[K];

/**
 * The policy objects of one namespace, by what they say something about. Only names are resolved here, nothing of another namespace
 * or of the settings: it holds for as long as the namespace does not change.
 */
export class NamespacePolicies {
  readonly servers: ServerTable;
  readonly #policies = new Map<string, State<'AuthorizationPolicy'>[]>();
  readonly #serverAuthorizations = new Map<string, State<'ServerAuthorization'>[]>();
  readonly #selectingAuthorizations: State<'ServerAuthorization'>[] = [];
  readonly #routes = new Map<string, Route[]>();
  readonly #rateLimits = new Map<string, State<'HTTPLocalRateLimitPolicy'>[]>();
  readonly #objects: { readonly [K in AuthenticationKind]: ReadonlyMap<string, State<K>> };

  private constructor(readonly view: NamespaceView) {
    const { policy } = view;
    this.servers = new ServerTable(policy.Server);
    for (const object of [...policy.AuthorizationPolicy].sort(byName)) {
      const target = targetOf(object.spec);
      if (target !== undefined) push(this.#policies, targetKey(target), object);
    }
    for (const object of [...policy.ServerAuthorization].sort(byName)) {
      const { name } = object.spec.server;
      if (name === undefined) this.#selectingAuthorizations.push(object);
      else push(this.#serverAuthorizations, name, object);
    }
    for (const kind of ['HTTPRoute', 'GatewayHTTPRoute', 'GRPCRoute'] as const)
      for (const state of policy[kind]) {
        // the compiler cannot see that kind and state belong together
        const route = { kind, state } as Route;
        for (const server of new Set(serverParents(route))) push(this.#routes, server, route);
      }
    for (const limit of [...policy.HTTPLocalRateLimitPolicy].sort(byName))
      if (refersTo(limit.spec.targetRef, policyGroup, 'Server'))
        push(this.#rateLimits, limit.spec.targetRef.name, limit);
    this.#objects = {
      MeshTLSAuthentication: new Map(policy.MeshTLSAuthentication.map((object) => [object.name, object])),
      NetworkAuthentication: new Map(policy.NetworkAuthentication.map((object) => [object.name, object])),
    };
  }

  static readonly #known = new WeakMap<NamespaceView, NamespacePolicies>();

  static of(view: NamespaceView): NamespacePolicies {
    let known = this.#known.get(view);
    if (known === undefined) this.#known.set(view, (known = new NamespacePolicies(view)));
    return known;
  }

  /** In the order of their names. */
  policiesFor(target: AuthorizationTarget): readonly State<'AuthorizationPolicy'>[] {
    return this.#policies.get(targetKey(target)) ?? [];
  }

  /** Those that name the Server, and those that select it by its labels; in the order of their names. */
  serverAuthorizationsFor({ name, labels }: State<'Server'>): readonly State<'ServerAuthorization'>[] {
    const selecting = this.#selectingAuthorizations.filter(
      ({ spec: { server } }) => server.selector !== undefined && selects(server.selector, labels),
    );
    return [...(this.#serverAuthorizations.get(name) ?? []), ...selecting].sort(byName);
  }

  /** Every route that names the Server as a parent, whether or not it is attached. */
  routesNaming(server: string): readonly Route[] {
    return this.#routes.get(server) ?? [];
  }

  /** In the order of their names. */
  rateLimitsOf(server: string): readonly State<'HTTPLocalRateLimitPolicy'>[] {
    return this.#rateLimits.get(server) ?? [];
  }

  authentication<K extends AuthenticationKind>(kind: K, name: string): State<K> | undefined {
    return this.#objects[kind].get(name);
  }
}

/** Undefined where nothing is known of the namespace. */
export function policiesOf({ namespaces }: MeshView, namespace: string): NamespacePolicies | undefined {
  const view = namespaces.get(namespace);
  return view && NamespacePolicies.of(view);
}

export type AuthenticationKind = 'MeshTLSAuthentication' | 'NetworkAuthentication';

/** Names of routes are compared without case. */
export function routeTarget(kind: RouteKind, name: string): AuthorizationTarget {
  return { kind, name: name.toLowerCase() };
}

function targetKey(target: AuthorizationTarget): string {
  return target.kind === 'Namespace' ? target.kind : `${target.kind}/${target.name}`;
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
