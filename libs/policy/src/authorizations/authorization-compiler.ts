import type { DefaultPolicy, Network, ObjectStates } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { targetOf } from './authorization-target.js';
import type { Authorization, RequiredAuthentication } from './authorization.js';
import { constantNetworks, networksOfSetting } from './cidr-networks.js';
import { compileIdentityPatterns } from '../matching/identity-pattern.js';
import type { MeshIdentities } from '../ports/mesh-identities.js';
import { settingUnread } from '../ports/mesh-identities.js';
import type { AuthenticationKind } from '../ports/namespace-policies.js';
import type { NetworkSet } from '../matching/network.js';
import { compileNetworks } from '../matching/network.js';
import type { Ignored, RequiredIdentity } from './required-authentications.js';
import { requiredAuthentications } from './required-authentications.js';
import type { AuthorizationRef, UnknownInput } from '../verdict.js';
import type { MeshSettings } from '../view.js';

/** Finds an authentication anywhere in the mesh, or says why it cannot be known whether there is one. */
export type FindAuthentication = <K extends AuthenticationKind>(
  kind: K,
  namespace: string,
  name: string,
) => { readonly state: ObjectStates[K] | undefined } | { readonly doubts: readonly UnknownInput[] };

export type Compiled = { readonly authorization: Authorization } | { readonly ignored: Ignored };

/**
 * Who is admitted by the objects and settings that say so.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/{authorization_policy,server_authorization,index}.rs, defaults.rs, and
 * policy-controller/grpc/src/inbound.rs, to_authz (read at b24cd40).
 */
export class AuthorizationCompiler {
  readonly #clusterNetworks: NetworkSet | undefined;
  readonly #probeNetworks: NetworkSet | undefined;
  readonly #policies = new Map<ObjectStates['AuthorizationPolicy'], Compiled>();

  constructor(
    settings: MeshSettings,
    private readonly identities: MeshIdentities,
    private readonly find: FindAuthentication,
  ) {
    this.#clusterNetworks = networksOfSetting(settings.clusterNetworks);
    this.#probeNetworks = networksOfSetting(settings.probeNetworks);
  }

  /** Whether the kubelet's probes are let in at all; a setting that is not known may let them in. */
  get admitsProbes(): boolean {
    return this.#probeNetworks === undefined || this.#probeNetworks.text.length > 0;
  }

  /** All references must hold. Without any, everyone is admitted; without one to networks, every address. */
  ofPolicy(policy: ObjectStates['AuthorizationPolicy']): Compiled {
    let known = this.#policies.get(policy);
    if (known === undefined) this.#policies.set(policy, (known = this.#compile(policy)));
    return known;
  }

