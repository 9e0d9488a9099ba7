import type { ObjectStates } from '@mcp/mesh';
import type { ServerPolicy } from './server-compiler.js';
import type { MeshView, NamespaceView, PolicyObjects } from '../view.js';

type Server = ObjectStates['Server'];

/**
 * What Servers were compiled to, kept from one view of the mesh to the next. One is taken over only where all that it is made of is
 * the same: the policy objects of its namespace, and those that cannot be read; the authentications of every namespace that policies
 * there refer to; and, by their text, the settings, which kinds are live and which namespaces are looked at.
 */
export class KeptServers {
  readonly #circumstances: string;
  readonly #madeOf = new Map<NamespaceView, readonly unknown[]>();

  constructor(private readonly view: MeshView) {
    const { settings, notLive, scope } = view;
    this.#circumstances = JSON.stringify([settings, [...notLive], scope]);
  }

  get(home: NamespaceView, server: Server, compile: () => ServerPolicy): ServerPolicy {
    let madeOf = this.#madeOf.get(home);
    if (madeOf === undefined) {
      madeOf = [this.#circumstances, home.namespace, home.unreadable, ...this.#authenticationsFor(home)];
      this.#madeOf.set(home, madeOf);
    }
    let servers = kept.get(home.policy);
    if (servers === undefined) kept.set(home.policy, (servers = new Map<Server, Kept>()));
    const known = servers.get(server);
    if (known !== undefined && isSame(known.madeOf, madeOf)) return known.policy;
    const policy = compile();
    servers.set(server, { madeOf, policy });
    return policy;
  }

  /** All that can be looked up for its policies. */
  #authenticationsFor({ namespace, policy: { AuthorizationPolicy } }: NamespaceView): readonly unknown[] {
    const referred = AuthorizationPolicy.flatMap(({ spec }) =>
      spec.requiredAuthenticationRefs.map((ref) => ref.namespace ?? namespace),
    );
    return [...new Set(referred)].flatMap((name) => {
      const there = this.view.namespaces.get(name);
      return [there?.unreadable, there?.policy.MeshTLSAuthentication, there?.policy.NetworkAuthentication];
    });
  }
}

interface Kept {
  readonly madeOf: readonly unknown[];
  readonly policy: ServerPolicy;
}

const kept = new WeakMap<PolicyObjects, Map<Server, Kept>>();

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}
