import type {
  AuthorizationPolicySpec,
  BackendReference,
  EgressNetworkSpec,
  FieldOwner,
  GrpcRouteMatch,
  GrpcRouteRule,
  GrpcRouteSpec,
  HttpLocalRateLimitPolicySpec,
  HttpRouteMatch,
  HttpRouteRule,
  HttpRouteSpec,
  MeshTLSAuthenticationSpec,
  Network,
  NetworkAuthenticationSpec,
  ObjectReference,
  ParentReference,
  PolicyObjectState,
  ReportedCondition,
  RouteFilter,
  ServerAuthorizationSpec,
  ServerSpec,
  ValueMatch,
} from '@mcp/mesh';
import { defaultPolicies, proxyProtocols } from '@mcp/mesh';
import { identityFields, labels, labelSelector } from './objects.js';
import type { Schema } from './schema.js';
import { anything, boolean, either, list, number, object, oneOf, optional, text } from './schema.js';

type Part<T, K extends keyof T> = NonNullable<T[K]>;

const fieldOwner = object<FieldOwner>({
  manager: text,
  operation: oneOf(['Apply', 'Update']),
  at: optional(number),
  paths: list(text),
});

const condition = object<ReportedCondition>({
  controllerName: text,
  parent: object<ReportedCondition['parent']>({
    group: text,
    kind: text,
    namespace: optional(text),
    name: text,
  }),
  type: text,
  status: text,
  reason: text,
});

export function policyObject<Spec extends object>(spec: Schema<Spec>): Schema<PolicyObjectState<Spec>> {
  const schema = object<PolicyObjectState<object>>({
    ...identityFields,
    labels,
    spec,
    unmodelled: optional(list(text)),
    fieldOwners: list(fieldOwner),
    change: optional(object<Part<PolicyObjectState<object>, 'change'>>({ id: text, revision: number })),
    gitOps: optional(text),
    conditions: list(condition),
  });
  // the schema of `spec` is the given one
  return schema as Schema<PolicyObjectState<Spec>>;
}

const reference = object<ObjectReference>({ group: text, kind: text, name: text, namespace: optional(text) });
const network = object<Network>({ cidr: text, except: list(text) });

export const serverSpec = object<ServerSpec>({
  selects: oneOf(['pods', 'externalWorkloads']),
  selector: labelSelector,
  port: either(number, text),
  proxyProtocol: oneOf(proxyProtocols),
  accessPolicy: oneOf(defaultPolicies),
});

type Client = ServerAuthorizationSpec['client'];
type MeshTLS = Part<Client, 'meshTLS'>;

export const serverAuthorizationSpec = object<ServerAuthorizationSpec>({
  server: object<ServerAuthorizationSpec['server']>({
    name: optional(text),
    selector: optional(labelSelector),
  }),
  client: object<Client>({
    networks: list(network),
    unauthenticated: boolean,
    meshTLS: optional(
      object<MeshTLS>({
        unauthenticatedTLS: boolean,
        identities: list(text),
        serviceAccounts: list(
          object<MeshTLS['serviceAccounts'][number]>({ name: text, namespace: optional(text) }),
        ),
      }),
    ),
  }),
});

export const authorizationPolicySpec = object<AuthorizationPolicySpec>({
  targetRef: reference,
  requiredAuthenticationRefs: list(reference),
});

export const meshTLSAuthenticationSpec = object<MeshTLSAuthenticationSpec>({
  identities: list(text),
  identityRefs: list(reference),
});

export const networkAuthenticationSpec = object<NetworkAuthenticationSpec>({ networks: list(network) });

const parentReference = object<ParentReference>({
  group: text,
  kind: text,
  name: text,
  namespace: optional(text),
  port: optional(number),
  sectionName: optional(text),
});

const backendReference = object<BackendReference>({
  group: text,
  kind: text,
  name: text,
  namespace: optional(text),
  port: optional(number),
  weight: number,
});

const matchType = oneOf(['Exact', 'RegularExpression']);
const valueMatch = object<ValueMatch>({ type: matchType, name: text, value: text });
const routeFilter = object<RouteFilter>({ type: text, detail: optional(anything) });

const httpMatch = object<HttpRouteMatch>({
  path: optional(
    object<Part<HttpRouteMatch, 'path'>>({
      type: oneOf(['Exact', 'PathPrefix', 'RegularExpression']),
      value: text,
    }),
  ),
  headers: list(valueMatch),
  queryParams: list(valueMatch),
  method: optional(text),
});

export const httpRouteSpec = object<HttpRouteSpec>({
  parentRefs: list(parentReference),
  hostnames: list(text),
  rules: list(
    object<HttpRouteRule>({
      matches: list(httpMatch),
      filters: list(routeFilter),
      backendRefs: list(backendReference),
      timeouts: optional(
        object<Part<HttpRouteRule, 'timeouts'>>({
          request: optional(text),
          backendRequest: optional(text),
        }),
      ),
    }),
  ),
});

const grpcMatch = object<GrpcRouteMatch>({
  method: optional(
    object<Part<GrpcRouteMatch, 'method'>>({
      type: matchType,
      service: optional(text),
      method: optional(text),
    }),
  ),
  headers: list(valueMatch),
});

export const grpcRouteSpec = object<GrpcRouteSpec>({
  parentRefs: list(parentReference),
  hostnames: list(text),
  rules: list(
    object<GrpcRouteRule>({
      matches: list(grpcMatch),
      filters: list(routeFilter),
      backendRefs: list(backendReference),
    }),
  ),
});

export const rateLimitSpec = object<HttpLocalRateLimitPolicySpec>({
  targetRef: reference,
  totalRequestsPerSecond: number,
  identityRequestsPerSecond: number,
  overrides: list(
    object<HttpLocalRateLimitPolicySpec['overrides'][number]>({
      requestsPerSecond: number,
      clientRefs: list(reference),
    }),
  ),
});

export const egressNetworkSpec = object<EgressNetworkSpec>({
  trafficPolicy: oneOf(['Allow', 'Deny']),
  networks: optional(list(network)),
});