  #compile({ namespace, name, spec }: ObjectStates['AuthorizationPolicy']): Compiled {
    const { kind, group } = spec.targetRef;
    if (targetOf(spec) === undefined)
      return ignored('TARGET_KIND_UNKNOWN', `${kind} of group "${group}" cannot be a target`);
    const required = requiredAuthentications(spec, namespace);
    if ('ignored' in required) return required;
    const authentication: Part<RequiredAuthentication> =
      required.identity === undefined
        ? { value: { kind: 'none' }, doubts: [] }
        : this.#identities(required.identity);
    if ('ignored' in authentication) return authentication;
    const networks: Part<NetworkSet | undefined> =
      required.network === undefined ? { value: everyNetwork, doubts: [] } : this.#networks(required.network);
    if ('ignored' in networks) return networks;
    return {
      authorization: {
        ref: { kind: 'AuthorizationPolicy', namespace, name },
        networks: networks.value,
        authentication: authentication.value,
        doubts: [...authentication.doubts, ...networks.doubts],
      },
    };
  }

  /** Without networks of its own it admits the cluster networks, other than a policy. */
  ofServerAuthorization({ namespace, name, spec }: ObjectStates['ServerAuthorization']): Compiled {
    const ref: AuthorizationRef = { kind: 'ServerAuthorization', namespace, name };
    const { unauthenticated, meshTLS, networks: written } = spec.client;
    const networks: Part<NetworkSet | undefined> =
      written.length === 0 ? this.#ofCluster() : readNetworks(written);
    if ('ignored' in networks) return networks;
    const admitting = (
      authentication: RequiredAuthentication,
      doubts: readonly UnknownInput[] = [],
    ): Compiled => ({
      authorization: {
        ref,
        networks: networks.value,
        authentication,
        doubts: [...doubts, ...networks.doubts],
      },
    });
    if (unauthenticated) return admitting({ kind: 'none' });
    if (meshTLS?.unauthenticatedTLS === true) return admitting({ kind: 'tls' });
    const accounts = meshTLS?.serviceAccounts ?? [];
    const patterns = [
      ...(meshTLS?.identities ?? []),
      ...accounts.map((account) =>
        this.identities.ofServiceAccount(account.namespace ?? namespace, account.name),
      ),
    ];
    if (patterns.length === 0) return ignored('NO_CLIENT', 'it names no client');
    const { value, doubts } = this.#patterns(patterns);
    return admitting(value, doubts);
  }

  /** Undefined for `deny`, which admits nobody. */
  ofDefault(name: DefaultPolicy): Authorization | undefined {
    if (name === 'deny') return undefined;
    const { value, doubts } =
      name === 'cluster-authenticated' || name === 'cluster-unauthenticated'
        ? this.#ofCluster()
        : { value: everyNetwork, doubts: [] };
    const authentication: RequiredAuthentication =
      name === 'all-authenticated' || name === 'cluster-authenticated' ? anyIdentity : { kind: 'none' };
    return { ref: { kind: 'default', name }, networks: value, authentication, doubts };
  }

  ofProbes(): Authorization {
    return {
      ref: { kind: 'default', name: 'probe' },
      networks: this.#probeNetworks,
      authentication: { kind: 'none' },
      doubts: this.#probeNetworks === undefined ? [settingUnread('the probe networks')] : [],
    };
  }

  #ofCluster() {
    return {
      value: this.#clusterNetworks,
      doubts: this.#clusterNetworks === undefined ? [settingUnread('the cluster networks')] : [],
    };
  }

  #identities({ kind, namespace, name }: RequiredIdentity): Part<RequiredAuthentication> {
    if (kind === 'ServiceAccount') return this.#patterns([this.identities.ofServiceAccount(namespace, name)]);
    const found = this.find(kind, namespace, name);
    if ('doubts' in found) return { value: nobodyKnown, doubts: found.doubts };
    if (found.state === undefined) return missing(kind, namespace, name);
    const { identities, identityRefs } = found.state.spec;
    const patterns: (string | undefined)[] = [...identities];
    for (const ref of identityRefs) {
      if (refersTo(ref, '', 'ServiceAccount'))
        patterns.push(this.identities.ofServiceAccount(ref.namespace ?? namespace, ref.name));
      else if (refersTo(ref, '', 'Namespace')) patterns.push(this.identities.ofNamespace(ref.name));
      else return invalid(kind, namespace, name, `${ref.kind} of group "${ref.group}" has no identity`);
    }
    if (patterns.length === 0) return invalid(kind, namespace, name, 'it names no identity');
    return this.#patterns(patterns);
  }

  /** Undefined stands for a pattern that cannot be known. */
  #patterns(patterns: readonly (string | undefined)[]): Known<RequiredAuthentication> {
    const known = patterns.filter((pattern) => pattern !== undefined);
    const complete = known.length === patterns.length;
    return {
      value: { kind: 'identities', identities: compileIdentityPatterns(known), complete },
      doubts: complete ? [] : this.identities.doubts,
    };
  }

  #networks({
    namespace,
    name,
  }: {
    readonly namespace: string;
    readonly name: string;
  }): Part<NetworkSet | undefined> {
    const kind = 'NetworkAuthentication';
    const found = this.find(kind, namespace, name);
    if ('doubts' in found) return { value: undefined, doubts: found.doubts };
    if (found.state === undefined) return missing(kind, namespace, name);
    const written = found.state.spec.networks;
    if (written.length === 0) return invalid(kind, namespace, name, 'it names no network');
    const networks = readNetworks(written);
    return 'ignored' in networks ? invalid(kind, namespace, name, networks.ignored.message) : networks;
  }
}

interface Known<T> {
  readonly value: T;
  readonly doubts: readonly UnknownInput[];
}

/** A part of an authorization, or why the whole of it is ignored. */
type Part<T> = Known<T> | { readonly ignored: Ignored };

function readNetworks(written: readonly Network[]): Part<NetworkSet> {
  const networks = compileNetworks(written);
  return 'invalid' in networks
    ? ignored('NETWORK_UNREADABLE', `${networks.invalid} is not a network`)
    : { value: networks, doubts: [] };
}

const everyNetwork = constantNetworks('0.0.0.0/0', '::/0');
const anyIdentity: RequiredAuthentication = {
  kind: 'identities',
  identities: compileIdentityPatterns(['*']),
  complete: true,
};
const nobodyKnown: RequiredAuthentication = {
  kind: 'identities',
  identities: compileIdentityPatterns([]),
  complete: false,
};

/**
 * What the proxy adds to every policy, and tries last. Not the whole of 127.0.0.0/8.
 * Source: linkerd2-proxy linkerd/app/inbound/src/policy.rs (read at 29637b6).
 */
export const localhost: Authorization = {
  ref: { kind: 'default', name: 'localhost' },
  networks: constantNetworks('127.0.0.1/32', '::1/128'),
  authentication: { kind: 'none' },
  doubts: [],
};

function ignored(code: Ignored['code'], message: string): { readonly ignored: Ignored } {
  return { ignored: { code, message } };
}

function missing(kind: AuthenticationKind, namespace: string, name: string): { readonly ignored: Ignored } {
  return ignored('AUTHENTICATION_MISSING', `there is no ${kind} ${namespace}/${name}`);
}

function invalid(
  kind: AuthenticationKind,
  namespace: string,
  name: string,
  why: string,
): { readonly ignored: Ignored } {
  return ignored('AUTHENTICATION_INVALID', `${kind} ${namespace}/${name} is ignored: ${why}`);
}
