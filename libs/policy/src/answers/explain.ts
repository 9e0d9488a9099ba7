import type { Authorization, Satisfaction } from '../authorizations/authorization.js';
import { authenticates, inNetworks } from '../authorizations/authorization.js';
import type { Compiled } from '../authorizations/authorization-compiler.js';
import { localhost } from '../authorizations/authorization-compiler.js';
import type { AuthorizationTarget } from '../authorizations/authorization-target.js';
import { levelsOf, satisfies } from './decide.js';
import type { NamespacePolicies } from '../ports/namespace-policies.js';
import { routeTarget } from '../ports/namespace-policies.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy, UnusedRoute } from '../ports/port-policy.js';
import { isInvalid } from '../ports/port-policy.js';
import type { Client } from '../question.js';
import type { Ignored } from '../authorizations/required-authentications.js';
import type { ServedRoute } from '../routes/route-table.js';
import type { AuthorizationRef, ServerRef, UnknownInput } from '../verdict.js';

/** Why a decision is as it is, beside the decision itself. */
export interface Reasons {
  /** Every authorization that could have admitted the client, in the order in which Linkerd tries them. */
  readonly candidates: readonly Candidate[];
  /** Policy objects that mean this Server or route, and are ignored as a whole. */
  readonly ignored: readonly IgnoredPolicy[];
  /** Servers that select the port as well, and have no say since an older one governs it. */
  readonly overruled: readonly ServerRef[];
  /** Routes that name the Server as a parent, and are not in use. */
  readonly unusedRoutes: readonly UnusedRoute[];
}

export interface Candidate {
  readonly ref: AuthorizationRef;
  readonly satisfied: 'yes' | 'no' | 'unknown';
  /** What the client lacks, and what is not known. Empty where it is satisfied. */
  readonly lacks: readonly Lack[];
}

export type Lack =
  /** `given` is what the client has instead, in words. */
  | { readonly part: 'network' | 'identity'; readonly wanted: readonly string[]; readonly given: string }
  | { readonly part: 'unknown'; readonly input: UnknownInput };

export interface IgnoredPolicy {
  readonly kind: 'AuthorizationPolicy' | 'ServerAuthorization';
  readonly namespace: string;
  readonly name: string;
  readonly because: Ignored;
}

/** Why a client is or is not admitted to a port; through `route`, where the request has one. */
export function explain(
  index: PolicyIndex,
  policy: PortPolicy,
  route: ServedRoute | undefined,
  client: Client,
): Reasons {
  const { object, overruled, unusedRoutes } = policy;
  const policies = object && index.policiesOf(object.namespace);
  return {
    candidates: isInvalid(policy)
      ? []
      : levelsOf(policy, route).flatMap(({ authorizations }) =>
          authorizations.map((authorization) => candidate(authorization, client)),
        ),
    ignored:
      object === undefined || policies === undefined ? [] : ignoredPolicies(index, policies, policy, route),
    overruled: overruled.map(({ namespace, name }) => ({ kind: 'Server', namespace, name })),
    unusedRoutes,
  };
}

function candidate(authorization: Authorization, client: Client): Candidate {
  const { ref } = authorization;
  const satisfied = satisfies(authorization, client);
  if (satisfied === 'yes') return { ref, satisfied, lacks: [] };
  if (satisfied !== 'no')
    return { ref, satisfied: 'unknown', lacks: satisfied.map((input) => ({ part: 'unknown', input })) };
  return { ref, satisfied, lacks: lacksOf(authorization, client) };
}

function lacksOf(authorization: Authorization, client: Client): readonly Lack[] {
  const { networks, authentication } = authorization;
  const { address } = client;
  const inNetwork = authorization === localhost ? 'no' : inNetworks(authorization, address);
  const authenticated = authenticates(authorization, client);
  return [
    ...lackOf(inNetwork, {
      part: 'network',
      wanted: networks?.text ?? [],
      given: address?.text ?? 'an address that is not known',
    }),
    ...lackOf(authenticated, {
      part: 'identity',
      wanted: authentication.kind === 'identities' ? authentication.identities.text : ['mesh TLS'],
      given: identityInWords(client),
    }),
  ];
}

function lackOf(satisfied: Satisfaction, lack: Lack): readonly Lack[] {
  switch (satisfied) {
    case 'yes':
      return [];
    case 'no':
      return [lack];
    default:
      return satisfied.map((input) => ({ part: 'unknown', input }));
  }
}

function identityInWords({ tls }: Client): string {
  if (typeof tls === 'object') return tls.identity;
  return tls === 'anonymous' ? 'mesh TLS without a client certificate' : 'no mesh TLS';
}

function ignoredPolicies(
  index: PolicyIndex,
  policies: NamespacePolicies,
  { object }: PortPolicy,
  route: ServedRoute | undefined,
): readonly IgnoredPolicy[] {
  if (object === undefined) return [];
  const targets: readonly AuthorizationTarget[] = [
    { kind: 'Server', name: object.name },
    { kind: 'Namespace' },
    ...(route === undefined || route.ref.kind === 'default'
      ? []
      : [routeTarget(route.ref.kind, route.ref.name)]),
  ];
  return [
    ...targets
      .flatMap((target) => policies.policiesFor(target))
      .flatMap((policy) => ignoredOf('AuthorizationPolicy', policy, index.compiledPolicy(policy))),
    ...policies
      .serverAuthorizationsFor(object)
      .flatMap((authorization) =>
        ignoredOf('ServerAuthorization', authorization, index.compiledServerAuthorization(authorization)),
      ),
  ];
}

function ignoredOf(
  kind: IgnoredPolicy['kind'],
  { namespace, name }: { readonly namespace: string; readonly name: string },
  compiled: Compiled,
): readonly IgnoredPolicy[] {
  return 'ignored' in compiled ? [{ kind, namespace, name, because: compiled.ignored }] : [];
}
