import type { AuthorizedBy, Client } from './case.js';
import type {
  AuthorizationPolicy,
  MeshTLSAuthentication,
  Network,
  Reference,
  Server,
  ServerAuthorization,
} from './kubernetes-objects.js';
import type { Mode } from './naive-default-policy.js';
import { parseMode } from './naive-default-policy.js';
import { identityMatches } from './naive-identities.js';
import { networksAreValid, networksContain } from './naive-networks.js';
import { selects } from './naive-servers.js';
import type { World } from './world.js';
import {
  compareText,
  identityOfServiceAccount,
  identitySuffix,
  namespaceOf,
  namespaceOfReference,
  ofKind,
  policyGroup,
  refersTo,
} from './world.js';

/** Who must be at the other end: anyone, anyone with mesh TLS, or a client whose identity matches a pattern. */
type RequiredClient =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'mesh TLS' }
  | { readonly kind: 'identities'; readonly patterns: readonly string[] };

/** A client satisfies it when a network contains its address and it is who must be there. */
export interface Authorization {
  readonly by: AuthorizedBy;
  readonly networks: readonly Network[];
  readonly client: RequiredClient;
}

const everywhere: readonly Network[] = [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }];

export function satisfies(world: World, client: Client, authorization: Authorization): boolean {
  return (
    networksContain(world, authorization.networks, client.ip) &&
    isRequiredClient(world, client, authorization.client)
  );
}

function isRequiredClient(world: World, client: Client, required: RequiredClient): boolean {
  switch (required.kind) {
    case 'anyone':
      return true;
    case 'mesh TLS':
      return client.kind === 'meshed';
    case 'identities':
      return identityMatches(
        world,
        required.patterns,
        client.kind === 'meshed' ? client.identity : undefined,
      );
  }
}

/** What one of the six modes admits; deny admits nobody. */
export function authorizationsOfMode(world: World, mode: Mode): Authorization[] {
  if (mode === 'deny') return [];
  const anywhere = mode === 'audit' || mode === 'all-unauthenticated' || mode === 'all-authenticated';
  const authenticated = mode === 'all-authenticated' || mode === 'cluster-authenticated';
  return [
    {
      by: { kind: 'default', namespace: '', name: mode },
      networks: anywhere ? everywhere : world.cluster.clusterNetworks.map((cidr) => ({ cidr })),
      client: authenticated ? { kind: 'identities', patterns: ['*'] } : { kind: 'anyone' },
    },
  ];
}

/** Exactly two addresses, not all of 127.0.0.0/8. */
export const localhost: Authorization = {
  by: { kind: 'default', namespace: '', name: 'localhost' },
  networks: [{ cidr: '127.0.0.1/32' }, { cidr: '::1/128' }],
  client: { kind: 'anyone' },
};

/** GET of a probe path is open to the probe networks. */
export function probeAuthorization(world: World): Authorization {
  return {
    by: { kind: 'default', namespace: '', name: 'probe' },
    networks: world.cluster.probeNetworks.map((cidr) => ({ cidr })),
    client: { kind: 'anyone' },
  };
}

/** All of the Server: policies by name, then ServerAuthorizations by name, then its access policy. */
export function authorizationsOfServer(world: World, server: Server): Authorization[] {
  return [
    ...policiesWhere(world, server, (policy) => targetsServer(world, policy, server)),
    ...serverAuthorizationsOf(world, server),
    ...accessPolicyOf(world, server),
  ];
}

/** All of a route: the policies that target it, by name. */
export function authorizationsOfRoute(
  world: World,
  route: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string },
): Authorization[] {
  return policiesWhere(
    world,
    { metadata: { name: route.name, namespace: route.namespace } },
    ({ spec: { targetRef } }) => {
      if (targetRef.kind.toLowerCase() !== route.kind.toLowerCase()) return false;
      if (targetRef.name.toLowerCase() !== route.name.toLowerCase()) return false;
      if (!refersTo(world, targetRef, route.group, route.kind)) {
        world.touched('policy-route-group');
        return false;
      }
      world.touched(targetRef.name === route.name ? 'policy-route' : 'policy-route-case');
      return true;
    },
  );
}

/** One more authorization beside the others, unless it is deny or cannot be parsed. */
function accessPolicyOf(world: World, server: Server): Authorization[] {
  const { accessPolicy } = server.spec;
  if (accessPolicy === undefined) world.touched('absent-access-policy');
  const mode = parseMode(accessPolicy ?? 'deny');
  if (mode === undefined) {
    world.touched('access-policy-unparseable');
    return [];
  }
  world.touched(`access-policy-${mode}`);
  return authorizationsOfMode(world, mode);
}

