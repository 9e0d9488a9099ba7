import { managedKinds, type ManagedKind } from '@mcp/events';
import type { HttpRouteSpec, ObjectStates, ParentReference } from '@mcp/mesh';

/** Two specs of one kind that differ in one field. */
export interface SpecPair<Spec = ObjectStates[ManagedKind]['spec']> {
  readonly one: Spec;
  readonly other: Spec;
  /** The field, as owners and conflicts name it. */
  readonly field: string;
}

const server = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
const client = { group: '', kind: 'ServiceAccount', name: 'client', namespace: 'edge' };
const header = { type: 'Exact', name: 'x-tenant', value: 'a' } as const;
const filters = [
  { type: 'RequestHeaderModifier', detail: { set: [{ name: 'x-seen', value: '1' }] } },
] as const;
const backendRefs = [
  { group: '', kind: 'Service', name: 'web', namespace: 'default', port: 80, weight: 2 },
] as const;

function http(parent: ParentReference): SpecPair<HttpRouteSpec> {
  const matches = [
    {
      path: { type: 'PathPrefix', value: '/orders' },
      headers: [header],
      queryParams: [{ type: 'RegularExpression', name: 'page', value: '[0-9]+' }],
      method: 'GET',
    },
  ] as const;
  const one = {
    parentRefs: [parent],
    hostnames: ['web.example.org'],
    rules: [{ matches, filters, backendRefs, timeouts: { request: '10s' } }],
  };
  return { one, other: { ...one, hostnames: ['api.example.org'] }, field: 'spec.hostnames' };
}

const serverSpec = {
  selects: 'pods',
  selector: {
    matchLabels: { app: 'web' },
    matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }],
  },
  port: 'http',
  proxyProtocol: 'HTTP/2',
  accessPolicy: 'audit',
} as const;
const grpcSpec = {
  parentRefs: [server],
  hostnames: ['web.example.org'],
  rules: [
    {
      matches: [{ method: { type: 'Exact', service: 'shop.Orders', method: 'List' }, headers: [header] }],
      filters,
      backendRefs,
    },
  ],
} as const;
const rateLimitSpec = {
  targetRef: server,
  totalRequestsPerSecond: 100,
  identityRequestsPerSecond: 10,
  overrides: [{ requestsPerSecond: 50, clientRefs: [client] }],
};
const policySpec = { targetRef: server, requiredAuthenticationRefs: [client] };

const pairs: { readonly [K in ManagedKind]: SpecPair<ObjectStates[K]['spec']> } = {
  Server: { one: serverSpec, other: { ...serverSpec, port: 8080 }, field: 'spec.port' },
  AuthorizationPolicy: {
    one: policySpec,
    other: { ...policySpec, targetRef: { ...server, name: 'api' } },
    field: 'spec.targetRef.name',
  },
  MeshTLSAuthentication: {
    one: { identities: ['*.edge.example.org'], identityRefs: [] },
    other: { identities: ['*'], identityRefs: [] },
    field: 'spec.identities',
  },
  NetworkAuthentication: {
    one: { networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] },
    other: { networks: [{ cidr: '10.0.0.0/8', except: [] }] },
    field: 'spec.networks',
  },
  HTTPRoute: http(server),
  // of the core group, which the schema does not fill in
  GatewayHTTPRoute: http({ group: '', kind: 'Service', name: 'web', port: 80 }),
  GRPCRoute: {
    one: grpcSpec,
    other: { ...grpcSpec, hostnames: ['api.example.org'] },
    field: 'spec.hostnames',
  },
  HTTPLocalRateLimitPolicy: {
    one: rateLimitSpec,
    other: { ...rateLimitSpec, overrides: [{ requestsPerSecond: 5, clientRefs: [client] }] },
    field: 'spec.overrides',
  },
};

/** For contracts of all that is changed through us, with a row for each kind. */
export const managedSpecs: readonly (SpecPair & { readonly kind: ManagedKind })[] = managedKinds.map(
  (kind) => ({ kind, ...pairs[kind] }),
);
