import type { ManagedKind } from '@mcp/events';
import type {
  BackendReference,
  LabelSelector,
  Network,
  ObjectReference,
  ObjectStates,
  ParentReference,
  RouteFilter,
  ValueMatch,
} from '@mcp/mesh';
import { defaultPolicies, proxyProtocols } from '@mcp/mesh';
import fc from 'fast-check';

/** Any spec that can be desired of a kind: names and texts are whatever there is, except empty where that is none. */

const text = fc.oneof(
  fc.constantFrom('a', 'web', '80', 'kind', '__proto__', 'constructor'),
  fc.string({ minLength: 1, maxLength: 12 }),
);
const some = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> => fc.array(of, { maxLength: 2 });
const port = fc.integer({ min: 1, max: 65_535 });

const group = fc.oneof(fc.constant(''), text);
const target: fc.Arbitrary<ObjectReference> = fc.record({ group, kind: text, name: text });
const reference: fc.Arbitrary<ObjectReference> = fc.record(
  { group, kind: text, name: text, namespace: text },
  { requiredKeys: ['group', 'kind', 'name'] },
);
const parent: fc.Arbitrary<ParentReference> = fc.record(
  { group, kind: text, name: text, namespace: text, port, sectionName: text },
  { requiredKeys: ['group', 'kind', 'name'] },
);
const backend: fc.Arbitrary<BackendReference> = fc.record(
  {
    group,
    kind: text,
    name: text,
    namespace: text,
    port,
    weight: fc.integer({ min: 0, max: 1_000_000 }),
  },
  { requiredKeys: ['group', 'kind', 'name', 'weight'] },
);
const valueMatch: fc.Arbitrary<ValueMatch> = fc.record({
  type: fc.constantFrom('Exact' as const, 'RegularExpression' as const),
  name: text,
  value: fc.string({ maxLength: 8 }),
});
/** As JSON has it: there is no -0 there. */
const jsonValue = fc.json({ maxDepth: 2 }).map((json): unknown => JSON.parse(json));
const filter: fc.Arbitrary<RouteFilter> = fc.record(
  {
    type: fc.constantFrom('RequestHeaderModifier', 'RequestRedirect', 'URLRewrite', 'RequestMirror', 'CORS'),
    detail: fc.dictionary(fc.constantFrom('set', 'add', 'hostname'), jsonValue),
  },
  { requiredKeys: ['type'] },
);
const labels = fc
  .array(fc.tuple(text, fc.string({ maxLength: 8 })), { maxLength: 2 })
  .map((entries) => Object.fromEntries(entries));
const selector: fc.Arbitrary<LabelSelector> = fc.record({
  matchLabels: labels,
  matchExpressions: some(
    fc.record(
      {
        key: text,
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: some(text),
      },
      { requiredKeys: ['key', 'operator'] },
    ),
  ),
});
const network: fc.Arbitrary<Network> = fc.record({ cidr: text, except: some(text) });
const limit = fc.integer({ min: 0, max: 0xffff_ffff });

const route = { parentRefs: some(parent), hostnames: some(text) };
const ofRule = { filters: some(filter), backendRefs: some(backend) };
const timeouts = fc.record({ request: text, backendRequest: text }, { requiredKeys: [] });
const httpMatch = fc.record(
  {
    path: fc.record({
      type: fc.constantFrom('Exact', 'PathPrefix', 'RegularExpression'),
      value: fc.string({ maxLength: 8 }),
    }),
    headers: some(valueMatch),
    queryParams: some(valueMatch),
    method: text,
  },
  { requiredKeys: ['path', 'headers', 'queryParams'] },
);
const httpRoute = fc.record({
  ...route,
  rules: some(
    fc.record(
      { ...ofRule, matches: some(httpMatch), timeouts },
      { requiredKeys: ['matches', 'filters', 'backendRefs'] },
    ),
  ),
});
const grpcMatch = fc.record(
  {
    method: fc.record(
      { type: fc.constantFrom('Exact', 'RegularExpression'), service: text, method: text },
      { requiredKeys: ['type'] },
    ),
    headers: some(valueMatch),
  },
  { requiredKeys: ['headers'] },
);

export const anySpec: { readonly [K in ManagedKind]: fc.Arbitrary<ObjectStates[K]['spec']> } = {
  Server: fc.record({
    selects: fc.constantFrom('pods', 'externalWorkloads'),
    selector,
    port: fc.oneof(port, text),
    proxyProtocol: fc.constantFrom(...proxyProtocols),
    accessPolicy: fc.constantFrom(...defaultPolicies),
  }),
  AuthorizationPolicy: fc.record({ targetRef: target, requiredAuthenticationRefs: some(reference) }),
  MeshTLSAuthentication: fc.record({ identities: some(text), identityRefs: some(reference) }),
  NetworkAuthentication: fc.record({ networks: some(network) }),
  HTTPRoute: httpRoute,
  GatewayHTTPRoute: httpRoute,
  GRPCRoute: fc.record({ ...route, rules: some(fc.record({ ...ofRule, matches: some(grpcMatch) })) }),
  HTTPLocalRateLimitPolicy: fc.record({
    targetRef: target,
    totalRequestsPerSecond: limit,
    identityRequestsPerSecond: limit,
    overrides: some(fc.record({ requestsPerSecond: limit, clientRefs: some(reference) })),
  }),
};
