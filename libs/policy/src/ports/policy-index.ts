import type { ObjectStates } from '@mcp/mesh';
import type { Compiled } from '../authorizations/authorization-compiler.js';
import { AuthorizationCompiler } from '../authorizations/authorization-compiler.js';
import { doubtsAbout } from './doubts.js';
import { MeshIdentities } from './mesh-identities.js';
import type { AuthenticationKind, NamespacePolicies } from './namespace-policies.js';
import { policiesOf } from './namespace-policies.js';
import { PortPolicyCompiler } from './port-policy-compiler.js';
import type { PortPolicy } from './port-policy.js';
import type { UnknownInput } from '../verdict.js';
import type { Endpoint, MeshView } from '../view.js';

/**
 * Answers which policy governs a port. Cheap to make: what was worked out about a namespace that did not change is taken over from
 * the view before, and the rest is worked out when it is asked for.
 */
export class PolicyIndex {
  /** What answers are made of: the view, without the settings that may be outdated. */
  readonly view: MeshView;
  readonly identities: MeshIdentities;
  readonly #authorizations: AuthorizationCompiler;
  readonly #compiler: PortPolicyCompiler;
  readonly #ports = new Map<string, Map<Endpoint, Map<number, PortPolicy>>>();
  #portsKept = 0;

  constructor(given: MeshView) {
    const view = given.notLive.has('ControlPlane') ? withConfiguredSettings(given) : given;
    this.view = view;
    this.identities = new MeshIdentities(view.settings);
    this.#authorizations = new AuthorizationCompiler(
      view.settings,
      this.identities,
      (kind, namespace, name) => this.#authentication(kind, namespace, name),
    );
    this.#compiler = new PortPolicyCompiler(view, this.#authorizations);
  }

  /** Undefined where nothing is known of the namespace. */
  policiesOf(namespace: string): NamespacePolicies | undefined {
    return policiesOf(this.view, namespace);
  }

  /**
   * What the proxy of the endpoint is given for a TCP port, declared or not. The same object as long as it is kept: of all ports that
   * there are to ask for, not too many are.
   */
  portPolicy(namespace: string, endpoint: Endpoint, port: number): PortPolicy {
    const known = this.#ports.get(namespace)?.get(endpoint)?.get(port);
    if (known !== undefined) return known;
    const policy = this.#compiler.compile(namespace, endpoint, port);
    this.#keep(namespace, endpoint, port, policy);
    return policy;
  }

  #keep(namespace: string, endpoint: Endpoint, port: number, policy: PortPolicy): void {
    if (this.#portsKept === mostPorts) {
      this.#ports.clear();
      this.#portsKept = 0;
    }
    let endpoints = this.#ports.get(namespace);
    if (endpoints === undefined)
      this.#ports.set(namespace, (endpoints = new Map<Endpoint, Map<number, PortPolicy>>()));
    let ports = endpoints.get(endpoint);
    if (ports === undefined) endpoints.set(endpoint, (ports = new Map<number, PortPolicy>()));
    ports.set(port, policy);
    this.#portsKept += 1;
  }

  /** Who an AuthorizationPolicy admits, or why it is ignored as a whole. */
  compiledPolicy(policy: ObjectStates['AuthorizationPolicy']): Compiled {
    return this.#authorizations.ofPolicy(policy);
  }

  /** Who a ServerAuthorization admits, or why it is ignored as a whole. */
  compiledServerAuthorization(authorization: ObjectStates['ServerAuthorization']): Compiled {
    return this.#authorizations.ofServerAuthorization(authorization);
  }

  #authentication<K extends AuthenticationKind>(
    kind: K,
    namespace: string,
    name: string,
  ): { readonly state: ObjectStates[K] | undefined } | { readonly doubts: readonly UnknownInput[] } {
    const doubts = doubtsAbout(this.view, kind, namespace, name);
    return doubts.length > 0 ? { doubts } : { state: this.policiesOf(namespace)?.authentication(kind, name) };
  }
}

/** More than the ports of 10,000 workloads, in some tens of MB. */
const mostPorts = 50_000;

function withConfiguredSettings(view: MeshView): MeshView {
  const { configured = [] } = view.settings;
  const settings = Object.fromEntries(
    Object.entries(view.settings).filter(([name]) => name === 'configured' || configured.includes(name)),
  );
  return { ...view, settings };
}