/** A Server by group, kind and exact name; or the Namespace, whose name is not compared. */
function targetsServer(world: World, policy: AuthorizationPolicy, server: Server): boolean {
  const { targetRef } = policy.spec;
  if (refersTo(world, targetRef, policyGroup, 'Server')) {
    if (targetRef.name === server.metadata.name) {
      world.touched('policy-server');
      return true;
    }
    if (targetRef.name.toLowerCase() === server.metadata.name.toLowerCase())
      world.touched('policy-server-case');
    return false;
  }
  if (refersTo(world, targetRef, '', 'Namespace')) {
    world.touched('policy-target-namespace');
    if (targetRef.name !== namespaceOf(policy)) world.touched('policy-target-other-name');
    return true;
  }
  if (!targetRef.kind.toLowerCase().endsWith('route')) world.touched('policy-target-other-group');
  return false;
}

/** The usable policies of the namespace of the target that target it, by name. */
function policiesWhere(
  world: World,
  target: { readonly metadata: { readonly name: string; readonly namespace?: string } },
  targets: (policy: AuthorizationPolicy) => boolean,
): Authorization[] {
  return ofKind(world, 'AuthorizationPolicy')
    .filter((policy) => {
      if (namespaceOf(policy) === (target.metadata.namespace ?? '')) return targets(policy);
      world.touched('policy-namespace');
      return false;
    })
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name))
    .flatMap((policy) => policyAuthorization(world, policy) ?? []);
}

/** All that the policy requires; undefined when the policy is ignored as a whole. */
function policyAuthorization(world: World, policy: AuthorizationPolicy): Authorization | undefined {
  const references = policy.spec.requiredAuthenticationRefs;
  const meshTls = references.filter((ref) => refersTo(world, ref, policyGroup, 'MeshTLSAuthentication'));
  const accounts = references.filter((ref) => refersTo(world, ref, '', 'ServiceAccount'));
  const networks = references.filter((ref) => refersTo(world, ref, policyGroup, 'NetworkAuthentication'));
  if (meshTls.length + accounts.length + networks.length < references.length) {
    world.touched('policy-other-reference');
    return undefined;
  }
  if (meshTls.length + accounts.length > 1) {
    world.touched('policy-two-identities');
    return undefined;
  }
  if (networks.length > 1) {
    world.touched('policy-two-networks');
    return undefined;
  }
  for (const reference of references) {
    if (reference.namespace === undefined) world.touched('policy-reference-namespace');
    else if (reference.namespace !== namespaceOf(policy)) world.touched('policy-reference-elsewhere');
  }

  let client: RequiredClient = { kind: 'anyone' };
  const [account] = accounts;
  const [authentication] = meshTls;
  if (account !== undefined) {
    world.touched('policy-service-account');
    const identity = identityOfServiceAccount(world, account.name, namespaceOfReference(account, policy));
    client = { kind: 'identities', patterns: [identity] };
  } else if (authentication !== undefined) {
    const patterns = patternsOf(world, policy, authentication);
    if (patterns === undefined) return undefined;
    client = { kind: 'identities', patterns };
  }

  let from = everywhere;
  const [network] = networks;
  if (network !== undefined) {
    const required = networksOf(world, policy, network);
    if (required === undefined) return undefined;
    from = required;
  }

  if (references.length === 0) world.touched('policy-open');
  else if (client.kind === 'anyone') world.touched('policy-network-only');
  else world.touched(network === undefined ? 'policy-identity-only' : 'policy-all-required');
  const by = {
    kind: 'AuthorizationPolicy',
    namespace: namespaceOf(policy),
    name: policy.metadata.name,
  } as const;
  return { by, networks: from, client };
}

/** The patterns of the MeshTLSAuthentication; undefined when it is missing or invalid. */
function patternsOf(world: World, policy: AuthorizationPolicy, ref: Reference): string[] | undefined {
  const authentication = ofKind(world, 'MeshTLSAuthentication').find(
    (other) => other.metadata.name === ref.name && namespaceOf(other) === namespaceOfReference(ref, policy),
  );
  if (authentication === undefined) {
    world.touched('policy-missing-reference');
    return undefined;
  }
  const patterns = patternsOfAuthentication(world, authentication);
  if (patterns === undefined) world.touched('policy-invalid-reference');
  return patterns;
}

/** Identities as they are; a ServiceAccount's exact identity; every identity of a Namespace. */
function patternsOfAuthentication(world: World, authentication: MeshTLSAuthentication): string[] | undefined {
  const { identities = [], identityRefs = [] } = authentication.spec;
  const patterns = [...identities];
  if (identities.length > 0) world.touched('authentication-identities');
  for (const ref of identityRefs) {
    if (refersTo(world, ref, '', 'ServiceAccount')) {
      world.touched('authentication-account');
      if (ref.namespace === undefined) world.touched('authentication-account-namespace');
      patterns.push(identityOfServiceAccount(world, ref.name, namespaceOfReference(ref, authentication)));
    } else if (refersTo(world, ref, '', 'Namespace')) {
      world.touched('authentication-namespace');
      patterns.push(`*.${ref.name}.${identitySuffix(world)}`);
    } else {
      world.touched('authentication-other-reference');
      return undefined;
    }
  }
  return patterns.length === 0 ? undefined : patterns;
}

/** The networks of the NetworkAuthentication; undefined when it is missing or invalid. */
function networksOf(
  world: World,
  policy: AuthorizationPolicy,
  ref: Reference,
): readonly Network[] | undefined {
  const authentication = ofKind(world, 'NetworkAuthentication').find(
    (other) => other.metadata.name === ref.name && namespaceOf(other) === namespaceOfReference(ref, policy),
  );
  if (authentication === undefined) {
    world.touched('policy-missing-reference');
    return undefined;
  }
  if (!networksAreValid(authentication.spec.networks)) {
    world.touched('authentication-bad-network');
    world.touched('policy-invalid-reference');
    return undefined;
  }
  return authentication.spec.networks;
}

/** The usable ServerAuthorizations of the namespace that name or select the Server, by name. */
function serverAuthorizationsOf(world: World, server: Server): Authorization[] {
  return ofKind(world, 'ServerAuthorization')
    .filter((authorization) => {
      if (namespaceOf(authorization) === namespaceOf(server)) return appliesTo(world, authorization, server);
      world.touched('server-authorization-namespace');
      return false;
    })
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name))
    .flatMap((authorization) => serverAuthorization(world, authorization) ?? []);
}

/** By name if it has one, else by the labels of the Server. */
function appliesTo(world: World, authorization: ServerAuthorization, server: Server): boolean {
  const { name, selector } = authorization.spec.server;
  if (name !== undefined) {
    if (selector !== undefined) world.touched('server-authorization-name-first');
    if (name === server.metadata.name) world.touched('server-authorization-name');
    return name === server.metadata.name;
  }
  const selected = selector !== undefined && selects(world, selector, server.metadata.labels);
  if (selected) world.touched('server-authorization-selector');
  return selected;
}

/** Its client in its networks, or in those of the cluster; undefined when the object is ignored. */
function serverAuthorization(world: World, authorization: ServerAuthorization): Authorization | undefined {
  const client = clientOf(world, authorization);
  if (client === undefined) {
    world.touched('server-authorization-no-client');
    return undefined;
  }
  const own = authorization.spec.client.networks ?? [];
  if (!networksAreValid(own)) {
    world.touched('server-authorization-bad-network');
    return undefined;
  }
  world.touched(own.length === 0 ? 'server-authorization-cluster-networks' : 'server-authorization-networks');
  return {
    by: {
      kind: 'ServerAuthorization',
      namespace: namespaceOf(authorization),
      name: authorization.metadata.name,
    },
    networks: own.length === 0 ? world.cluster.clusterNetworks.map((cidr) => ({ cidr })) : own,
    client,
  };
}

/** Unauthenticated first, then anonymous mesh TLS, then identities and service accounts together. */
function clientOf(world: World, authorization: ServerAuthorization): RequiredClient | undefined {
  const { unauthenticated = false, meshTLS = {} } = authorization.spec.client;
  if (unauthenticated) {
    world.touched('server-authorization-unauthenticated');
    return { kind: 'anyone' };
  }
  const { unauthenticatedTLS = false, identities = [], serviceAccounts = [] } = meshTLS;
  if (unauthenticatedTLS) {
    world.touched('server-authorization-anonymous');
    return { kind: 'mesh TLS' };
  }
  if (identities.length > 0) world.touched('server-authorization-identities');
  if (serviceAccounts.length > 0) world.touched('server-authorization-accounts');
  const accounts = serviceAccounts.map(({ name, namespace }) => {
    if (namespace === undefined) world.touched('server-authorization-account-namespace');
    return identityOfServiceAccount(world, name, namespace ?? namespaceOf(authorization));
  });
  const patterns = [...identities, ...accounts];
  return patterns.length === 0 ? undefined : { kind: 'identities', patterns };
}
